/* view.c - see view.h.
 *
 * A read goes twice over the cached blocks ("cells") of its window: first
 * everything that is there is delivered, before decoding can evict it; then
 * the missing cells are filled. Planes that miss the same cells are filled
 * together, so that a source which stores them together decodes once.
 */
#include "core/view.h"

#include <stdlib.h>
#include <string.h>

#include "core/checked.h"
#include "core/fill.h"
#include "core/view_internal.h"

#define CELL_MIN_PX 64

/* block_px times the least number that gives CELL_MIN_PX or more. */
static int32_t cell_px(int32_t block_px)
{
    if (block_px >= CELL_MIN_PX)
        return block_px;
    return (CELL_MIN_PX + block_px - 1) / block_px * block_px;
}

static enum rt_status init_layer(struct rt_view_layer *layer,
                                 const struct rt_layer *source,
                                 int32_t block_w_px, int32_t block_h_px,
                                 struct rt_error *err)
{
    const enum rt_status status =
        rt_grid_init(&layer->cells, source->natural.w_px, source->natural.h_px,
                     cell_px(block_w_px), cell_px(block_h_px), err);

    if (status != RT_OK)
        return status;
    layer->n_touched = source->interleaved ? 1 : source->n_planes;
    layer->touched = calloc((size_t)layer->n_touched, sizeof(*layer->touched));
    if (layer->touched == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t i = 0; i < layer->n_touched; i++) {
        layer->touched[i] = rt_block_set_create();
        if (layer->touched[i] == NULL)
            return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
    return RT_OK;
}

enum rt_status rt_view_create(const struct rt_source *source,
                              struct rt_block_cache *cache,
                              struct rt_identity *identity,
                              struct rt_stats *stats, int32_t block_w_px,
                              int32_t block_h_px, struct rt_view **view,
                              struct rt_error *err)
{
    struct rt_view *made = calloc(1, sizeof(*made));
    enum rt_status status = RT_OK;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    made->source = source;
    made->cache = cache;
    made->identity = identity;
    made->stats = stats;
    made->n_threads = 1;
    pthread_mutex_init(&made->fill_lock, NULL);
    made->layers = calloc((size_t)source->n_layers, sizeof(*made->layers));
    if (made->layers == NULL)
        status = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t i = 0; status == RT_OK && i < source->n_layers; i++)
        status = init_layer(&made->layers[i], &source->layers[i], block_w_px,
                            block_h_px, err);
    if (status != RT_OK) {
        rt_view_destroy(made);
        return status;
    }
    *view = made;
    return RT_OK;
}

void rt_view_destroy(struct rt_view *view)
{
    if (view == NULL)
        return;
    for (int32_t i = 0; view->layers != NULL && i < view->source->n_layers;
         i++) {
        struct rt_view_layer *layer = &view->layers[i];

        for (int32_t j = 0; layer->touched != NULL && j < layer->n_touched; j++)
            rt_block_set_destroy(layer->touched[j]);
        free(layer->touched);
    }
    pthread_mutex_destroy(&view->fill_lock);
    free(view->layers);
    free(view);
}

void rt_view_set_threads(struct rt_view *view, int32_t n_threads)
{
    view->n_threads = n_threads < 1 ? 1 : n_threads;
}

void rt_view_set_spill(struct rt_view *view, enum rt_spill spill)
{
    view->spill = spill;
}

void rt_view_fill_in_turn(struct rt_view *view)
{
    view->one_fill = true;
}

/* Delivers the part of a pinned cell that read asks for. */
static void deliver(const struct rt_read *read, int32_t i_plane,
                    const struct rt_window *cell, struct rt_block *block)
{
    const struct rt_layer *source = &read->view->source->layers[read->layer];
    const uint64_t px = source->px_bytes[read->planes[i_plane]];
    const unsigned char *pixels = rt_block_pixels(block);
    const void *top_left;
    struct rt_part part = {{0}, 1, &i_plane, &top_left, cell->w_px};

    if (!rt_window_intersect(cell, &read->window, &part.window))
        return;
    top_left = pixels + rt_window_offset(cell, &part.window) * px;
    read->sink->take(read->sink->context, &part);
}

/* Delivers what is cached of the cells of one plane that are missing still, a
 * byte for each cell of the read, and returns how many stay so. */
static uint64_t deliver_cached(const struct rt_read *read, int32_t i_plane,
                               unsigned char *missing)
{
    struct rt_view *view = read->view;
    const struct rt_grid *grid = &view->layers[read->layer].cells;
    uint64_t n_cells = 0, n_found = 0, n_missing = 0;

    for (int32_t row = 0; row < read->cells.rows; row++) {
        for (int32_t col = 0; col < read->cells.cols; col++, n_cells++) {
            if (!missing[n_cells])
                continue;
            const int32_t col_blk = read->cells.col_blk + col;
            const int32_t row_blk = read->cells.row_blk + row;
            const struct rt_block_key key =
                rt_cell_key(view, read->layer, read->planes[i_plane], col_blk,
                            row_blk, RT_WHOLE_BLOCK);
            const struct rt_window cell = rt_grid_block(grid, col_blk, row_blk);
            struct rt_block *block =
                view->cache ? rt_block_cache_pin(view->cache, &key) : NULL;

            missing[n_cells] = block == NULL;
            n_missing += block == NULL;
            n_found += block != NULL;
            if (block != NULL) {
                deliver(read, i_plane, &cell, block);
                rt_block_cache_unpin(view->cache, block);
            }
        }
    }
    rt_stats_add(view->stats, RT_STAT_HITS, n_found);
    return n_missing;
}

/* Fills what plane `first` misses, for it and all later planes that miss the
 * same, or for all planes where the source stores them together. Marks the
 * planes that it filled. */
static enum rt_status fill_from(const struct rt_read *read, int32_t first,
                                unsigned char *missing, uint64_t n_cells,
                                unsigned char *filled, struct rt_error *err)
{
    const bool together = read->view->source->layers[read->layer].interleaved;
    unsigned char *first_missing = missing + (uint64_t)first * n_cells;
    unsigned char *chosen = calloc((size_t)read->n_planes, 1);
    enum rt_status status;

    if (chosen == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t i = first; i < read->n_planes; i++) {
        const unsigned char *other = missing + (uint64_t)i * n_cells;

        if (filled[i] ||
            (!together && memcmp(first_missing, other, n_cells) != 0))
            continue;
        chosen[i] = filled[i] = 1;
        for (uint64_t j = 0; together && j < n_cells; j++)
            first_missing[j] |= other[j];
    }
    status = rt_fill(read, chosen, first_missing, err);
    free(chosen);
    return status;
}

/* What is cached, of all planes; marks those of which nothing is missing any
 * more. Returns how many cells are. */
static uint64_t deliver_planes(const struct rt_read *read,
                               unsigned char *missing, unsigned char *filled,
                               uint64_t n_cells)
{
    uint64_t n_missing = 0;

    for (int32_t i = 0; i < read->n_planes; i++) {
        const uint64_t n =
            deliver_cached(read, i, missing + (uint64_t)i * n_cells);

        filled[i] = n == 0;
        n_missing += n;
    }
    return n_missing;
}

static enum rt_status read_planes(const struct rt_read *read,
                                  unsigned char *missing, unsigned char *filled,
                                  uint64_t n_cells, struct rt_error *err)
{
    struct rt_view *view = read->view;
    enum rt_status status = RT_OK;
    uint64_t n_missing = deliver_planes(read, missing, filled, n_cells);

    if (n_missing == 0)
        return RT_OK;
    if (view->one_fill) {
        pthread_mutex_lock(&view->fill_lock);
        n_missing = deliver_planes(read, missing, filled, n_cells);
    }
    rt_stats_add(view->stats, RT_STAT_MISSES, n_missing);
    for (int32_t i = 0; status == RT_OK && i < read->n_planes; i++)
        if (!filled[i])
            status = fill_from(read, i, missing, n_cells, filled, err);
    if (view->one_fill)
        pthread_mutex_unlock(&view->fill_lock);
    return status;
}

enum rt_status rt_view_read(struct rt_view *view, int32_t layer,
                            const int32_t *planes, int32_t n_planes,
                            const struct rt_window *window,
                            const struct rt_sink *sink, struct rt_error *err)
{
    const struct rt_grid *grid = &view->layers[layer].cells;
    const struct rt_read read = {view,     layer,   planes,
                                 n_planes, *window, rt_grid_cover(grid, window),
                                 sink};
    uint64_t n_cells = (uint64_t)read.cells.cols * (uint64_t)read.cells.rows;
    uint64_t bytes;
    unsigned char *missing;
    enum rt_status status;

    if (!rt_mul_u64(n_cells + 1, (uint64_t)n_planes, &bytes))
        return rt_error_set(err, RT_ERR_RANGE, "the window is too large");
    missing = malloc((size_t)bytes);
    if (missing == NULL)
        return rt_error_set(err, RT_ERR_MEMORY,
                            "out of memory for a window of %llu blocks",
                            (unsigned long long)n_cells);
    memset(missing, 1, (size_t)(n_cells * (uint64_t)n_planes));
    status = read_planes(&read, missing, missing + n_cells * (uint64_t)n_planes,
                         n_cells, err);
    free(missing);
    return status;
}
