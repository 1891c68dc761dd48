/* fork_lock.h - mutexes that a fork cannot leave locked in the child.
 *
 * A child of fork has one thread. A mutex that another thread held at that
 * moment would stay locked for ever, and what it guards be half changed.
 * Whoever forks therefore takes every lock of this kind first, in order of
 * rank, then of registration, and parent and child release them.
 *
 * A thread takes locks in the order of their ranks, lowest first, and never
 * two of one rank. None is held across I/O or a decode, for fork waits; the
 * locks of other libraries are fork_gate.h's matter.
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

/* mutex is locked, unlocked and waited with by pthread's own functions; the
 * rest is the registry's. */
struct rt_fork_lock {
    pthread_mutex_t mutex;
    enum rt_lock_rank rank;
    void (*in_child)(void *context);
    void *context;
    struct rt_fork_lock *older, *newer; /* of the same rank */
};

/* False where the system has no room for it. The lock must not move. Neither
 * of init and destroy is called with a lock of this kind held. */
bool rt_fork_lock_init(struct rt_fork_lock *lock, enum rt_lock_rank rank);
void rt_fork_lock_destroy(struct rt_fork_lock *lock);

/* in_child is called in every child, when all locks are free again, to put
 * right what lost threads were about. It makes and destroys no such lock. */
void rt_fork_lock_on_fork(struct rt_fork_lock *lock,
                          void (*in_child)(void *context), void *context);

#ifdef __cplusplus
}
#endif
#endif
