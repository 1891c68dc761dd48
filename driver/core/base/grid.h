/* grid.h - geometry of a raster cut into blocks of one size.
 *
 * Serves the uniform grid that the driver presents, the grid of cached
 * blocks under it, and the source's own (source_block) blocks alike. Pure
 * arithmetic: no allocation, no I/O, no state. All coordinates are pixels of
 * one level unless the name ends in _blk; areas are pixel counts.
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
    int32_t block_w_px, block_h_px; /* 1 to 2^31-1 */
    int32_t cols, rows;             /* blocks; those at the edge are partial */
};

/* Cuts a raster of w_px x h_px into blocks. RT_ERR_RANGE where a size is
 * below 1, or where there are more than 2^31-1 blocks. */
RT_MUST_CHECK enum rt_status rt_grid_init(struct rt_grid *grid, int32_t w_px,
                                          int32_t h_px, int32_t block_w_px,
                                          int32_t block_h_px,
                                          struct rt_error *err);

/* The smallest range of blocks that covers window, which must lie inside the
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

/* Writes what two windows have in common to *common; false for nothing. */
bool rt_window_intersect(const struct rt_window *a, const struct rt_window *b,
                         struct rt_window *common);

/* Whether inner lies within outer. */
bool rt_window_contains(const struct rt_window *outer,
                        const struct rt_window *inner);

uint64_t rt_window_area(const struct rt_window *window);

/* How many pixels of outer, row by row, come before the top left of inner,
 * which lies inside it. */
uint64_t rt_window_offset(const struct rt_window *outer,
                          const struct rt_window *inner);

/* The size of the padded raster: size_px grown to whole blocks.
 * RT_ERR_RANGE above 2^31-1. */
RT_MUST_CHECK enum rt_status rt_grid_pad(int32_t size_px, int32_t block_px,
                                         int32_t *padded_px,
                                         struct rt_error *err);

/* The size of a reduced level under a padded raster: as many pixels more as
 * the full resolution has, at the level's own factor. full_px, padded_px: the
 * full resolution before and after padding; level_px: the level before. */
int32_t rt_grid_pad_level(int32_t full_px, int32_t padded_px, int32_t level_px);

#ifdef __cplusplus
}
#endif
#endif
