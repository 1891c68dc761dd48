/* view.c - see view.h.
 *
 * A read goes twice over the cached blocks ("cells") of its window: first
 * everything that is there is delivered, before decoding can evict it; then
 * the missing cells are filled. Planes that miss the same cells are filled
 * together, so that a source which stores them together decodes once.
 */
#include "core/view/view.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/base/decoding.h"
#include "core/view/fill.h"
#include "core/view/internal.h"
#include "core/view/prefetch.h"
#include "core/view/whole_pass.h"

/* So many rasters may be decoded for each other, levels that are computed
 * included. */
#define MAX_DEPTH 64

#define CELL_MIN_PX 64
#define FEW_NATURALS_PX 256

/* So much is copied out of a cell while nobody else can look for it. */
#define LOOK_MAX_BYTES 8192

/* Reads of few cells do without an allocation. */
#define FEW_CELLS 256

/* px times the least number that gives least_px or more. */
static int32_t at_least(int32_t px, int32_t least_px)
{
    return px >= least_px ? px : (least_px + px - 1) / px * px;
}

/* The side of a cell: that of a few of the source's blocks where the view's
 * blocks are larger, so that a window decodes little more than it touches; else
 * that of one or some of the view's. Strips that do not divide the block are
 * left to pieces: the last one that a row of blocks touches is read with it
 * already, and would be evicted before the next row. */
static int32_t cell_px(int32_t block_px, int32_t natural_px,
                       enum rt_access access)
{
    const int32_t few_px = at_least(natural_px, FEW_NATURALS_PX);

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
        &layer->cells, source->natural.w_px, source->natural.h_px,
        cell_px(block_w_px, source->natural.block_w_px, source->access),
        cell_px(block_h_px, source->natural.block_h_px, source->access), err);

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
    rt_look_ahead_destroy(view->ahead);
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
    if (view->n_threads > 1 && view->cache != NULL && view->ahead == NULL)
        view->ahead = rt_look_ahead_create(view); /* without memory: none */
}

void rt_view_set_spill(struct rt_view *view, enum rt_spill spill)
{
    view->spill = spill;
}

void rt_view_fill_in_turn(struct rt_view *view)
{
    view->one_fill = true;
}

struct rt_pool *rt_view_pool(struct rt_view *view)
{
    struct rt_pool *pool;

    pthread_mutex_lock(&view->pool_lock.mutex);
    if (view->pool != NULL && !rt_pool_is_ours(view->pool))
        view->pool = NULL;
    if (view->pool == NULL)
        view->pool = rt_pool_acquire(view->n_threads);
    pool = view->pool;
    pthread_mutex_unlock(&view->pool_lock.mutex);
    return pool;
}

void rt_read_deliver(const struct rt_read *read, const int32_t *i_planes,
                     const unsigned char *const *pixels, int32_t n_planes,
                     const struct rt_window *window,
                     const struct rt_window *from)
{
    const struct rt_layer *source = &read->view->source->layers[read->layer];
    const uint64_t offset_px = rt_window_offset(from, window);
    const void *top_left[RT_PART_PLANES];
    const struct rt_part part = {*window, n_planes, i_planes, top_left,
                                 from->w_px};

    for (int32_t i = 0; i < n_planes; i++)
        top_left[i] =
            pixels[i] + offset_px * source->px_bytes[read->planes[i_planes[i]]];
    read->sink->take(read->sink->context, &part);
}

struct glance {
    const struct rt_read *read;
    int32_t i_plane;
    struct rt_window part, cell;
};

static void deliver_glance(void *context, const void *pixels)
{
    const struct glance *glance = context;
    const unsigned char *const first = pixels;

    rt_read_deliver(glance->read, &glance->i_plane, &first, 1, &glance->part,
                    &glance->cell);
}

/* Delivers a little of one plane of a cell that is in memory. False where it
 * is not, or not little. */
static bool deliver_little(const struct rt_read *read, int32_t i_plane,
                           int32_t col_blk, int32_t row_blk)
{
    struct rt_view *view = read->view;
    const int32_t plane = read->planes[i_plane];
    const uint64_t px_bytes = view->source->layers[read->layer].px_bytes[plane];
    const struct rt_block_key key =
        rt_cell_key(view, read->layer, plane, col_blk, row_blk, RT_WHOLE_BLOCK);
    struct glance glance = {
        read,
        i_plane,
        {0},
        rt_grid_block(&view->layers[read->layer].cells, col_blk, row_blk)};

    return rt_window_intersect(&glance.cell, &read->window, &glance.part) &&
           rt_window_area(&glance.part) * px_bytes <= LOOK_MAX_BYTES &&
           rt_block_cache_look(view->cache, &key, deliver_glance, &glance);
}

/* What of a cell is still missing of up to RT_PART_PLANES planes from the
 * first on: delivers those that are cached, all at once. Returns how many. */
static uint64_t deliver_cell(const struct rt_read *read, int32_t first,
                             int32_t col_blk, int32_t row_blk,
                             unsigned char *missing, uint64_t n_cells)
{
    struct rt_view *view = read->view;
    const struct rt_window cell =
        rt_grid_block(&view->layers[read->layer].cells, col_blk, row_blk);
    struct rt_block *blocks[RT_PART_PLANES];
    const unsigned char *pixels[RT_PART_PLANES];
    int32_t i_planes[RT_PART_PLANES];
    struct rt_window part;
    int32_t n = 0;

    if (read->n_planes == 1 && *missing &&
        deliver_little(read, first, col_blk, row_blk)) {
        *missing = 0;
        return 1;
    }
    for (int32_t i = first; i < read->n_planes && i < first + RT_PART_PLANES;
         i++) {
        unsigned char *is_missing = &missing[(uint64_t)i * n_cells];
        const struct rt_block_key key =
            rt_cell_key(view, read->layer, read->planes[i], col_blk, row_blk,
                        RT_WHOLE_BLOCK);

        blocks[n] = *is_missing ? rt_block_cache_pin(view->cache, &key) : NULL;
        if (blocks[n] == NULL)
            continue;
        *is_missing = 0;
        pixels[n] = rt_block_pixels(blocks[n]);
        i_planes[n++] = i;
    }
    if (n > 0 && rt_window_intersect(&cell, &read->window, &part))
        rt_read_deliver(read, i_planes, pixels, n, &part, &cell);
    for (int32_t i = 0; i < n; i++)
        rt_block_cache_unpin(view->cache, blocks[i]);
    return (uint64_t)n;
}

/* Delivers what is cached of the cells that are missing still, a byte for
 * each cell of the read, plane by plane. */
static void deliver_cached(const struct rt_read *read, unsigned char *missing,
                           uint64_t n_cells)
{
    uint64_t i_cell = 0, n_found = 0;

    for (int32_t row = 0; row < read->cells.rows; row++)
        for (int32_t col = 0; col < read->cells.cols; col++, i_cell++)
            for (int32_t i = 0; i < read->n_planes; i += RT_PART_PLANES)
                n_found += deliver_cell(read, i, read->cells.col_blk + col,
                                        read->cells.row_blk + row,
                                        missing + i_cell, n_cells);
    rt_stats_add(read->view->stats, RT_STAT_HITS, n_found);
}

/* Fills what plane `first` misses, for it and all later planes that miss the
 * same, or for all planes where the source stores them together. These miss
 * nothing any more then, unless the read is to look again. */
static enum rt_status fill_from(const struct rt_read *read, int32_t first,
                                unsigned char *missing, uint64_t n_cells,
                                int attempt, bool *again, struct rt_error *err)
{
    const bool together = read->view->source->layers[read->layer].interleaved;
    unsigned char *first_missing = missing + (uint64_t)first * n_cells;
    unsigned char *chosen = calloc((size_t)read->n_planes, 1);
    enum rt_status status;

    if (chosen == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t i = first; i < read->n_planes; i++) {
        const unsigned char *other = missing + (uint64_t)i * n_cells;

        if (!together && memcmp(first_missing, other, n_cells) != 0)
            continue;
        chosen[i] = 1;
        for (uint64_t j = 0; together && j < n_cells; j++)
            first_missing[j] |= other[j];
    }
    status = rt_fill(read, chosen, first_missing, attempt, again, err);
    for (int32_t i = first; status == RT_OK && !*again && i < read->n_planes;
         i++)
        if (chosen[i])
            memset(missing + (uint64_t)i * n_cells, 0, n_cells);
    free(chosen);
    return status;
}

/* Fills what is missing. True for *again: look anew for what still is. */
static enum rt_status fill_missing(const struct rt_read *read,
                                   unsigned char *missing, uint64_t n_cells,
                                   int attempt, bool *again,
                                   struct rt_error *err)
{
    enum rt_status status = RT_OK;

    *again = false;
    for (int32_t i = 0; status == RT_OK && !*again && i < read->n_planes; i++)
        if (memchr(missing + (uint64_t)i * n_cells, 1, n_cells) != NULL)
            status = fill_from(read, i, missing, n_cells, attempt, again, err);
    return status;
}

/* For who decodes ahead: what is cached is not looked at, lest it count as
 * used. */
static void skip_cached(const struct rt_read *read, unsigned char *missing,
                        uint64_t n_cells)
{
    for (uint64_t i = 0; i < n_cells * (uint64_t)read->n_planes; i++) {
        const uint64_t i_cell = i % n_cells;
        const struct rt_block_key key =
            rt_cell_key(read->view, read->layer, read->planes[i / n_cells],
                        read->cells.col_blk +
                            (int32_t)(i_cell % (uint64_t)read->cells.cols),
                        read->cells.row_blk +
                            (int32_t)(i_cell / (uint64_t)read->cells.cols),
                        RT_WHOLE_BLOCK);

        missing[i] = !rt_block_cache_contains(read->view->cache, &key);
    }
}

static void take_cached(const struct rt_read *read, unsigned char *missing,
                        uint64_t n_cells)
{
    if (read->sink == NULL)
        skip_cached(read, missing, n_cells);
    else if (read->view->cache != NULL)
        deliver_cached(read, missing, n_cells);
}

/* Fills and looks again until nothing is missing. */
static enum rt_status fill_all(const struct rt_read *read,
                               unsigned char *missing, uint64_t n_cells,
                               struct rt_error *err)
{
    enum rt_status status = RT_OK;
    bool again = true;

    for (int attempt = 0; status == RT_OK && again; attempt++) {
        status = fill_missing(read, missing, n_cells, attempt, &again, err);
        again = again && read->sink != NULL;
        if (again)
            take_cached(read, missing, n_cells);
    }
    return status;
}

enum rt_status rt_read_of_itself(const struct rt_read *read,
                                 struct rt_error *err)
{
    const char *text = rt_identity_text(read->view->identity);

    /* The name is its first line. */
    return rt_error_set(err, RT_ERR_SOURCE, "'%.*s' refers to itself",
                        (int)strcspn(text, "\n"), text);
}

static enum rt_status read_cells(const struct rt_read *read,
                                 unsigned char *missing, uint64_t n_cells,
                                 struct rt_error *err)
{
    struct rt_view *view = read->view;
    uint64_t n_missing = 0;
    enum rt_status status;

    take_cached(read, missing, n_cells);
    for (uint64_t i = 0; i < n_cells * (uint64_t)read->n_planes; i++)
        n_missing += missing[i];
    if (n_missing == 0)
        return RT_OK;
    if (rt_decoding_depth() >= MAX_DEPTH)
        return rt_error_set(err, RT_ERR_RANGE,
                            "rasters that read from each other are nested "
                            "deeper than %d levels",
                            MAX_DEPTH);
    if (rt_decoding_includes(view->identity) ||
        (view->one_fill && !rt_decoding_may_wait(view->identity)))
        return rt_read_of_itself(read, err);
    if (read->sink != NULL)
        rt_stats_add(view->stats, RT_STAT_MISSES, n_missing);
    if (view->one_fill) {
        pthread_mutex_lock(&view->fill_lock);
        take_cached(read, missing, n_cells);
    }
    if (rt_whole_pass(read))
        take_cached(read, missing, n_cells);
    status = fill_all(read, missing, n_cells, err);
    if (view->one_fill)
        pthread_mutex_unlock(&view->fill_lock);
    return status;
}

enum rt_status rt_read_run(const struct rt_read *read, struct rt_error *err)
{
    const uint64_t n_cells = rt_range_size(&read->cells);
    unsigned char few[FEW_CELLS], *missing = few;
    uint64_t n;
    enum rt_status status;

    if (!rt_mul_u64(n_cells, (uint64_t)read->n_planes, &n))
        return rt_error_set(err, RT_ERR_RANGE, "the window is too large");
    if (n > FEW_CELLS)
        missing = malloc((size_t)n);
    if (missing == NULL)
        return rt_error_set(err, RT_ERR_MEMORY,
                            "out of memory for a window of %llu blocks",
                            (unsigned long long)n_cells);
    memset(missing, 1, (size_t)n);
    status = read_cells(read, missing, n_cells, err);
    if (missing != few)
        free(missing);
    return status;
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
    if (status == RT_OK && view->ahead != NULL)
        rt_look_ahead(view->ahead, &read);
    return status;
}
