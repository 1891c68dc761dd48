/* internal.h - a view and a read, as the files of this folder see them. */
#ifndef RETILE_CORE_VIEW_INTERNAL_H
#define RETILE_CORE_VIEW_INTERNAL_H

#include <pthread.h>

#include "core/base/fork_lock.h"
#include "core/base/pool.h"
#include "core/base/stats.h"
#include "core/base/status.h"
#include "core/cache/block_cache.h"
#include "core/source/source.h"
#include "core/view/sink.h"

struct rt_prefetch;

struct rt_view_layer {
    struct rt_grid cells;          /* the grid of cached blocks */
    struct rt_block_set **touched; /* source blocks decoded so far: one set,
                                    * or one for each plane if not
                                    * interleaved */
    int32_t n_touched;
    uint64_t decoded_px; /* by reads; atomic functions only */
};

struct rt_view {
    /* Fixed after create; touched and stats have locks of their own. */
    const struct rt_source *source;
    struct rt_block_cache *cache; /* NULL if nothing is kept */
    struct rt_identity *identity;
    struct rt_stats *stats;
    struct rt_view_layer *layers;
    int32_t n_threads; /* these three are set before the first read */
    enum rt_spill spill;
    bool one_fill;            /* one fill at a time */
    int32_t first_px, end_px; /* see rt_view_expect_rows; 0, 0 by default */
    pthread_mutex_t fill_lock;
    struct rt_fork_lock pool_lock;
    struct rt_pool *pool; /* guarded by pool_lock; acquired when first needed */
    struct rt_prefetch *prefetch; /* NULL without prefetch */
};

/* One read, with the arguments of rt_view_read. */
struct rt_read {
    struct rt_view *view;
    int32_t layer;
    const int32_t *planes;
    int32_t n_planes;
    struct rt_window window;
    struct rt_block_range cells; /* the cached blocks that window touches */
    const struct rt_sink *sink;  /* NULL for a prefetch */
    void *thread_context; /* for a thread other than the reader's, or NULL */
};

/* Passes pixels of a window to the read's sink. i_planes[k] is an index into
 * the planes of the read. pixels[k] holds that plane of all of from, row by
 * row. */
void rt_read_deliver(const struct rt_read *read, const int32_t *i_planes,
                     const unsigned char *const *pixels, int32_t n_planes,
                     const struct rt_window *window,
                     const struct rt_window *from);

/* Delivers the cached cells among those whose byte in missing is 1, and sets
 * their bytes to 0. missing has n_cells bytes for each plane of the read, row
 * by row. A read without a sink does not count as use of cached cells
 * (cached.c). */
void rt_read_cached(const struct rt_read *read, unsigned char *missing,
                    uint64_t n_cells);

/* Delivers all of read->window to the sink. Without a sink, it only decodes
 * what is not cached (read.c). Errors as for rt_view_read. */
RT_MUST_CHECK enum rt_status rt_read_run(const struct rt_read *read,
                                         struct rt_error *err);

/* Sets the error that decoding these pixels would need these same pixels.
 * Returns RT_ERR_SOURCE. */
RT_MUST_CHECK enum rt_status rt_read_of_itself(const struct rt_read *read,
                                               struct rt_error *err);

/* Returns the pool, valid as long as the view. NULL if it has no threads. */
struct rt_pool *rt_view_pool(struct rt_view *view);

static inline struct rt_block_key rt_cell_key(const struct rt_view *view,
                                              int32_t layer, int32_t plane,
                                              int32_t col_blk, int32_t row_blk,
                                              int64_t piece)
{
    const struct rt_block_key key = {view->identity, layer,   plane,
                                     col_blk,        row_blk, piece};

    return key;
}

/* The index of a block in range. */
static inline size_t rt_range_index(const struct rt_block_range *range,
                                    int32_t col_blk, int32_t row_blk)
{
    return (size_t)(row_blk - range->row_blk) * (size_t)range->cols +
           (size_t)(col_blk - range->col_blk);
}

static inline bool rt_range_has(const struct rt_block_range *range,
                                int32_t col_blk, int32_t row_blk)
{
    return col_blk >= range->col_blk && row_blk >= range->row_blk &&
           col_blk - range->col_blk < range->cols &&
           row_blk - range->row_blk < range->rows;
}

static inline size_t rt_range_size(const struct rt_block_range *range)
{
    return (size_t)range->cols * (size_t)range->rows;
}

#endif
