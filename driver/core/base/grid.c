/* grid.c - see grid.h. Intermediate values are int64_t: it can hold any sum or
 * product of two int32_t. */
#include "core/base/grid.h"

#include "core/base/min_max.h"

/* Of blocks that are computed. */
#define COMPUTED_MIN_PX 64
#define COMPUTED_MAX_PX 1024
#define COMPUTED_PX 512

static int32_t blocks_over(int32_t size_px, int32_t block_px)
{
    return (int32_t)(((int64_t)size_px + block_px - 1) / block_px);
}

enum rt_status rt_grid_init(struct rt_grid *grid, int32_t w_px, int32_t h_px,
                            int32_t block_w_px, int32_t block_h_px,
                            struct rt_error *err)
{
    if (w_px < 1 || h_px < 1)
        return rt_error_set(err, RT_ERR_RANGE,
                            "a raster of %d x %d pixels has no blocks", w_px,
                            h_px);
    if (block_w_px < 1 || block_h_px < 1)
        return rt_error_set(err, RT_ERR_RANGE,
                            "a block of %d x %d pixels is empty; sizes are 1 "
                            "or more",
                            block_w_px, block_h_px);
    grid->w_px = w_px;
    grid->h_px = h_px;
    grid->block_w_px = block_w_px;
    grid->block_h_px = block_h_px;
    grid->cols = blocks_over(w_px, block_w_px);
    grid->rows = blocks_over(h_px, block_h_px);
    if ((int64_t)grid->cols * grid->rows > INT32_MAX)
        return rt_error_set(err, RT_ERR_RANGE,
                            "%d x %d pixels in blocks of %d x %d are %lld "
                            "blocks; at most 2147483647 are possible: choose "
                            "larger blocks",
                            w_px, h_px, block_w_px, block_h_px,
                            (long long)grid->cols * grid->rows);
    return RT_OK;
}

struct rt_block_range rt_grid_cover(const struct rt_grid *grid,
                                    const struct rt_window *window)
{
    const int64_t last_x_px = (int64_t)window->x_px + window->w_px - 1;
    const int64_t last_y_px = (int64_t)window->y_px + window->h_px - 1;
    struct rt_block_range range;

    range.col_blk = window->x_px / grid->block_w_px;
    range.row_blk = window->y_px / grid->block_h_px;
    range.cols = (int32_t)(last_x_px / grid->block_w_px) - range.col_blk + 1;
    range.rows = (int32_t)(last_y_px / grid->block_h_px) - range.row_blk + 1;
    return range;
}

struct rt_window rt_grid_block(const struct rt_grid *grid, int32_t col_blk,
                               int32_t row_blk)
{
    const struct rt_block_range range = {col_blk, row_blk, 1, 1};

    return rt_grid_span(grid, &range);
}

struct rt_window rt_grid_span(const struct rt_grid *grid,
                              const struct rt_block_range *range)
{
    const int64_t end_col = (int64_t)range->col_blk + range->cols;
    const int64_t end_row = (int64_t)range->row_blk + range->rows;
    struct rt_window window;

    window.x_px = (int32_t)((int64_t)range->col_blk * grid->block_w_px);
    window.y_px = (int32_t)((int64_t)range->row_blk * grid->block_h_px);
    window.w_px =
        rt_clip_i32(end_col * grid->block_w_px, grid->w_px) - window.x_px;
    window.h_px =
        rt_clip_i32(end_row * grid->block_h_px, grid->h_px) - window.y_px;
    return window;
}

/* The part that the spans [a, a+a_size) and [b, b+b_size) share. */
static bool overlap(int32_t a, int32_t a_size, int32_t b, int32_t b_size,
                    int32_t *start, int32_t *size)
{
    const int64_t a_end = (int64_t)a + a_size;
    const int64_t b_end = (int64_t)b + b_size;

    *start = a > b ? a : b;
    *size = (int32_t)((a_end < b_end ? a_end : b_end) - *start);
    return *size > 0;
}

bool rt_window_intersect(const struct rt_window *a, const struct rt_window *b,
                         struct rt_window *common)
{
    return overlap(a->x_px, a->w_px, b->x_px, b->w_px, &common->x_px,
                   &common->w_px) &&
           overlap(a->y_px, a->h_px, b->y_px, b->h_px, &common->y_px,
                   &common->h_px);
}

bool rt_window_contains(const struct rt_window *outer,
                        const struct rt_window *inner)
{
    struct rt_window common;

    return rt_window_intersect(outer, inner, &common) &&
           common.w_px == inner->w_px && common.h_px == inner->h_px;
}

uint64_t rt_window_area(const struct rt_window *window)
{
    return (uint64_t)window->w_px * (uint64_t)window->h_px;
}

uint64_t rt_window_offset(const struct rt_window *outer,
                          const struct rt_window *inner)
{
    return (uint64_t)(inner->y_px - outer->y_px) * (uint64_t)outer->w_px +
           (uint64_t)(inner->x_px - outer->x_px);
}

int32_t rt_grid_computed_px(int32_t block_px)
{
    if (block_px > COMPUTED_MAX_PX)
        return COMPUTED_PX;
    if (block_px < COMPUTED_MIN_PX)
        return block_px * ((COMPUTED_MIN_PX + block_px - 1) / block_px);
    return block_px;
}

enum rt_status rt_grid_pad(int32_t size_px, int32_t block_px,
                           int32_t *padded_px, struct rt_error *err)
{
    const int64_t padded =
        (int64_t)blocks_over(size_px, block_px) * (int64_t)block_px;

    if (padded > INT32_MAX)
        return rt_error_set(err, RT_ERR_RANGE,
                            "PAD_EDGES=YES grows %d pixels to %lld, more than "
                            "2147483647: choose smaller blocks",
                            size_px, (long long)padded);
    *padded_px = (int32_t)padded;
    return RT_OK;
}

int32_t rt_grid_pad_level(int32_t full_px, int32_t padded_px, int32_t level_px)
{
    const int64_t factor = ((int64_t)full_px + level_px / 2) / level_px;
    const bool whole =
        factor >= 1 && (level_px == full_px / factor ||
                        level_px == (full_px + factor - 1) / factor);
    int64_t size_px =
        whole ? (padded_px + factor - 1) / factor
              : ((int64_t)padded_px * level_px + full_px - 1) / full_px;

    if (size_px < level_px || padded_px == full_px)
        size_px = level_px;
    return size_px > INT32_MAX ? INT32_MAX : (int32_t)size_px;
}
