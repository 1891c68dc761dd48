/* levels.c - the levels of a plan, and the memory that they take.
 *
 * What is held of a level at one time is bounded here, not measured. Its tiles
 * grow as the tiles below are completed, mostly row by row. In each column of
 * tiles one is open. If a row of runs contains several rows of tiles, or
 * several workers are active, there are more open tiles in the columns that
 * these are working on.
 */
#include <string.h>

#include "core/base/min_max.h"
#include "core/plan/internal.h"

/* The most rows and columns of full-resolution tiles that one run delivers to.
 * If runs are as wide as the raster, tiles come row by row. */
struct front {
    int32_t cols, rows;
};

static int32_t tiles_of_run(int64_t run_px, int32_t tile_px, int32_t size_px)
{
    const int64_t tiles = (run_px - 1) / tile_px + 2;
    const int64_t all = ((int64_t)size_px - 1) / tile_px + 1;

    return (int32_t)(tiles < all ? tiles : all);
}

/* Covers all run sizes that the plan may use. The choice is not known yet,
 * because it depends on the memory that the levels leave. */
static struct front front_of(const struct rt_copy_shape *shape)
{
    struct rt_copy_run_size sizes[RT_COPY_RUN_SIZES];
    const int n = rt_copy_run_sizes(shape, sizes);
    struct front front = {1, 1};

    for (int i = 0; i < n; i++) {
        const int64_t w = (int64_t)sizes[i].w_blk * shape->source_block_w_px;
        const int64_t h = (int64_t)sizes[i].h_blk * shape->source_block_h_px;

        if (w >= (int64_t)shape->w_px + shape->source_block_x_px)
            continue;
        front.cols = rt_max_i32(front.cols,
                                tiles_of_run(w, shape->tile_w_px, shape->w_px));
        front.rows = rt_max_i32(front.rows,
                                tiles_of_run(h, shape->tile_h_px, shape->h_px));
    }
    return front;
}

/* The tiles of a level (0 is the full resolution) that workers are working on:
 * those of a run's rows, if it has several, and the next ones. */
static uint64_t busy_tiles(struct front front, int32_t level, int32_t n_workers)
{
    const int32_t cols = (front.cols >> level) + 1;
    const int32_t rows = (front.rows >> level) + 1;
    const uint64_t at_once =
        front.rows > 1 ? (uint64_t)cols * (uint64_t)rows : 2;

    return at_once + (uint64_t)n_workers;
}

static uint64_t cols_of(const struct rt_copy_plan *plan, int32_t level)
{
    return (uint64_t)(level == 0 ? plan->tile_cols
                                 : plan->levels[level - 1].tile_cols);
}

static uint64_t tiles_of(const struct rt_copy_plan *plan, int32_t level)
{
    return cols_of(plan, level) *
           (uint64_t)(level == 0 ? plan->tile_rows
                                 : plan->levels[level - 1].tile_rows);
}

/* The most tiles of a level that are held at one time. */
static uint64_t open_tiles(const struct rt_copy_plan *plan, struct front front,
                           int32_t level, int32_t n_workers)
{
    return rt_min_u64(tiles_of(plan, level),
                      cols_of(plan, level) +
                          busy_tiles(front, level, n_workers));
}

static uint64_t tile_px(const struct rt_copy_plan *plan)
{
    return (uint64_t)plan->shape.tile_w_px * (uint64_t)plan->shape.tile_h_px;
}

/* The margins of a level's reduced tiles: lines for those below, which wait for
 * a row of tiles, and columns for those to the right, which wait for one
 * tile. */
static uint64_t margins_px(const struct rt_copy_plan *plan, struct front front,
                           int32_t below, int32_t n_workers)
{
    const struct rt_copy_plan_level *level = &plan->levels[below];
    const uint64_t lines = (uint64_t)rt_copy_level_margin_px(&level->y) *
                           (uint64_t)plan->shape.tile_w_px;
    const uint64_t columns = (uint64_t)rt_copy_level_margin_px(&level->x) *
                             (uint64_t)plan->shape.tile_h_px;

    return open_tiles(plan, front, below, n_workers) * lines +
           rt_min_u64(tiles_of(plan, below),
                      busy_tiles(front, below, n_workers)) *
               columns;
}

static uint64_t fixed_bytes(const struct rt_copy_plan *plan, struct front front,
                            int32_t n_workers)
{
    uint64_t px = 0;

    for (int32_t i = 0; i < plan->n_levels; i++) {
        px += margins_px(plan, front, i, n_workers);
        if (plan->levels[i].in_memory)
            px += open_tiles(plan, front, i + 1, n_workers) * tile_px(plan);
    }
    return px * plan->shape.px_bytes;
}

static uint64_t disk_bytes(const struct rt_copy_plan *plan, struct front front,
                           int32_t n_workers)
{
    uint64_t px = 0;

    for (int32_t i = 0; i < plan->n_levels; i++)
        if (!plan->levels[i].in_memory)
            px += open_tiles(plan, front, i + 1, n_workers) * tile_px(plan);
    return px * plan->shape.px_bytes;
}

uint64_t rt_copy_plan_reduce_bytes(const struct rt_copy_plan *plan,
                                   const struct rt_copy_plan_level *level,
                                   int32_t reduced_col, int32_t reduced_row)
{
    const struct rt_copy_levels *levels = &plan->shape.levels;
    const uint64_t px = plan->shape.px_bytes;
    const uint64_t support = (uint64_t)rt_copy_span_px(rt_copy_level_support(
                                 &level->x, reduced_col)) *
                             (uint64_t)rt_copy_span_px(
                                 rt_copy_level_support(&level->y, reduced_row));
    const uint64_t output =
        (uint64_t)rt_copy_span_px(
            rt_copy_level_output(&level->x, reduced_col)) *
        (uint64_t)rt_copy_span_px(rt_copy_level_output(&level->y, reduced_row));
    const uint64_t reduce = support * px + levels->work_bytes;
    const uint64_t scatter = level->in_memory ? 0 : plan->tile_bytes;

    return output * px + rt_max_u64(reduce, scatter);
}

static uint64_t most_output_px(const struct rt_copy_level_axis *axis,
                               uint64_t support_px)
{
    return support_px * (uint64_t)axis->size_px / (uint64_t)axis->below_px + 2;
}

/* An upper bound of rt_copy_plan_reduce_bytes for all reduced tiles of a
 * level. */
static uint64_t most_reduce_bytes(const struct rt_copy_plan *plan,
                                  const struct rt_copy_plan_level *level)
{
    const struct rt_copy_levels *levels = &plan->shape.levels;
    const uint64_t w = (uint64_t)plan->shape.tile_w_px +
                       (uint64_t)rt_copy_level_margin_px(&level->x);
    const uint64_t h = (uint64_t)plan->shape.tile_h_px +
                       (uint64_t)rt_copy_level_margin_px(&level->y);
    const uint64_t px = plan->shape.px_bytes;
    const uint64_t reduce = w * h * px + levels->work_bytes;
    const uint64_t scatter = level->in_memory ? 0 : plan->tile_bytes;

    return most_output_px(&level->x, w) * most_output_px(&level->y, h) * px +
           rt_max_u64(reduce, scatter);
}

static void set_reduce_bytes(struct rt_copy_plan *plan)
{
    plan->reduce_bytes = 0;
    for (int32_t i = 0; i < plan->n_levels; i++)
        plan->reduce_bytes = rt_max_u64(
            plan->reduce_bytes, most_reduce_bytes(plan, &plan->levels[i]));
}

static bool set_levels(struct rt_copy_plan *plan,
                       const struct rt_copy_shape *shape)
{
    const struct rt_copy_levels *levels = &shape->levels;
    int32_t w = shape->w_px, h = shape->h_px;

    plan->shape = *shape;
    plan->tile_cols = (w - 1) / shape->tile_w_px + 1;
    plan->tile_rows = (h - 1) / shape->tile_h_px + 1;
    plan->tile_bytes = tile_px(plan) * shape->px_bytes;
    plan->n_levels = levels->n;
    for (int32_t i = 0; i < levels->n; i++) {
        struct rt_copy_plan_level *level = &plan->levels[i];

        level->x = (struct rt_copy_level_axis){
            levels->w_px[i], w, shape->tile_w_px, levels->reach_px};
        level->y = (struct rt_copy_level_axis){
            levels->h_px[i], h, shape->tile_h_px, levels->reach_px};
        if (!rt_copy_level_axis_good(&level->x) ||
            !rt_copy_level_axis_good(&level->y))
            return false;
        level->tile_cols = rt_copy_level_tiles(&level->x);
        level->tile_rows = rt_copy_level_tiles(&level->y);
        w = levels->w_px[i];
        h = levels->h_px[i];
    }
    return true;
}

/* Whether nothing but levels is on disk and nothing else was given up. */
static bool is_good(const struct rt_copy_plan *plan,
                    const struct rt_copy_limits *limits)
{
    return plan->overlap && !plan->segmented &&
           plan->n_workers == limits->max_workers &&
           plan->memory_cols == plan->tile_cols;
}

/* Tries a plan with the lowest on_disk levels on disk. */
static enum rt_status try_on_disk(struct rt_copy_plan *plan,
                                  const struct rt_copy_shape *shape,
                                  const struct rt_copy_limits *limits,
                                  int32_t on_disk,
                                  struct rt_copy_search *search,
                                  uint64_t *least_bytes, struct rt_error *err)
{
    const struct front front = front_of(shape);
    struct rt_copy_limits rest = *limits;
    uint64_t spilled;

    for (int32_t i = 0; i < plan->n_levels; i++)
        plan->levels[i].in_memory = i >= on_disk;
    set_reduce_bytes(plan);
    spilled = disk_bytes(plan, front, limits->max_workers);
    if (spilled > 0 && spilled >= limits->spill_bytes)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "there is no room to spill the half-built tiles "
                            "of overviews");
    rest.spill_bytes -= spilled;
    rest.other_bytes += fixed_bytes(plan, front, limits->max_workers);
    return rt_copy_plan_find(shape, &rest, search, plan, least_bytes, err);
}

enum rt_status rt_copy_plan_make(const struct rt_copy_shape *shape,
                                 const struct rt_copy_limits *limits,
                                 struct rt_copy_plan *plan,
                                 uint64_t *least_bytes, struct rt_error *err)
{
    const int32_t n_levels = shape->levels.n;
    const int32_t most_on_disk = limits->spill_bytes > 0 ? n_levels : 0;
    struct rt_copy_search search = {0};
    uint64_t least = UINT64_MAX;
    int32_t found = -1;
    enum rt_status status = RT_OK;

    memset(plan, 0, sizeof(*plan));
    if (n_levels > RT_COPY_MAX_LEVELS || !set_levels(plan, shape))
        return rt_error_set(err, RT_ERR_RANGE,
                            "tiles of %d x %d are too small for the "
                            "resampling of overviews",
                            shape->tile_w_px, shape->tile_h_px);
    for (int32_t on_disk = 0; on_disk <= most_on_disk; on_disk++) {
        status = try_on_disk(plan, shape, limits, on_disk, &search, least_bytes,
                             err);
        if (*least_bytes < least)
            least = *least_bytes;
        if (status == RT_OK)
            found = on_disk;
        if (status == RT_OK ? is_good(plan, limits) : status != RT_ERR_ARGUMENT)
            break;
    }
    if (status == RT_ERR_ARGUMENT && found >= 0)
        status =
            try_on_disk(plan, shape, limits, found, &search, least_bytes, err);
    *least_bytes = least;
    return status;
}
