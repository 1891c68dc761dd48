/* grid.h - geometry of a raster cut into blocks of one size.
 *
 * Used for the uniform grid that the driver presents, for the grid of cached
 * blocks and for the source's own blocks. Pure arithmetic: no allocation, no
 * I/O, no state. All coordinates are pixels of one level unless the name ends
 * in _blk; areas are pixel counts.
 */
#ifndef RETILE_CORE_BASE_GRID_H
#define RETILE_CORE_BASE_GRID_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_window {
    int32_t x_px, y_px; /* top left, from 0 */
    int32_t w_px, h_px; /* 1 or more */
};

struct rt_block_range {
    int32_t col_blk, row_blk; /* first block */
    int32_t cols, rows;       /* 1 or more */
};

struct rt_grid {
    int32_t w_px, h_px;             /* the raster, 1 to 2^31-1 a side */
    int32_t block_w_px, block_h_px; /* of a block, 1 to 2^31-1 */
    int32_t cols, rows;             /* of blocks; edge blocks are partial */
};

/* Cuts a raster of w_px x h_px into blocks. Returns RT_ERR_RANGE if a size is
 * below 1, or if there would be more than 2^31-1 blocks. */
RT_MUST_CHECK enum rt_status rt_grid_init(struct rt_grid *grid, int32_t w_px,
                                          int32_t h_px, int32_t block_w_px,
                                          int32_t block_h_px,
                                          struct rt_error *err);

/* The smallest range of blocks that covers window. window must lie inside the
 * raster. */
struct rt_block_range rt_grid_cover(const struct rt_grid *grid,
                                    const struct rt_window *window);

/* The pixels of block (col_blk, row_blk), cut at the raster's edge. The
 * block must exist. */
struct rt_window rt_grid_block(const struct rt_grid *grid, int32_t col_blk,
                               int32_t row_blk);

/* The pixels of a range of blocks, cut at the raster's edge. */
struct rt_window rt_grid_span(const struct rt_grid *grid,
                              const struct rt_block_range *range);

/* Writes the intersection of two windows to *common. Returns false if it is
 * empty. */
bool rt_window_intersect(const struct rt_window *a, const struct rt_window *b,
                         struct rt_window *common);

/* Whether inner lies within outer. */
bool rt_window_contains(const struct rt_window *outer,
                        const struct rt_window *inner);

uint64_t rt_window_area(const struct rt_window *window);

/* The offset of inner's top left pixel in a buffer that holds outer row by row,
 * in pixels. inner must lie inside outer. */
uint64_t rt_window_offset(const struct rt_window *outer,
                          const struct rt_window *inner);

/* One side of the source blocks of pixels that are computed, for a view with
 * blocks of block_px: a whole multiple of these, of 64 pixels or more, because
 * small blocks cost more halo. If block_px is above 1024, it is 512, because
 * large blocks cost more memory. */
int32_t rt_grid_computed_px(int32_t block_px);

/* The size of the padded raster: size_px rounded up to whole blocks. Returns
 * RT_ERR_RANGE above 2^31-1. */
RT_MUST_CHECK enum rt_status rt_grid_pad(int32_t size_px, int32_t block_px,
                                         int32_t *padded_px,
                                         struct rt_error *err);

/* The size of a reduced level of a padded raster. The level grows in proportion
 * to the full resolution, by the level's own factor. full_px and padded_px are
 * the full resolution before and after padding; level_px is the level before
 * padding. */
int32_t rt_grid_pad_level(int32_t full_px, int32_t padded_px, int32_t level_px);

#ifdef __cplusplus
}
#endif
#endif
