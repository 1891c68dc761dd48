/* pool.c - see pool.h.
 *
 * A child of fork inherits the memory of its parent's pool but none of its
 * threads. It leaves that memory alone and creates another pool.
 */
#include "core/base/pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/fork_lock.h"

struct rt_pool {
    /* Fixed after creation. */
    pthread_mutex_t lock;
    pthread_cond_t work;
    pid_t process;
    /* Guarded by lock. */
    struct rt_pool_task *first, **last;
    bool stop;
    bool abandoned; /* nobody joins the threads: the last one frees the pool */
    int32_t n_serving;
    /* Guarded by one_lock. */
    pthread_t *threads;
    int32_t n_threads;
    int32_t n_users;
};

static struct rt_fork_lock one_lock;
static pthread_once_t one_once = PTHREAD_ONCE_INIT;
static bool has_lock;
static struct rt_pool *one; /* guarded by one_lock */

static void make_lock(void)
{
    has_lock = rt_fork_lock_init(&one_lock, RT_RANK_POOL);
}

static _Thread_local const struct rt_pool *served; /* the pool that this
                                                    * thread serves */

static void unlink_locked(struct rt_pool *pool, struct rt_pool_task *task)
{
    *task->link = task->next;
    if (task->next != NULL)
        task->next->link = task->link;
    else
        pool->last = task->link;
    task->link = NULL;
}

static void free_pool(struct rt_pool *pool)
{
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool->threads);
    free(pool);
}

static void *serve(void *argument)
{
    struct rt_pool *pool = argument;
    bool last;

    served = pool;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        struct rt_pool_task *task = pool->first;

        if (task == NULL && pool->stop)
            break;
        if (task == NULL) {
            pthread_cond_wait(&pool->work, &pool->lock);
            continue;
        }
        unlink_locked(pool, task);
        pthread_mutex_unlock(&pool->lock);
        task->run(task);
        pthread_mutex_lock(&pool->lock);
    }
    last = --pool->n_serving == 0 && pool->abandoned;
    pthread_mutex_unlock(&pool->lock);
    if (last)
        free_pool(pool);
    return NULL;
}

static struct rt_pool *create(void)
{
    struct rt_pool *pool = calloc(1, sizeof(*pool));

    if (pool == NULL)
        return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pool->process = getpid();
    pool->last = &pool->first;
    return pool;
}

static void destroy(struct rt_pool *pool)
{
    const bool by_itself = served == pool;

    for (int32_t i = 0; by_itself && i < pool->n_threads; i++)
        pthread_detach(pool->threads[i]);
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pool->abandoned = by_itself;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    if (by_itself)
        return;
    for (int32_t i = 0; i < pool->n_threads; i++)
        pthread_join(pool->threads[i], NULL);
    free_pool(pool);
}

static void count_serving(struct rt_pool *pool, int32_t n)
{
    pthread_mutex_lock(&pool->lock);
    pool->n_serving += n;
    pthread_mutex_unlock(&pool->lock);
}

static bool grow(struct rt_pool *pool, int32_t n_threads)
{
    pthread_t *threads;

    if (n_threads <= pool->n_threads)
        return true;
    threads = realloc(pool->threads, (size_t)n_threads * sizeof(*threads));
    if (threads == NULL)
        return false;
    pool->threads = threads;
    while (pool->n_threads < n_threads) {
        count_serving(pool, 1);
        if (pthread_create(&threads[pool->n_threads], NULL, serve, pool) != 0) {
            count_serving(pool, -1);
            return false;
        }
        pool->n_threads++;
    }
    return true;
}

void rt_pool_prepare(void)
{
    pthread_once(&one_once, make_lock);
}

struct rt_pool *rt_pool_acquire(int32_t n_threads)
{
    struct rt_pool *pool;
    bool grown;

    rt_pool_prepare();
    if (!has_lock)
        return NULL;
    pthread_mutex_lock(&one_lock.mutex);
    if (one != NULL && one->process != getpid())
        one = NULL;
    if (one == NULL)
        one = create();
    pool = one;
    grown = pool != NULL && grow(pool, n_threads);
    if (grown)
        pool->n_users++;
    else if (pool != NULL && pool->n_users == 0)
        one = NULL;
    pthread_mutex_unlock(&one_lock.mutex);
    if (grown)
        return pool;
    if (pool != NULL && one != pool)
        destroy(pool);
    return NULL;
}

void rt_pool_release(struct rt_pool *pool)
{
    bool unused;

    if (pool == NULL)
        return;
    pthread_mutex_lock(&one_lock.mutex);
    unused = --pool->n_users == 0;
    if (unused && one == pool)
        one = NULL;
    pthread_mutex_unlock(&one_lock.mutex);
    if (unused)
        destroy(pool);
}

bool rt_pool_is_ours(const struct rt_pool *pool)
{
    return pool->process == getpid();
}

void rt_pool_submit(struct rt_pool *pool, struct rt_pool_task *task)
{
    task->next = NULL;
    pthread_mutex_lock(&pool->lock);
    task->link = pool->last;
    *pool->last = task;
    pool->last = &task->next;
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
}

bool rt_pool_withdraw(struct rt_pool *pool, struct rt_pool_task *task)
{
    bool waiting;

    pthread_mutex_lock(&pool->lock);
    waiting = task->link != NULL;
    if (waiting)
        unlink_locked(pool, task);
    pthread_mutex_unlock(&pool->lock);
    return waiting;
}
