/* view_internal.h - what view.c and fill.c share. */
#ifndef RETILE_CORE_VIEW_INTERNAL_H
#define RETILE_CORE_VIEW_INTERNAL_H

#include <pthread.h>

#include "core/view.h"

struct rt_view_layer {
    struct rt_grid cells;          /* the grid of cached blocks */
    struct rt_block_set **touched; /* natural blocks decoded so far: one set,
                                      or one a plane where not interleaved */
    int32_t n_touched;
};

struct rt_view {
    /* Fixed after create; touched and stats have locks of their own. */
    const struct rt_source *source;
    struct rt_block_cache *cache; /* NULL: nothing is kept */
    struct rt_identity *identity;
    struct rt_stats *stats;
    struct rt_view_layer *layers;
    int32_t n_threads;
    enum rt_spill spill;
    bool one_fill; /* at a time; set before the first read */
    pthread_mutex_t fill_lock;
};

/* One read, as rt_view_read was asked. */
struct rt_read {
    struct rt_view *view;
    int32_t layer;
    const int32_t *planes;
    int32_t n_planes;
    struct rt_window window;
    struct rt_block_range cells; /* the cached blocks that window touches */
    const struct rt_sink *sink;
};

static inline struct rt_block_key rt_cell_key(const struct rt_view *view,
                                              int32_t layer, int32_t plane,
                                              int32_t col_blk, int32_t row_blk,
                                              int64_t piece)
{
    const struct rt_block_key key = {view->identity, layer,   plane,
                                     col_blk,        row_blk, piece};

    return key;
}

#endif
