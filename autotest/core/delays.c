/* delays.c - adds a pause after some unlocks, so that other threads run at
 * points where they rarely do. Linked in with --wrap=pthread_mutex_unlock. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdint.h>
#include <time.h>

int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);

#define ONE_IN 64
#define MOST_NS 200000

static _Thread_local uint64_t state;

static uint64_t roll(void)
{
    if (state == 0)
        state = (uint64_t)(uintptr_t)&state | 1;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    const int result = __real_pthread_mutex_unlock(mutex);

    if (roll() % ONE_IN == 0) {
        const struct timespec pause = {0, (long)(roll() % MOST_NS)};

        (void)nanosleep(&pause, NULL);
    }
    return result;
}
