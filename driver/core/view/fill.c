/* fill.c - decodes what a read misses; see fill.h.
 *
 * The source blocks drive the work. They are decoded in runs. Each run is
 * copied to everything that it touches and then dropped:
 *
 * - The part under the read's window goes to the sink.
 * - Cells that this fill completes are assembled, and published when their last
 *   pixel arrives.
 * - What it decodes of other cells is published as pieces.
 *
 * So every pixel of the window is decoded once however small the budget is. The
 * budget only decides what is kept for the next read.
 *
 * A fill first reserves all that its runs will hold, and then begins an
 * in-flight read. If another fill is already decoding what it needs, it gives
 * everything back, waits, and lets the read look again for what is missing. A
 * fill that has begun an in-flight read therefore waits for nobody, and always
 * ends it.
 */
#include "core/view/fill.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/base/decoding.h"
#include "core/view/fill_internal.h"

/* How often a read looks again for cells that were cached a moment ago but are
 * evicted each time before it can pin them. */
#define MAX_ATTEMPTS 8

/* Lists the planes to decode: all planes if the source stores them together,
 * otherwise the chosen ones. */
static enum rt_status list_planes(struct rt_fill *fill,
                                  const unsigned char *chosen,
                                  struct rt_error *err)
{
    const struct rt_read *read = fill->read;
    const int32_t n_all = fill->source->n_planes;

    fill->planes = calloc((size_t)n_all, sizeof(*fill->planes));
    fill->i_read_plane = calloc((size_t)n_all, sizeof(*fill->i_read_plane));
    if (fill->planes == NULL || fill->i_read_plane == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t plane = 0; plane < n_all; plane++) {
        int32_t i_read = -1;

        for (int32_t i = 0; i < read->n_planes; i++)
            if (chosen[i] && read->planes[i] == plane)
                i_read = i;
        if (i_read < 0 && !fill->source->interleaved)
            continue;
        fill->planes[fill->n_planes] = plane;
        fill->i_read_plane[fill->n_planes++] = i_read;
    }
    return RT_OK;
}

/* Whether the largest cell, with all its planes, fits in the budget. */
static bool can_keep(const struct rt_fill *fill)
{
    const struct rt_view *view = fill->read->view;
    const struct rt_window first = rt_grid_block(fill->cells, 0, 0);
    uint64_t bytes;

    if (view->cache == NULL)
        return false;
    if (rt_mul_u64(rt_window_area(&first), rt_fill_px_bytes(fill), &bytes) &&
        rt_block_cache_could_hold(view->cache, bytes))
        return true;
    rt_stats_add(view->stats, RT_STAT_OVERSIZE, 1);
    return false;
}

/* Whether a cell is cached in all planes that the read asks for. */
static bool is_there(const struct rt_fill *fill, int32_t col_blk,
                     int32_t row_blk)
{
    const struct rt_read *read = fill->read;

    for (int32_t i = 0; i < fill->n_planes; i++) {
        const struct rt_block_key key =
            rt_cell_key(read->view, read->layer, fill->planes[i], col_blk,
                        row_blk, RT_WHOLE_BLOCK);

        if (fill->i_read_plane[i] >= 0 &&
            !rt_block_cache_contains(read->view->cache, &key))
            return false;
    }
    return true;
}

/* Whether another fill has put a missing cell, or a piece of one, in the cache
 * since the read looked for it. */
static bool has_arrived(const struct rt_fill *fill)
{
    const struct rt_block_range *cells = &fill->read->cells;
    const size_t cols = (size_t)cells->cols;

    for (size_t i = 0; fill->keep && i < rt_range_size(cells); i++) {
        const int32_t col_blk = cells->col_blk + (int32_t)(i % cols);
        const int32_t row_blk = cells->row_blk + (int32_t)(i / cols);

        if (fill->missing[i] && (is_there(fill, col_blk, row_blk) ||
                                 rt_fill_has_new_piece(fill, col_blk, row_blk)))
            return true;
    }
    return false;
}

/* The source blocks under the read's window. */
static struct rt_block_range wanted_source_blocks(const struct rt_fill *fill)
{
    return rt_grid_cover(&fill->source->grid, &fill->read->window);
}

static bool lies_under_window(const struct rt_fill *fill,
                              const struct rt_block_range *source_blocks)
{
    const struct rt_block_range wanted = wanted_source_blocks(fill);

    return source_blocks->rows > 0 &&
           rt_range_has(&wanted, source_blocks->col_blk,
                        source_blocks->row_blk) &&
           rt_range_has(&wanted,
                        source_blocks->col_blk + source_blocks->cols - 1,
                        source_blocks->row_blk + source_blocks->rows - 1);
}

static struct rt_in_flight_request in_flight_request(const struct rt_fill *fill)
{
    const struct rt_view *view = fill->read->view;

    return (struct rt_in_flight_request){
        .identity = view->identity,
        .cache = view->cache,
        .layer = fill->read->layer,
        .planes = fill->planes,
        .n_planes = fill->source->interleaved ? 0 : fill->n_planes,
        .alone = fill->source->access == RT_ACCESS_SEQUENTIAL,
        .source_blocks = fill->source_blocks,
        .need = fill->need};
}

/* Reserves what the workers hold, with fewer workers if the memory is too small
 * for all. Returns false if even one worker exceeds the budget. The budget is
 * then overdrawn, or, for a prefetch, nothing is reserved. */
static bool reserve(const struct rt_fill *fill, struct rt_fill_workers *workers)
{
    struct rt_block_cache *cache = fill->read->view->cache;
    enum rt_reserve how = RT_RESERVE_WAIT;

    for (; workers->n_workers > 1; workers->n_workers--)
        if (rt_block_cache_reserve(
                cache, workers->held_bytes * (uint64_t)workers->n_workers,
                RT_RESERVE_TRY))
            return true;
    if (fill->read->sink == NULL)
        how = RT_RESERVE_TRY;
    else if (rt_fill_is_nested())
        how = RT_RESERVE_OVERDRAW;
    return rt_block_cache_reserve(cache, workers->held_bytes, how);
}

/* Waits for the fill that decodes the same blocks, and holds nothing while it
 * waits. First checks that the other fill is not waiting for what this thread
 * decodes. */
static enum rt_status wait_for(struct rt_fill *fill, struct rt_in_flight *other,
                               struct rt_error *err)
{
    const struct rt_in_flight_request request = in_flight_request(fill);
    const struct rt_block_range wanted = wanted_source_blocks(fill);

    rt_fill_release_held(fill);
    if (fill->read->sink == NULL) {
        rt_in_flight_release(other);
        return RT_OK;
    }
    if (!rt_decoding_may_wait(fill->read->view->identity)) {
        rt_in_flight_release(other);
        return rt_read_of_itself(fill->read, err);
    }
    rt_stats_add(fill->read->view->stats, RT_STAT_IN_FLIGHT_WAITS, 1);
    return rt_in_flight_wait(other, &request, &wanted, err);
}

/* Called while no other fill can decode what is needed. */
static enum rt_status decode_all(struct rt_fill *fill,
                                 const struct rt_fill_workers *workers,
                                 struct rt_error *err)
{
    enum rt_status status = rt_fill_find_reach(fill, err);

    if (status == RT_OK)
        status = rt_fill_use_held_pieces(fill, err);
    if (status == RT_OK)
        status = rt_fill_decode(fill, workers, err);
    return status;
}

/* Begins an in-flight read, decodes and ends it, unless another fill was
 * faster. */
static enum rt_status decode_in_flight(struct rt_fill *fill,
                                       const struct rt_fill_workers *workers,
                                       struct rt_error *err)
{
    const struct rt_in_flight_request request = in_flight_request(fill);
    struct rt_in_flight *in_flight;
    enum rt_status status = RT_OK;

    switch (rt_in_flight_begin(&request, &in_flight)) {
    case RT_IN_FLIGHT_NO_MEMORY:
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    case RT_IN_FLIGHT_BUSY:
        fill->look_again = true;
        fill->other = in_flight;
        return RT_OK;
    case RT_IN_FLIGHT_BEGUN:
        break;
    }
    fill->in_flight = in_flight;
    fill->look_again = fill->may_look_again && has_arrived(fill);
    if (!fill->look_again)
        status = decode_all(fill, workers, err);
    if (fill->failed.rows > 0)
        rt_in_flight_end(in_flight, &fill->failed, err);
    else
        rt_in_flight_end(in_flight, NULL, NULL);
    return status;
}

static enum rt_status reserve_and_decode(struct rt_fill *fill,
                                         struct rt_error *err)
{
    const struct rt_view *view = fill->read->view;
    struct rt_fill_workers workers = rt_fill_plan_workers(fill);
    enum rt_status status;

    if (view->cache == NULL)
        return decode_all(fill, &workers, err);
    if (!reserve(fill, &workers)) {
        if (fill->read->sink == NULL) {
            fill->look_again = true;
            return RT_OK;
        }
        rt_stats_add(view->stats, RT_STAT_OVERSIZE, 1);
    }
    status = decode_in_flight(fill, &workers, err);
    rt_block_cache_release(view->cache,
                           workers.held_bytes * (uint64_t)workers.n_workers);
    if (fill->other != NULL)
        status = wait_for(fill, fill->other, err);
    return status;
}

/* Whether a fill that failed could succeed if it decoded only what lies under
 * the window. */
static bool could_do_less(const struct rt_fill *fill)
{
    return fill->keep && fill->in_flight != NULL &&
           !lies_under_window(fill, &fill->failed);
}

/* One attempt. If keep is false, only what lies under the window is decoded and
 * nothing is kept. Frees all that fill points to; its results stay. */
static enum rt_status fill_once(struct rt_fill *fill,
                                const unsigned char *chosen, bool keep,
                                struct rt_error *err)
{
    enum rt_status status = list_planes(fill, chosen, err);

    pthread_mutex_init(&fill->lock, NULL);
    pthread_cond_init(&fill->opened, NULL);
    if (status == RT_OK) {
        fill->keep = keep && can_keep(fill);
        status = rt_fill_find_need(fill, err);
    }
    if (status == RT_OK)
        status = reserve_and_decode(fill, err);

    rt_fill_close(fill);
    pthread_cond_destroy(&fill->opened);
    pthread_mutex_destroy(&fill->lock);
    free(fill->open_blocks);
    free(fill->state);
    free(fill->need);
    free(fill->i_read_plane);
    free(fill->planes);
    return status;
}

/* If a decode fails, the second attempt decodes only what lies under the
 * window. A cell may reach into a damaged part of the source that the window
 * does not touch. */
enum rt_status rt_fill(const struct rt_read *read, const unsigned char *chosen,
                       const unsigned char *missing, int attempt,
                       bool *look_again, struct rt_error *err)
{
    const struct rt_fill begin = {
        .read = read,
        .source = &read->view->source->layers[read->layer],
        .cells = &read->view->layers[read->layer].cells,
        .missing = missing,
    };
    struct rt_fill fill = begin;
    enum rt_status status;

    fill.may_look_again = attempt < MAX_ATTEMPTS;
    status = fill_once(&fill, chosen, true, err);
    if (status == RT_ERR_SOURCE && read->sink != NULL && could_do_less(&fill)) {
        fill = begin;
        status = fill_once(&fill, chosen, false, err);
    }
    *look_again = fill.look_again;
    return status;
}
