/* view.c - see view.h. */
#include "core/view/view.h"

#include <stdlib.h>

#include "core/view/internal.h"
#include "core/view/prefetch.h"

#define CELL_MIN_PX 64
#define FEW_SOURCE_BLOCKS_PX 256

/* The smallest multiple of px that is least_px or more. */
static int32_t at_least(int32_t px, int32_t least_px)
{
    return px >= least_px ? px : (least_px + px - 1) / px * px;
}

/* The side of a cell. If the view's blocks are larger than a few source blocks,
 * it is the side of those few, so that a window decodes little more than it
 * touches. Otherwise it is the side of one or several of the view's blocks.
 * Strips that do not divide the block are left to pieces: the last strip that a
 * row of blocks touches has already been read with that row, and as a cell it
 * would be evicted before the next row needs it. */
static int32_t cell_px(int32_t block_px, int32_t source_block_px,
                       enum rt_access access)
{
    const int32_t few_px = at_least(source_block_px, FEW_SOURCE_BLOCKS_PX);

    if (few_px < block_px &&
        (access == RT_ACCESS_RANDOM || block_px % few_px == 0))
        return few_px;
    return at_least(block_px, CELL_MIN_PX);
}

static enum rt_status init_layer(struct rt_view_layer *layer,
                                 const struct rt_layer *source,
                                 int32_t block_w_px, int32_t block_h_px,
                                 struct rt_error *err)
{
    const enum rt_status status = rt_grid_init(
        &layer->cells, source->grid.w_px, source->grid.h_px,
        cell_px(block_w_px, source->grid.block_w_px, source->access),
        cell_px(block_h_px, source->grid.block_h_px, source->access), err);

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
    if (!rt_fork_lock_init(&made->pool_lock, RT_RANK_VIEW)) {
        pthread_mutex_destroy(&made->fill_lock);
        free(made);
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
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
    rt_prefetch_destroy(view->prefetch);
    if (view->pool != NULL && rt_pool_is_ours(view->pool))
        rt_pool_release(view->pool);
    for (int32_t i = 0; view->layers != NULL && i < view->source->n_layers;
         i++) {
        struct rt_view_layer *layer = &view->layers[i];

        for (int32_t j = 0; layer->touched != NULL && j < layer->n_touched; j++)
            rt_block_set_destroy(layer->touched[j]);
        free(layer->touched);
    }
    rt_fork_lock_destroy(&view->pool_lock);
    pthread_mutex_destroy(&view->fill_lock);
    free(view->layers);
    free(view);
}

void rt_view_set_threads(struct rt_view *view, int32_t n_threads)
{
    rt_pool_prepare();
    view->n_threads = n_threads < 1 ? 1 : n_threads;
    if (view->n_threads > 1 && view->cache != NULL && view->prefetch == NULL)
        view->prefetch = rt_prefetch_create(view); /* NULL when out of
                                                    * memory: then no
                                                    * prefetch */
}

void rt_view_set_spill(struct rt_view *view, enum rt_spill spill)
{
    view->spill = spill;
}

void rt_view_fill_in_turn(struct rt_view *view)
{
    view->one_fill = true;
}

void rt_view_expect_rows(struct rt_view *view, int32_t first_px, int32_t end_px)
{
    const int32_t w_px = view->layers[0].cells.w_px;

    view->first_px = first_px < 0 ? 0 : first_px;
    view->end_px = end_px > w_px ? w_px : end_px;
}

enum rt_status rt_view_read(struct rt_view *view, int32_t layer,
                            const int32_t *planes, int32_t n_planes,
                            const struct rt_window *window,
                            const struct rt_sink *sink, struct rt_error *err)
{
    const struct rt_read read = {
        .view = view,
        .layer = layer,
        .planes = planes,
        .n_planes = n_planes,
        .window = *window,
        .cells = rt_grid_cover(&view->layers[layer].cells, window),
        .sink = sink};
    enum rt_status status;

    status = rt_read_run(&read, err);
    if (status == RT_OK && view->prefetch != NULL)
        rt_prefetch_after(view->prefetch, &read);
    return status;
}
