/* cached.c - finds and delivers the cells of a read that are in the cache. */
#include "core/view/internal.h"

/* Up to this many bytes of a cell are copied while its shard of the cache is
 * locked, instead of under a pin. */
#define PEEK_MAX_BYTES 8192

struct peek {
    const struct rt_read *read;
    int32_t i_plane;
    struct rt_window part, cell;
};

static void deliver_peek(void *context, const void *pixels)
{
    const struct peek *peek = context;
    const unsigned char *const first = pixels;

    rt_read_deliver(peek->read, &peek->i_plane, &first, 1, &peek->part,
                    &peek->cell);
}

/* Delivers a small part of one plane of a cell that is in memory. Returns false
 * if the cell is not in memory or the part is not small. */
static bool deliver_little(const struct rt_read *read, int32_t i_plane,
                           int32_t col_blk, int32_t row_blk)
{
    struct rt_view *view = read->view;
    const int32_t plane = read->planes[i_plane];
    const uint64_t px_bytes = view->source->layers[read->layer].px_bytes[plane];
    const struct rt_block_key key =
        rt_cell_key(view, read->layer, plane, col_blk, row_blk, RT_WHOLE_BLOCK);
    struct peek peek = {
        read,
        i_plane,
        {0},
        rt_grid_block(&view->layers[read->layer].cells, col_blk, row_blk)};

    return rt_window_intersect(&peek.cell, &read->window, &peek.part) &&
           rt_window_area(&peek.part) * px_bytes <= PEEK_MAX_BYTES &&
           rt_block_cache_peek(view->cache, &key, deliver_peek, &peek);
}

/* Delivers those planes of a cell that are missing and cached, up to
 * RT_PART_PLANES of them from first on, in one call. Returns how many. */
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

/* Delivers the missing cells that are cached. missing has one byte for each
 * cell of the read, plane by plane. */
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

/* For prefetch: only checks what is cached. A pin would count as use of the
 * cell. */
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

void rt_read_cached(const struct rt_read *read, unsigned char *missing,
                    uint64_t n_cells)
{
    if (read->sink == NULL)
        skip_cached(read, missing, n_cells);
    else if (read->view->cache != NULL)
        deliver_cached(read, missing, n_cells);
}
