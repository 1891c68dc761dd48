/* in_flight.c - see in_flight.h.
 *
 * A list is enough: there are never more in-flight reads than threads that
 * decode.
 */
#include "core/cache/in_flight.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fork_lock.h"
#include "core/base/min_max.h"

struct rt_in_flight {
    /* Fixed after begin. */
    struct rt_identity *identity; /* borrowed; only compared */
    const void *cache;
    int32_t layer;
    int32_t n_planes;
    bool alone;
    struct rt_block_range source_blocks;
    /* Guarded by the lock named one. */
    struct rt_in_flight *next;
    int32_t n_users; /* its owner and the threads that wait for it */
    bool ended;
    bool has_failed;
    struct rt_block_range failed;
    struct rt_error error;
    pthread_cond_t progress;
    unsigned char *pending; /* over source_blocks; stored after planes */
    int32_t planes[];
};

static struct rt_fork_lock one;
static pthread_once_t one_once = PTHREAD_ONCE_INIT;
static bool one_is_there;
static struct rt_in_flight *under_way; /* in-flight reads; guarded by one */

/* In a child of fork the parent's in-flight reads would never end. */
static void forget(void *context)
{
    (void)context;
    under_way = NULL;
}

static void make_one(void)
{
    one_is_there = rt_fork_lock_init(&one, RT_RANK_IN_FLIGHT);
    if (one_is_there)
        rt_fork_lock_on_fork(&one, forget, NULL);
}

static size_t size_of(const struct rt_block_range *range)
{
    return (size_t)range->cols * (size_t)range->rows;
}

static struct rt_in_flight *prepare(const struct rt_in_flight_request *request)
{
    const size_t planes_bytes = (size_t)request->n_planes * sizeof(int32_t);
    const size_t n_source_blocks = size_of(&request->source_blocks);
    struct rt_in_flight *read =
        malloc(sizeof(*read) + planes_bytes + n_source_blocks);

    if (read == NULL)
        return NULL;
    *read = (struct rt_in_flight){.identity = request->identity,
                                  .cache = request->cache,
                                  .layer = request->layer,
                                  .n_planes = request->n_planes,
                                  .alone = request->alone,
                                  .source_blocks = request->source_blocks,
                                  .n_users = 1};
    read->pending = (unsigned char *)read->planes + planes_bytes;
    if (planes_bytes > 0)
        memcpy(read->planes, request->planes, planes_bytes);
    memcpy(read->pending, request->need, n_source_blocks);
    pthread_cond_init(&read->progress, NULL);
    return read;
}

static bool share_planes(const struct rt_in_flight *read,
                         const struct rt_in_flight_request *request)
{
    if (read->n_planes == 0 || request->n_planes == 0)
        return true;
    for (int32_t i = 0; i < read->n_planes; i++)
        for (int32_t j = 0; j < request->n_planes; j++)
            if (read->planes[i] == request->planes[j])
                return true;
    return false;
}

/* Whether read has yet to decode a block that request needs. */
static bool
share_source_blocks_locked(const struct rt_in_flight *read,
                           const struct rt_in_flight_request *request)
{
    const struct rt_block_range *a = &read->source_blocks,
                                *b = &request->source_blocks;
    const int32_t first_col = rt_max_i32(a->col_blk, b->col_blk);
    const int32_t end_col =
        rt_min_i32(a->col_blk + a->cols, b->col_blk + b->cols);
    const int32_t end_row =
        rt_min_i32(a->row_blk + a->rows, b->row_blk + b->rows);

    for (int32_t row = rt_max_i32(a->row_blk, b->row_blk); row < end_row; row++)
        for (int32_t col = first_col; col < end_col; col++) {
            const size_t i_a = (size_t)(row - a->row_blk) * (size_t)a->cols +
                               (size_t)(col - a->col_blk);
            const size_t i_b = (size_t)(row - b->row_blk) * (size_t)b->cols +
                               (size_t)(col - b->col_blk);

            if (read->pending[i_a] && request->need[i_b])
                return true;
        }
    return false;
}

static bool in_the_way_locked(const struct rt_in_flight *read,
                              const struct rt_in_flight_request *request)
{
    if (read->identity != request->identity || read->cache != request->cache ||
        read->layer != request->layer)
        return false;
    if (read->alone || request->alone)
        return true;
    return share_planes(read, request) &&
           share_source_blocks_locked(read, request);
}

enum rt_in_flight_state
rt_in_flight_begin(const struct rt_in_flight_request *request,
                   struct rt_in_flight **read)
{
    struct rt_in_flight *made = prepare(request);
    struct rt_in_flight *other;

    pthread_once(&one_once, make_one);
    if (made == NULL || !one_is_there) {
        free(made);
        return RT_IN_FLIGHT_NO_MEMORY;
    }
    pthread_mutex_lock(&one.mutex);
    for (other = under_way; other != NULL; other = other->next)
        if (in_the_way_locked(other, request))
            break;
    if (other == NULL) {
        made->next = under_way;
        under_way = made;
    } else {
        other->n_users++;
    }
    pthread_mutex_unlock(&one.mutex);
    *read = other == NULL ? made : other;
    if (other == NULL)
        return RT_IN_FLIGHT_BEGUN;
    pthread_cond_destroy(&made->progress);
    free(made);
    return RT_IN_FLIGHT_BUSY;
}

void rt_in_flight_done(struct rt_in_flight *read,
                       const struct rt_block_range *source_blocks)
{
    const struct rt_block_range *all = &read->source_blocks;

    pthread_mutex_lock(&one.mutex);
    for (int32_t row = 0; row < source_blocks->rows; row++)
        memset(read->pending +
                   (size_t)(source_blocks->row_blk + row - all->row_blk) *
                       (size_t)all->cols +
                   (size_t)(source_blocks->col_blk - all->col_blk),
               0, (size_t)source_blocks->cols);
    if (read->n_users > 1)
        pthread_cond_broadcast(&read->progress);
    pthread_mutex_unlock(&one.mutex);
}

void rt_in_flight_release(struct rt_in_flight *read)
{
    bool last;

    pthread_mutex_lock(&one.mutex);
    last = --read->n_users == 0;
    pthread_mutex_unlock(&one.mutex);
    if (last) {
        pthread_cond_destroy(&read->progress);
        free(read);
    }
}

void rt_in_flight_end(struct rt_in_flight *read,
                      const struct rt_block_range *failed,
                      const struct rt_error *error)
{
    struct rt_in_flight **link = &under_way;

    pthread_mutex_lock(&one.mutex);
    while (*link != read)
        link = &(*link)->next;
    *link = read->next;
    read->ended = true;
    read->has_failed = failed != NULL;
    if (failed != NULL) {
        read->failed = *failed;
        read->error = *error;
    }
    pthread_cond_broadcast(&read->progress);
    pthread_mutex_unlock(&one.mutex);
    rt_in_flight_release(read);
}

static bool lies_within(const struct rt_block_range *inner,
                        const struct rt_block_range *outer)
{
    return inner->col_blk >= outer->col_blk &&
           inner->row_blk >= outer->row_blk &&
           inner->col_blk + inner->cols <= outer->col_blk + outer->cols &&
           inner->row_blk + inner->rows <= outer->row_blk + outer->rows;
}

enum rt_status rt_in_flight_wait(struct rt_in_flight *read,
                                 const struct rt_in_flight_request *request,
                                 const struct rt_block_range *wanted,
                                 struct rt_error *err)
{
    enum rt_status status = RT_OK;

    pthread_mutex_lock(&one.mutex);
    while (!read->ended && in_the_way_locked(read, request))
        pthread_cond_wait(&read->progress, &one.mutex);
    if (read->has_failed && lies_within(&read->failed, wanted)) {
        *err = read->error;
        status = read->error.status;
    }
    pthread_mutex_unlock(&one.mutex);
    rt_in_flight_release(read);
    return status;
}
