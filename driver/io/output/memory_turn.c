/* memory_turn.c - see memory_turn.h.
 *
 * The lock is held only to look at taken, never during a commit, so a fork does
 * not wait for the commit of another thread.
 */
#include "io/output/memory_turn.h"

#include <pthread.h>
#include <stdbool.h>

#include "core/base/fork_lock.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct rt_fork_lock lock;
static bool has_lock; /* fixed after make_lock */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool taken; /* guarded by lock */

/* In a child of fork the thread that had the turn does not exist, nor do those
 * that waited. */
static void start_child(void *context)
{
    (void)context;
    taken = false;
    (void)pthread_cond_init(&changed, NULL);
}

static void make_lock(void)
{
    has_lock = rt_fork_lock_init(&lock, RT_RANK_LEAF);
    if (has_lock)
        rt_fork_lock_on_fork(&lock, start_child, NULL);
}

enum rt_status rt_memory_turn_begin(struct rt_error *err)
{
    (void)pthread_once(&once, make_lock);
    if (!has_lock)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    pthread_mutex_lock(&lock.mutex);
    while (taken)
        pthread_cond_wait(&changed, &lock.mutex);
    taken = true;
    pthread_mutex_unlock(&lock.mutex);
    return RT_OK;
}

void rt_memory_turn_end(void)
{
    pthread_mutex_lock(&lock.mutex);
    taken = false;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock.mutex);
}
