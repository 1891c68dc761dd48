/* fork_lock.c - see fork_lock.h.
 *
 * The registry's own lock comes before all others. A fork takes it first, and
 * init and destroy take it while the thread holds no other lock of this kind.
 */
#include "core/base/fork_lock.h"

#include <stddef.h>

#include "core/base/fork_gate.h"

static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static struct rt_fork_lock *oldest[RT_RANK_COUNT]; /* guarded by
                                                    * registry_lock */
static struct rt_fork_lock *newest[RT_RANK_COUNT];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_handlers; /* fixed after add_handlers */

static void take_all(void)
{
    rt_fork_gate_shut();
    pthread_mutex_lock(&registry_lock);
    for (int rank = 0; rank < RT_RANK_COUNT; rank++)
        for (struct rt_fork_lock *lock = oldest[rank]; lock != NULL;
             lock = lock->newer)
            pthread_mutex_lock(&lock->mutex);
}

static void unlock_all(void)
{
    for (int rank = RT_RANK_COUNT - 1; rank >= 0; rank--)
        for (struct rt_fork_lock *lock = newest[rank]; lock != NULL;
             lock = lock->older)
            pthread_mutex_unlock(&lock->mutex);
    pthread_mutex_unlock(&registry_lock);
}

static void release_all(void)
{
    unlock_all();
    rt_fork_gate_open();
}

/* The child has no other thread yet that could change the registry. */
static void start_child(void)
{
    unlock_all();
    rt_fork_gate_open_child();
    for (int rank = 0; rank < RT_RANK_COUNT; rank++)
        for (struct rt_fork_lock *lock = oldest[rank]; lock != NULL;
             lock = lock->newer)
            if (lock->in_child != NULL)
                lock->in_child(lock->context);
}

static void add_handlers(void)
{
    has_handlers = pthread_atfork(take_all, release_all, start_child) == 0;
}

bool rt_fork_lock_init(struct rt_fork_lock *lock, enum rt_lock_rank rank)
{
    pthread_once(&once, add_handlers);
    if (!has_handlers || pthread_mutex_init(&lock->mutex, NULL) != 0)
        return false;
    lock->rank = rank;
    lock->in_child = NULL;
    lock->context = NULL;
    lock->newer = NULL;
    pthread_mutex_lock(&registry_lock);
    lock->older = newest[rank];
    if (lock->older != NULL)
        lock->older->newer = lock;
    else
        oldest[rank] = lock;
    newest[rank] = lock;
    pthread_mutex_unlock(&registry_lock);
    return true;
}

void rt_fork_lock_destroy(struct rt_fork_lock *lock)
{
    pthread_mutex_lock(&registry_lock);
    if (lock->older != NULL)
        lock->older->newer = lock->newer;
    else
        oldest[lock->rank] = lock->newer;
    if (lock->newer != NULL)
        lock->newer->older = lock->older;
    else
        newest[lock->rank] = lock->older;
    pthread_mutex_unlock(&registry_lock);
    pthread_mutex_destroy(&lock->mutex);
}

void rt_fork_lock_on_fork(struct rt_fork_lock *lock,
                          void (*in_child)(void *context), void *context)
{
    pthread_mutex_lock(&registry_lock);
    lock->context = context;
    lock->in_child = in_child;
    pthread_mutex_unlock(&registry_lock);
}
