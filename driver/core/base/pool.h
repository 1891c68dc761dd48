/* pool.h - the threads of the process.
 *
 * There is one pool, which lives while somebody uses it. Tasks run in the
 * order in which they are handed over, each once. A task must not wait for
 * another one that has not begun. Every function may be called from any
 * thread. A child of fork gets a pool of its own.
 */
#ifndef RETILE_CORE_BASE_POOL_H
#define RETILE_CORE_BASE_POOL_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The most threads that anything is given: more than any machine needs. Each
 * may decode for one read, hold a handle on a source, and take part in
 * planning; arrays of these have as many places. */
#define RT_MAX_THREADS 256

struct rt_pool;

struct rt_pool_task {
    void (*run)(struct rt_pool_task *task);
    /* The pool's own. */
    struct rt_pool_task *next, **link;
};

/* To be called before the first rt_pool_acquire that is made with a lock held.
 * NULL comes of that one where this fails. */
void rt_pool_prepare(void);

/* The pool, with n_threads threads or more until it is released. NULL where
 * a thread cannot be started. */
struct rt_pool *rt_pool_acquire(int32_t n_threads);

/* The last release ends the threads, and waits for them unless it comes from
 * one of them. No task of the caller's may be waiting or running, but for the
 * one that calls. NULL is allowed. */
void rt_pool_release(struct rt_pool *pool);

/* Whether this process has the pool's threads: a child of fork has not. */
bool rt_pool_is_ours(const struct rt_pool *pool);

/* task is borrowed until its run is called, which may free it. */
void rt_pool_submit(struct rt_pool *pool, struct rt_pool_task *task);

/* Takes back a task that was submitted. False where its run has begun, and
 * maybe ended: the task need not exist any more then, only its memory. */
bool rt_pool_withdraw(struct rt_pool *pool, struct rt_pool_task *task);

#ifdef __cplusplus
}
#endif
#endif
