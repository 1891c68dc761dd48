/* pool.h - the threads of the process.
 *
 * There is one pool, and it exists as long as someone uses it. Tasks start in
 * the order in which they are submitted, and each runs once. A task must not
 * wait for another task that has not begun. Every function may be called from
 * any thread. A child of fork gets a pool of its own.
 */
#ifndef RETILE_CORE_BASE_POOL_H
#define RETILE_CORE_BASE_POOL_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The maximum number of threads for anything: more than any machine needs. Each
 * thread may decode for one read, hold a handle on a source and take part in
 * planning, so the arrays for those have this size. */
#define RT_MAX_THREADS 256

struct rt_pool;

struct rt_pool_task {
    void (*run)(struct rt_pool_task *task);
    /* Used by the pool. */
    struct rt_pool_task *next, **link;
};

/* Creates the pool's lock. Call this before the first rt_pool_acquire that
 * happens while a lock is held. If it fails, rt_pool_acquire returns NULL. */
void rt_pool_prepare(void);

/* Returns the pool, with at least n_threads threads until it is released. NULL
 * if a thread cannot be started. */
struct rt_pool *rt_pool_acquire(int32_t n_threads);

/* The last release ends the threads. It waits for them unless the caller is one
 * of them. The caller must not have any task waiting or running, except the one
 * that makes this call. NULL is allowed. */
void rt_pool_release(struct rt_pool *pool);

/* Whether the pool's threads belong to this process. False in a child of
 * fork. */
bool rt_pool_is_ours(const struct rt_pool *pool);

/* Borrows task until its run is called; run may free it. */
void rt_pool_submit(struct rt_pool *pool, struct rt_pool_task *task);

/* Takes back a submitted task. Returns false if its run has begun, and possibly
 * ended. In that case the task may already be destroyed, but its memory must
 * still exist when this is called. */
bool rt_pool_withdraw(struct rt_pool *pool, struct rt_pool_task *task);

#ifdef __cplusplus
}
#endif
#endif
