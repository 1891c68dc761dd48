/* fork_lock.h - mutexes that a fork cannot leave locked in the child.
 *
 * A child of fork has one thread. If another thread of the parent held a mutex
 * during the fork, the mutex would stay locked forever in the child and the
 * data that it guards could be half changed. So before a fork, the forking
 * thread takes every lock of this kind, by rank and then in order of
 * registration. Parent and child release them afterwards.
 *
 * A thread takes locks in the order of their ranks, lowest first, and never two
 * of the same rank. Do not hold one across I/O or a decode, because a fork
 * waits for it. For the locks of other libraries see fork_gate.h.
 */
#ifndef RETILE_CORE_BASE_FORK_LOCK_H
#define RETILE_CORE_BASE_FORK_LOCK_H

#include <pthread.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum rt_lock_rank {
    RT_RANK_TRAILS,
    RT_RANK_PREFETCH,
    RT_RANK_VIEW,
    RT_RANK_IN_FLIGHT,
    RT_RANK_HANDLES,
    RT_RANK_POOL,
    RT_RANK_CACHE_ORDER,
    RT_RANK_CACHE_SHARD,
    RT_RANK_SPILL,
    RT_RANK_IDENTITY,
    RT_RANK_LEAF,
    RT_RANK_COUNT
};

/* Lock, unlock and wait on mutex with pthread's own functions. The other fields
 * belong to the registry. */
struct rt_fork_lock {
    pthread_mutex_t mutex;
    enum rt_lock_rank rank;
    void (*in_child)(void *context);
    void *context;
    struct rt_fork_lock *older, *newer; /* of the same rank */
};

/* Returns false if the system has no resources for it. The lock must not move.
 * Do not call init or destroy while holding a lock of this kind. */
bool rt_fork_lock_init(struct rt_fork_lock *lock, enum rt_lock_rank rank);
void rt_fork_lock_destroy(struct rt_fork_lock *lock);

/* in_child is called in every child of fork, after all locks are released. It
 * repairs what the lost threads left unfinished. It must not init or destroy a
 * lock of this kind. */
void rt_fork_lock_on_fork(struct rt_fork_lock *lock,
                          void (*in_child)(void *context), void *context);

#ifdef __cplusplus
}
#endif
#endif
