/* fill_group.c - decodes source blocks in groups, where that is cheaper.
 *
 * If the source's small reads are expensive (whole_reads), two by two blocks
 * together take 2.6 times as long as one of them (JPEG 2000, 4096 x 4096 x 3 in
 * one tile, November 2026), and GDAL's driver decodes nothing smaller. A reader
 * of few windows is better off with single blocks. One that comes back will
 * want the neighbours too: how soon that is assumed depends on how many more
 * blocks the groups have.
 */
#include <stddef.h>

#include "core/base/min_max.h"
#include "core/view/fill_internal.h"

/* Shares of the layer that have to be decoded before a fill takes the rest of
 * its only group, or of all its groups. */
#define ONE_GROUP_SHARE 16
#define GROUPS_SHARE 2

void rt_fill_count(const struct rt_fill *fill, uint64_t n_px)
{
    __atomic_add_fetch(&fill->read->view->layers[fill->read->layer].decoded_px,
                       n_px, __ATOMIC_RELAXED);
}

/* Enlarges a range of blocks to whole groups. */
static struct rt_block_range whole_groups(const struct rt_grid *grid,
                                          const struct rt_block_range *range)
{
    const int32_t col = range->col_blk - range->col_blk % RT_GROUP_SIDE_BLK;
    const int32_t row = range->row_blk - range->row_blk % RT_GROUP_SIDE_BLK;
    const int32_t end_col = range->col_blk + range->cols;
    const int32_t end_row = range->row_blk + range->rows;

    return (struct rt_block_range){
        col, row,
        rt_min_i32(end_col + end_col % RT_GROUP_SIDE_BLK, grid->cols) - col,
        rt_min_i32(end_row + end_row % RT_GROUP_SIDE_BLK, grid->rows) - row};
}

/* Whether a fill that needs blocks of these groups should take all of them. A
 * prefetch is for a reader that goes over the whole layer. A copy, whose fills
 * take turns, knows which rows it will need. */
static bool pays(const struct rt_fill *fill,
                 const struct rt_block_range *groups)
{
    const struct rt_view *view = fill->read->view;
    const struct rt_grid *grid = &fill->source->grid;
    const uint64_t *decoded_px = &view->layers[fill->read->layer].decoded_px;
    const bool is_one =
        groups->cols <= RT_GROUP_SIDE_BLK && groups->rows <= RT_GROUP_SIDE_BLK;

    if (!view->source->whole_reads || view->one_fill || !fill->keep)
        return false;
    return fill->read->sink == NULL ||
           __atomic_load_n(decoded_px, __ATOMIC_RELAXED) >=
               (uint64_t)grid->w_px * (uint64_t)grid->h_px /
                   (is_one ? ONE_GROUP_SHARE : GROUPS_SHARE);
}

void rt_fill_take_groups(struct rt_fill *fill)
{
    const struct rt_block_range groups =
        whole_groups(&fill->source->grid, &fill->source_blocks);

    fill->grouped = pays(fill, &groups);
    if (fill->grouped)
        fill->source_blocks = groups;
}

struct rt_block_range rt_fill_group_of(const struct rt_fill *fill,
                                       int32_t col_blk, int32_t row_blk)
{
    const struct rt_block_range one = {col_blk, row_blk, 1, 1};

    return fill->grouped ? whole_groups(&fill->source->grid, &one)
                         : fill->source_blocks;
}

bool rt_fill_is_left(const struct rt_fill *fill, int32_t col_blk,
                     int32_t row_blk, int64_t number)
{
    for (int32_t i = 0; i < fill->n_planes; i++) {
        const struct rt_block_key key =
            rt_cell_key(fill->read->view, fill->read->layer, fill->planes[i],
                        col_blk, row_blk, number);

        if (!rt_block_cache_contains(fill->read->view->cache, &key))
            return false;
    }
    return true;
}

/* Whether a source block is cached: its part of each cell that it touches. */
static bool is_cached(const struct rt_fill *fill, int32_t col_blk,
                      int32_t row_blk)
{
    const int64_t number =
        rt_source_block_number(fill->source, col_blk, row_blk);
    const struct rt_window block =
        rt_grid_block(&fill->source->grid, col_blk, row_blk);
    const struct rt_block_range cells = rt_grid_cover(fill->cells, &block);

    for (int32_t row = cells.row_blk; row < cells.row_blk + cells.rows; row++)
        for (int32_t col = cells.col_blk; col < cells.col_blk + cells.cols;
             col++)
            if (!rt_fill_is_left(fill, col, row, RT_WHOLE_BLOCK) &&
                !rt_fill_is_left(fill, col, row, number))
                return false;
    return true;
}

static unsigned char *need_of(const struct rt_fill *fill, int32_t col_blk,
                              int32_t row_blk)
{
    return &fill->need[rt_range_index(&fill->source_blocks, col_blk, row_blk)];
}

static void mark_group(const struct rt_fill *fill,
                       const struct rt_block_range *group)
{
    const int32_t end_col = group->col_blk + group->cols;
    const int32_t end_row = group->row_blk + group->rows;
    bool any = false;

    for (int32_t row = group->row_blk; row < end_row; row++)
        for (int32_t col = group->col_blk; col < end_col; col++)
            any |= *need_of(fill, col, row) != 0;
    for (int32_t row = group->row_blk; any && row < end_row; row++)
        for (int32_t col = group->col_blk; col < end_col; col++)
            if (!*need_of(fill, col, row))
                *need_of(fill, col, row) = !is_cached(fill, col, row);
}

void rt_fill_mark_groups(struct rt_fill *fill)
{
    const struct rt_block_range *all = &fill->source_blocks;

    for (int32_t row = 0; fill->grouped && row < all->rows;
         row += RT_GROUP_SIDE_BLK)
        for (int32_t col = 0; col < all->cols; col += RT_GROUP_SIDE_BLK) {
            const struct rt_block_range group =
                rt_fill_group_of(fill, all->col_blk + col, all->row_blk + row);

            mark_group(fill, &group);
        }
}
