/* fill.c - decodes what a read misses; see fill.h.
 *
 * The natural blocks drive the work. They are decoded in runs, rectangles of
 * neighbouring blocks that together stay small, in row order; a run is
 * scattered into everything that it touches and let go:
 *
 *   - the part under the read's window goes to the sink,
 *   - cells that this fill completes are built up and published when their
 *     last pixel arrives,
 *   - what it decodes of other cells is published as pieces.
 *
 * Every pixel of the window therefore costs one decode however small the
 * budget is; the budget decides only what is left for the next read.
 */
#include "core/fill.h"

#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/fill_internal.h"
#include "core/pages.h"

#define RUN_MAX_BYTES (UINT64_C(4) << 20)
#define RUN_MIN_BYTES (UINT64_C(256) << 10)
#define RUN_BUDGET_SHARE 8

static uint64_t all_planes_bytes(const struct rt_fill *fill)
{
    uint64_t bytes = 0;

    for (int32_t i = 0; i < fill->n_planes; i++)
        bytes += fill->source->px_bytes[fill->planes[i]];
    return bytes;
}

static void count_run(const struct rt_fill *fill,
                      const struct rt_block_range *naturals)
{
    const struct rt_read *read = fill->read;
    const struct rt_view_layer *layer = &read->view->layers[read->layer];
    const int32_t n_sets = fill->source->interleaved ? 1 : fill->n_planes;

    rt_stats_add(read->view->stats, RT_STAT_SOURCE_READS, 1);
    for (int32_t row = 0; row < naturals->rows; row++)
        for (int32_t col = 0; col < naturals->cols; col++) {
            const int32_t col_blk = naturals->col_blk + col;
            const int32_t row_blk = naturals->row_blk + row;
            const struct rt_window block =
                rt_grid_block(&fill->source->natural, col_blk, row_blk);
            const uint64_t area = rt_window_area(&block);
            const int64_t number =
                rt_natural_number(fill->source, col_blk, row_blk);

            for (int32_t i = 0; i < n_sets; i++) {
                const int32_t set =
                    fill->source->interleaved ? 0 : fill->planes[i];

                rt_stats_add(read->view->stats, RT_STAT_PIXELS_DECODED, area);
                if (rt_block_set_add(layer->touched[set], number))
                    rt_stats_add(read->view->stats, RT_STAT_PIXELS_TOUCHED,
                                 area);
            }
        }
}

static enum rt_status decode(struct rt_fill *fill,
                             const struct rt_fill_run *run,
                             unsigned char *buffer, struct rt_error *err)
{
    const struct rt_read *read = fill->read;
    const struct rt_source *source = read->view->source;
    enum rt_status status;

    for (int32_t i = 0; i < fill->n_planes; i++) {
        run->planes[i] = buffer;
        buffer += rt_window_area(&run->window) *
                  fill->source->px_bytes[fill->planes[i]];
    }
    status =
        source->read(source->context, read->layer, fill->planes, fill->n_planes,
                     &run->window, (void *const *)run->planes, err);
    if (status == RT_OK)
        count_run(fill, &run->naturals);
    return status;
}

static enum rt_status decode_run(struct rt_fill *fill,
                                 const struct rt_block_range *naturals,
                                 unsigned char **planes, struct rt_error *err)
{
    struct rt_block_cache *cache = fill->read->view->cache;
    const struct rt_fill_run run = {
        *naturals, rt_grid_span(&fill->source->natural, naturals), planes};
    unsigned char *buffer = NULL;
    uint64_t bytes;
    enum rt_status status;

    if (!rt_mul_u64(rt_window_area(&run.window), all_planes_bytes(fill),
                    &bytes) ||
        bytes > SIZE_MAX)
        return rt_error_set(err, RT_ERR_RANGE,
                            "a block of %d x %d pixels is too large",
                            run.window.w_px, run.window.h_px);
    if (cache != NULL && !rt_block_cache_reserve(cache, bytes, true))
        rt_stats_add(fill->read->view->stats, RT_STAT_OVERSIZE, 1);
    buffer = rt_pages_alloc(bytes);
    if (buffer == NULL)
        status = rt_error_set(err, RT_ERR_MEMORY,
                              "out of memory for %llu bytes of the source",
                              (unsigned long long)bytes);
    else
        status = decode(fill, &run, buffer, err);
    if (status == RT_OK)
        rt_fill_scatter(fill, &run);
    rt_pages_free(buffer, bytes);
    if (cache != NULL)
        rt_block_cache_release(cache, bytes);
    return status;
}

static uint64_t run_cap_bytes(const struct rt_fill *fill)
{
    struct rt_cache_counters counters;
    uint64_t cap;

    if (fill->read->view->cache == NULL)
        return RUN_MAX_BYTES;
    rt_block_cache_count(fill->read->view->cache, &counters);
    cap = counters.limit_bytes / RUN_BUDGET_SHARE;
    if (cap < RUN_MIN_BYTES)
        return RUN_MIN_BYTES;
    return cap > RUN_MAX_BYTES ? RUN_MAX_BYTES : cap;
}

static bool all_needed(const struct rt_fill *fill,
                       const struct rt_block_range *range)
{
    for (int32_t row = 0; row < range->rows; row++)
        for (int32_t col = 0; col < range->cols; col++)
            if (!fill->need[rt_range_index(&fill->naturals,
                                           range->col_blk + col,
                                           range->row_blk + row)])
                return false;
    return true;
}

/* Whether the strip of blocks beside or below run is needed as a whole and
 * small enough to be decoded with it. */
static bool can_grow(const struct rt_fill *fill,
                     const struct rt_block_range *run,
                     const struct rt_block_range *strip, uint64_t cap_px)
{
    const struct rt_window a = rt_grid_span(&fill->source->natural, run);
    const struct rt_window b = rt_grid_span(&fill->source->natural, strip);

    return rt_window_area(&a) + rt_window_area(&b) <= cap_px &&
           all_needed(fill, strip);
}

/* The run that starts at a needed natural block: as wide, then as high as
 * the cap allows. Its blocks are no longer needed afterwards. */
static struct rt_block_range take_run(struct rt_fill *fill, int32_t col_blk,
                                      int32_t row_blk, uint64_t cap_px)
{
    const int32_t end_col = fill->naturals.col_blk + fill->naturals.cols;
    const int32_t end_row = fill->naturals.row_blk + fill->naturals.rows;
    struct rt_block_range run = {col_blk, row_blk, 1, 1};

    for (; run.col_blk + run.cols < end_col; run.cols++) {
        const struct rt_block_range strip = {run.col_blk + run.cols,
                                             run.row_blk, 1, 1};

        if (!can_grow(fill, &run, &strip, cap_px))
            break;
    }
    for (; run.row_blk + run.rows < end_row; run.rows++) {
        const struct rt_block_range strip = {
            run.col_blk, run.row_blk + run.rows, run.cols, 1};

        if (!can_grow(fill, &run, &strip, cap_px))
            break;
    }
    for (int32_t row = 0; row < run.rows; row++)
        memset(fill->need + rt_range_index(&fill->naturals, run.col_blk,
                                           run.row_blk + row),
               0, (size_t)run.cols);
    return run;
}

static enum rt_status decode_needed(struct rt_fill *fill, struct rt_error *err)
{
    const struct rt_block_range *range = &fill->naturals;
    const uint64_t cap_px = run_cap_bytes(fill) / all_planes_bytes(fill);
    unsigned char **planes =
        calloc((size_t)fill->n_planes, sizeof(unsigned char *));
    enum rt_status status = RT_OK;

    if (planes == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t row = 0; row < range->rows; row++)
        for (int32_t col = 0; status == RT_OK && col < range->cols; col++) {
            const int32_t col_blk = range->col_blk + col;
            const int32_t row_blk = range->row_blk + row;

            if (fill->need[rt_range_index(range, col_blk, row_blk)]) {
                const struct rt_block_range run =
                    take_run(fill, col_blk, row_blk, cap_px);

                status = decode_run(fill, &run, planes, err);
            }
        }
    free(planes);
    return status;
}

/* Lists the planes to decode: all where the source stores them together,
 * else those chosen. */
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

/* Whether the largest cell, all its planes together, fits into the budget. */
static bool can_keep(const struct rt_fill *fill)
{
    const struct rt_view *view = fill->read->view;
    const struct rt_window first = rt_grid_block(fill->cells, 0, 0);
    uint64_t bytes;

    if (view->cache == NULL)
        return false;
    if (rt_mul_u64(rt_window_area(&first), all_planes_bytes(fill), &bytes) &&
        rt_block_cache_could_hold(view->cache, bytes))
        return true;
    rt_stats_add(view->stats, RT_STAT_OVERSIZE, 1);
    return false;
}

/* One attempt: with keep false only what lies under the window is decoded,
 * and nothing is kept. */
static enum rt_status fill_once(const struct rt_read *read,
                                const unsigned char *chosen,
                                const unsigned char *missing, bool *keep,
                                struct rt_error *err)
{
    struct rt_fill fill = {
        .read = read,
        .source = &read->view->source->layers[read->layer],
        .cells = &read->view->layers[read->layer].cells,
        .missing = missing,
    };
    enum rt_status status = list_planes(&fill, chosen, err);

    if (status == RT_OK) {
        fill.keep = *keep = *keep && can_keep(&fill);
        status = rt_fill_find_need(&fill, err);
    }
    if (status == RT_OK)
        status = rt_fill_use_held_pieces(&fill, err);
    if (status == RT_OK)
        status = decode_needed(&fill, err);

    rt_fill_close(&fill);
    free(fill.open_blocks);
    free(fill.state);
    free(fill.need);
    free(fill.i_read_plane);
    free(fill.planes);
    return status;
}

/* A cached block may reach into a part of the source that cannot be decoded
 * while the window does not. */
enum rt_status rt_fill(const struct rt_read *read, const unsigned char *chosen,
                       const unsigned char *missing, struct rt_error *err)
{
    bool keep = true;
    enum rt_status status = fill_once(read, chosen, missing, &keep, err);

    if (status == RT_ERR_SOURCE && keep) {
        keep = false;
        status = fill_once(read, chosen, missing, &keep, err);
    }
    return status;
}
