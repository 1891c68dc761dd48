/* read.c - a read passes twice over the cells (cached blocks) of its window.
 * First it delivers everything that is cached, before decoding can evict it.
 * Then it fills the missing cells. Planes that miss the same cells are filled
 * together, so that a source that stores them together decodes once.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/base/decoding.h"
#include "core/view/fill.h"
#include "core/view/internal.h"

/* The most rasters that may be decoded inside one another, including computed
 * overview levels. */
#define MAX_DEPTH 64

/* Divides the limit of the cache: the most that is decoded at once because a
 * copy will read it soon. */
#define ROWS_SHARE 3

/* Reads of up to this many cells need no allocation. */
#define FEW_CELLS 256

/* Fills what plane `first` misses, for that plane and for all later planes that
 * miss the same cells, or for all planes if the source stores them together.
 * Then nothing is missing in these planes, unless *look_again is set. */
static enum rt_status fill_alike(const struct rt_read *read, int32_t first,
                                 unsigned char *missing, uint64_t n_cells,
                                 int attempt, bool *look_again,
                                 struct rt_error *err)
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
    status = rt_fill(read, chosen, first_missing, attempt, look_again, err);
    for (int32_t i = first;
         status == RT_OK && !*look_again && i < read->n_planes; i++)
        if (chosen[i])
            memset(missing + (uint64_t)i * n_cells, 0, n_cells);
    free(chosen);
    return status;
}

/* Fills and looks again until nothing is missing. */
static enum rt_status fill_all(const struct rt_read *read,
                               unsigned char *missing, uint64_t n_cells,
                               struct rt_error *err)
{
    enum rt_status status = RT_OK;
    bool again = true;

    for (int attempt = 0; status == RT_OK && again; attempt++) {
        again = false;
        for (int32_t i = 0; status == RT_OK && !again && i < read->n_planes;
             i++)
            if (memchr(missing + (uint64_t)i * n_cells, 1, n_cells) != NULL)
                status =
                    fill_alike(read, i, missing, n_cells, attempt, &again, err);
        again = again && read->sink != NULL;
        if (again)
            rt_read_cached(read, missing, n_cells);
    }
    return status;
}

/* The cells of the read's rows between the columns that a copy reads. False if
 * the read has them all, or if they would take too much of the cache. */
static bool widen(const struct rt_read *read, struct rt_read *rows)
{
    const struct rt_view *view = read->view;
    const struct rt_grid *cells = &view->layers[read->layer].cells;
    const struct rt_layer *source = &view->source->layers[read->layer];
    const struct rt_window columns = {view->first_px, read->window.y_px,
                                      view->end_px - view->first_px,
                                      read->window.h_px};
    struct rt_cache_counters counters;
    struct rt_window span;
    uint64_t bytes;

    *rows = *read;
    if (read->layer != 0 || view->end_px == 0 ||
        !rt_window_contains(&columns, &read->window))
        return false;
    rows->cells = rt_grid_cover(cells, &columns);
    rows->window = span = rt_grid_span(cells, &rows->cells);
    rows->sink = NULL;
    rt_block_cache_count(view->cache, &counters);
    return rows->cells.cols > read->cells.cols &&
           rt_mul_u64(rt_window_area(&span), rt_layer_px_bytes(source),
                      &bytes) &&
           bytes <= counters.limit_bytes / ROWS_SHARE;
}

/* Decodes the rest of the read's rows too. Failures are ignored, as above. */
static void read_whole_rows(const struct rt_read *read)
{
    struct rt_read rows;
    struct rt_error ignored;
    unsigned char *missing;
    uint64_t n_cells;

    if (!widen(read, &rows))
        return;
    n_cells = rt_range_size(&rows.cells);
    missing = malloc((size_t)(n_cells * (uint64_t)rows.n_planes));
    if (missing == NULL)
        return;
    rt_read_cached(&rows, missing, n_cells);
    if (fill_all(&rows, missing, n_cells, &ignored) != RT_OK)
        ignored.text[0] = '\0';
    free(missing);
}

static bool is_any_missing(const struct rt_read *read,
                           const unsigned char *missing, uint64_t n_cells)
{
    return memchr(missing, 1, n_cells * (uint64_t)read->n_planes) != NULL;
}

static enum rt_status read_cells(const struct rt_read *read,
                                 unsigned char *missing, uint64_t n_cells,
                                 struct rt_error *err)
{
    struct rt_view *view = read->view;
    uint64_t n_missing = 0;
    enum rt_status status;

    rt_read_cached(read, missing, n_cells);
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
        rt_read_cached(read, missing, n_cells);
        if (is_any_missing(read, missing, n_cells)) {
            read_whole_rows(read);
            rt_read_cached(read, missing, n_cells);
        }
    }
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
