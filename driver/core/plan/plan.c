/* plan.c - the choice of a plan for given levels; see plan.h.
 *
 * These are tried in order until one fits:
 *
 * - all workers, decoding and encoding at the same time, everything in memory;
 * - the same with half-built tiles on disk;
 * - decoding and encoding in turns;
 * - all of these with fewer workers;
 * - if nothing may be spilled, segments.
 *
 * What fits with some number of workers also fits with fewer, so the highest
 * number is found by bisection.
 */
#include "core/plan/plan.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/base/checked.h"
#include "core/plan/internal.h"

/* Limit for every byte count of a plan, far below 64 bits. */
#define MAX_BYTES (UINT64_C(1) << 56)

struct choice {
    const struct rt_copy_limits *limits;
    struct rt_copy_search *search;
    struct rt_copy_run_size sizes[RT_COPY_RUN_SIZES];
    int n_sizes;
    uint64_t least_bytes; /* the smallest need of all attempts */
};

/* How one attempt differs from another. */
struct attempt {
    int32_t n_workers;
    bool overlap;
    bool spill;
};

static void set_runs(struct rt_copy_plan *plan, struct rt_copy_run_size size)
{
    const struct rt_copy_shape *shape = &plan->shape;
    const int64_t run_w = (int64_t)shape->source_block_w_px * size.w_blk;
    const int64_t run_h = (int64_t)shape->source_block_h_px * size.h_blk;

    plan->x =
        (struct rt_copy_axis){shape->w_px, shape->tile_w_px,
                              run_w > INT32_MAX ? INT32_MAX : (int32_t)run_w,
                              shape->source_block_x_px, shape->halo_px};
    plan->y =
        (struct rt_copy_axis){shape->h_px, shape->tile_h_px,
                              run_h > INT32_MAX ? INT32_MAX : (int32_t)run_h,
                              shape->source_block_y_px, shape->halo_px};
}

/* The most rows of tiles that end within one row of runs. */
static int32_t rows_ended_at_once(const struct rt_copy_plan *plan)
{
    const struct rt_copy_span all = {0, plan->tile_rows};
    const int32_t period = rt_copy_axis_period_tiles(&plan->y);
    int32_t most = 0, n = 0, run = -1;

    for (int32_t row = 0; row < all.end;
         row = rt_copy_next_unlike(all, period, row)) {
        const struct rt_copy_span runs =
            rt_copy_axis_runs_of_tiles(&plan->y, row, row);

        n = runs.end - 1 == run ? n + 1 : 1;
        run = runs.end - 1;
        if (n > most)
            most = n;
    }
    return most;
}

/* Encoded tiles of the rows below the one that the file needs next. */
static uint64_t wait_bytes(const struct rt_copy_plan *plan,
                           const struct rt_copy_limits *limits)
{
    if (plan->segmented || plan->any_order || rt_copy_axis_runs(&plan->x) == 1)
        return 0;
    return (uint64_t)(rows_ended_at_once(plan) - 1) *
           (uint64_t)plan->tile_cols * limits->encode_bytes;
}

uint64_t rt_copy_plan_buffer_bytes(const struct rt_copy_plan *plan,
                                   uint64_t encode_bytes, bool on_disk)
{
    return on_disk && plan->tile_bytes > encode_bytes ? plan->tile_bytes
                                                      : encode_bytes;
}

static void set_attempt(struct rt_copy_plan *plan, const struct choice *choice,
                        const struct attempt *attempt, int32_t memory_cols)
{
    const struct rt_copy_limits *limits = choice->limits;
    const bool on_disk =
        memory_cols < plan->tile_cols || rt_copy_plan_levels_on_disk(plan) > 0;
    uint64_t buffer_bytes;

    plan->n_workers = attempt->n_workers;
    plan->overlap = attempt->overlap;
    plan->memory_cols = memory_cols;
    plan->wait_bytes = wait_bytes(plan, limits);
    plan->spills = attempt->spill && plan->wait_bytes > 0;
    if (plan->spills)
        plan->wait_bytes = 0;
    plan->context_bytes = attempt->overlap ? 0 : limits->worker_bytes;
    buffer_bytes =
        plan->context_bytes +
        rt_copy_plan_buffer_bytes(plan, limits->encode_bytes, on_disk);
    plan->encode_bytes =
        plan->tile_bytes +
        (plan->reduce_bytes > buffer_bytes ? plan->reduce_bytes : buffer_bytes);
    plan->fixed_bytes =
        (attempt->overlap
             ? (uint64_t)attempt->n_workers * limits->worker_bytes +
                   plan->encode_bytes
             : 0) +
        (plan->spills ? limits->encode_bytes : 0) + limits->other_bytes;
}

/* The bytes with which all workers have something to do: one decodes, one
 * encodes, further ones also encode, and tiles that come out of order wait. */
static uint64_t staffed_bytes(const struct rt_copy_plan *plan,
                              const struct rt_copy_limits *limits)
{
    const uint64_t n = (uint64_t)plan->n_workers;
    const uint64_t waiting =
        n > 1 && !plan->any_order ? n * limits->encode_bytes : 0;
    uint64_t encoding;

    if (plan->overlap)
        return plan->peak_bytes + waiting +
               (n > 2 ? n - 2 : 0) * plan->encode_bytes;
    encoding = plan->fixed_bytes + n * plan->encode_bytes;
    return waiting +
           (n > 1 && encoding > plan->peak_bytes ? encoding : plan->peak_bytes);
}

static bool fits(struct rt_copy_plan *plan, struct choice *choice)
{
    uint64_t bytes;

    if (!rt_copy_search_goes_on(choice->search, choice->limits))
        return false;
    rt_copy_search_measure(choice->search, plan);
    if (plan->spill_bytes > choice->limits->spill_bytes)
        return false;
    bytes = staffed_bytes(plan, choice->limits);
    if (bytes < choice->least_bytes)
        choice->least_bytes = bytes;
    return bytes <= choice->limits->budget_bytes;
}

static bool has_room_on_disk(struct rt_copy_plan *plan,
                             const struct choice *choice,
                             const struct attempt *attempt, int32_t memory_cols)
{
    set_attempt(plan, choice, attempt, memory_cols);
    rt_copy_search_measure(choice->search, plan);
    return plan->spill_bytes <= choice->limits->spill_bytes;
}

/* The fewest columns in memory with which the rest fits on disk. */
static int32_t least_memory_cols(struct rt_copy_plan *plan,
                                 const struct choice *choice,
                                 const struct attempt *attempt)
{
    int32_t bad = 0, good = plan->tile_cols;

    if (has_room_on_disk(plan, choice, attempt, 0))
        return 0;
    while (good - bad > 1) {
        const int32_t middle = bad + (good - bad) / 2;

        if (has_room_on_disk(plan, choice, attempt, middle))
            good = middle;
        else
            bad = middle;
    }
    return good;
}

/* Puts as many columns in memory as fit, and the rest on disk. */
static bool fits_on_disk(struct rt_copy_plan *plan, struct choice *choice,
                         const struct attempt *attempt)
{
    int32_t good = least_memory_cols(plan, choice, attempt);
    int32_t bad = plan->tile_cols;

    if (good == bad)
        return false;
    set_attempt(plan, choice, attempt, good);
    if (!fits(plan, choice))
        return false;
    while (bad - good > 1) {
        const int32_t middle = good + (bad - good) / 2;

        set_attempt(plan, choice, attempt, middle);
        if (fits(plan, choice))
            good = middle;
        else
            bad = middle;
    }
    set_attempt(plan, choice, attempt, good);
    return fits(plan, choice);
}

static bool try_sizes(struct rt_copy_plan *plan, struct choice *choice,
                      const struct attempt *attempt)
{
    plan->segmented = false;
    plan->segment_cols = plan->tile_cols;
    for (int i = 0; i < choice->n_sizes; i++) {
        set_runs(plan, choice->sizes[i]);
        set_attempt(plan, choice, attempt, plan->tile_cols);
        if (fits(plan, choice))
            return true;
    }
    for (int i = 0; attempt->spill && i < choice->n_sizes; i++) {
        set_runs(plan, choice->sizes[i]);
        if (fits_on_disk(plan, choice, attempt))
            return true;
    }
    return false;
}

/* Decoding and encoding at the same time if that fits, otherwise in turns. */
static bool try_workers(struct rt_copy_plan *plan, struct choice *choice,
                        int32_t n)
{
    const bool spill = choice->limits->spill_bytes > 0;

    for (int turn = 0; turn < 2; turn++) {
        const struct attempt attempt = {n, turn == 0, spill};

        if (try_sizes(plan, choice, &attempt))
            return true;
    }
    return false;
}

/* Applies try with the most workers for which it succeeds. Returns false if it
 * does not succeed for any number. */
static bool with_most_workers(struct rt_copy_plan *plan, struct choice *choice,
                              bool (*try)(struct rt_copy_plan *plan,
                                          struct choice *choice, int32_t n))
{
    int32_t good = 0, bad = choice->limits->max_workers;

    if (bad < 1)
        return false;
    if (try(plan, choice, bad))
        return true;
    while (bad - good > 1) {
        const int32_t middle = good + (bad - good) / 2;

        if (try(plan, choice, middle))
            good = middle;
        else
            bad = middle;
    }
    return good > 0 && try(plan, choice, good);
}

/* Whether a row of tiles needs more than one row of runs. All tiles of such a
 * row that a sweep fills are open at once. */
static bool rows_cross_runs(const struct rt_copy_plan *plan)
{
    const struct rt_copy_span all = {0, plan->tile_rows};
    const int32_t period = rt_copy_axis_period_tiles(&plan->y);

    for (int32_t row = 0; row < all.end;
         row = rt_copy_next_unlike(all, period, row))
        if (!rt_copy_axis_in_one_run(&plan->y, row))
            return true;
    return false;
}

static uint64_t cols_bytes(const struct rt_copy_plan *plan, int32_t cols)
{
    return (uint64_t)cols * plan->tile_bytes;
}

/* The segments that decode the fewest pixels, for one run size. */
static bool try_segments(struct rt_copy_plan *plan, struct choice *choice,
                         uint64_t *best_px, int32_t *best_cols)
{
    const struct attempt attempt = {1, false, false};
    const bool whole_rows = rows_cross_runs(plan);
    const uint64_t budget_bytes = choice->limits->budget_bytes;
    bool found = false;

    *best_px = UINT64_MAX;
    for (int32_t cols = 1; cols <= plan->tile_cols; cols++) {
        uint64_t px;

        plan->segment_cols = cols;
        px = rt_copy_plan_segmented_px(plan);
        if (px >= *best_px)
            continue;
        set_attempt(plan, choice, &attempt, plan->tile_cols);
        if (!fits(plan, choice)) {
            if (whole_rows && cols_bytes(plan, cols) > budget_bytes)
                break;
            continue;
        }
        found = true;
        *best_px = px;
        *best_cols = cols;
    }
    return found;
}

/* Adds workers if the chosen segments leave memory for them. */
static bool staff_segments(struct rt_copy_plan *plan, struct choice *choice,
                           int32_t n)
{
    for (int turn = 0; turn < 2; turn++) {
        const struct attempt attempt = {n, turn == 0, false};

        set_attempt(plan, choice, &attempt, plan->tile_cols);
        if (fits(plan, choice))
            return true;
    }
    return false;
}

static bool choose_segments(struct rt_copy_plan *plan, struct choice *choice)
{
    uint64_t best_px = UINT64_MAX;
    int32_t best_cols = 0;
    int best = -1;

    plan->segmented = true;
    for (int i = 0; i < choice->n_sizes; i++) {
        uint64_t px;
        int32_t cols = 0;

        set_runs(plan, choice->sizes[i]);
        if (try_segments(plan, choice, &px, &cols) && px < best_px) {
            best_px = px;
            best_cols = cols;
            best = i;
        }
    }
    if (best < 0)
        return false;
    set_runs(plan, choice->sizes[best]);
    plan->segment_cols = best_cols;
    return with_most_workers(plan, choice, staff_segments);
}

static bool product_fits(uint64_t a, uint64_t b, uint64_t *product)
{
    return rt_mul_u64(a, b, product) && *product <= MAX_BYTES;
}

/* Also sets tile_bytes. */
static enum rt_status check_sizes(struct rt_copy_plan *plan,
                                  const struct rt_copy_limits *limits,
                                  struct rt_error *err)
{
    const struct rt_copy_shape *shape = &plan->shape;
    const uint64_t n_px = (uint64_t)shape->w_px * (uint64_t)shape->h_px;
    const uint64_t n_tiles =
        (uint64_t)plan->tile_cols * (uint64_t)plan->tile_rows;
    const uint64_t tile_px =
        (uint64_t)shape->tile_w_px * (uint64_t)shape->tile_h_px;
    uint64_t ignored;

    if (!product_fits(n_px, shape->px_bytes, &ignored) ||
        !product_fits(n_px, shape->held_px_bytes, &ignored) ||
        !product_fits(n_px, shape->input_px_bytes, &ignored) ||
        !product_fits(n_px, shape->focal_px_bytes, &ignored) ||
        !product_fits(tile_px, shape->px_bytes, &plan->tile_bytes) ||
        !product_fits(n_tiles, plan->tile_bytes, &ignored) ||
        !product_fits(n_tiles, limits->encode_bytes, &ignored) ||
        !product_fits((uint64_t)limits->max_workers,
                      limits->worker_bytes + limits->encode_bytes, &ignored) ||
        !product_fits((uint64_t)limits->max_workers, plan->tile_bytes,
                      &ignored) ||
        shape->held_bytes > MAX_BYTES || limits->other_bytes > MAX_BYTES)
        return rt_error_set(err, RT_ERR_RANGE,
                            "the raster or its tiles are too large to count "
                            "in bytes");
    return RT_OK;
}

static enum rt_status too_small(const struct choice *choice,
                                const struct rt_copy_shape *shape,
                                struct rt_error *err)
{
    const uint64_t least_mb = (choice->least_bytes >> 20) + 1;
    const bool spill_may_help = choice->limits->spill_bytes == 0 &&
                                shape->access == RT_ACCESS_SEQUENTIAL;

    return rt_error_set(
        err, RT_ERR_ARGUMENT,
        "MEMORY_MAX=%.1fMB is too small for source blocks of %d x %d pixels "
        "and tiles of %d x %d: at least MEMORY_MAX=%" PRIu64 "MB is needed%s",
        (double)choice->limits->budget_bytes / 1048576.0,
        shape->source_block_w_px, shape->source_block_h_px, shape->tile_w_px,
        shape->tile_h_px, least_mb,
        spill_may_help ? " (less may do if SPILL is not NONE)" : "");
}

enum rt_status rt_copy_plan_find(const struct rt_copy_shape *shape,
                                 const struct rt_copy_limits *limits,
                                 struct rt_copy_search *search,
                                 struct rt_copy_plan *plan,
                                 uint64_t *least_bytes, struct rt_error *err)
{
    struct choice choice = {
        .limits = limits, .search = search, .least_bytes = UINT64_MAX};
    enum rt_status status;
    bool found;

    plan->shape = *shape;
    plan->any_order = limits->any_order;
    set_runs(plan, (struct rt_copy_run_size){1, 1}); /* any run size: it does
                                                      * not change the tiles */
    plan->tile_cols = rt_copy_axis_tiles(&plan->x);
    plan->tile_rows = rt_copy_axis_tiles(&plan->y);
    status = check_sizes(plan, limits, err);
    if (status != RT_OK)
        return status;
    choice.n_sizes = rt_copy_run_sizes(shape, choice.sizes);
    found =
        with_most_workers(plan, &choice, try_workers) ||
        (limits->spill_bytes == 0 && shape->access != RT_ACCESS_SEQUENTIAL &&
         choose_segments(plan, &choice));
    *least_bytes = choice.least_bytes;
    if (search->cancelled)
        return rt_error_set(err, RT_ERR_CANCELLED, "cancelled");
    return found ? RT_OK : too_small(&choice, shape, err);
}

void rt_copy_plan_describe(const struct rt_copy_plan *plan, char *text,
                           size_t text_bytes)
{
    const double mb = 1048576.0;
    const double raster = (double)plan->shape.w_px * (double)plan->shape.h_px;
    char where[96] = "in memory", margins[48] = "", levels[64] = "";

    if (plan->memory_cols < plan->tile_cols)
        (void)snprintf(where, sizeof(where),
                       "%d of %d columns in memory, the rest on disk (%.1f MB)",
                       plan->memory_cols, plan->tile_cols,
                       (double)plan->spill_bytes / mb);
    if (plan->shape.halo_px > 0)
        (void)snprintf(margins, sizeof(margins),
                       " and margins for a halo of %d", plan->shape.halo_px);
    if (plan->n_levels > 0)
        (void)snprintf(levels, sizeof(levels),
                       "; %d level%s, %d of them on disk", plan->n_levels,
                       plan->n_levels == 1 ? "" : "s",
                       rt_copy_plan_levels_on_disk(plan));
    (void)snprintf(
        text, text_bytes,
        "plan: %d x %d tiles of %d x %d from runs of %d x %d pixels%s, %s; "
        "half-built tiles %s%s; %d worker%s, decoding and encoding %s; "
        "%.1f MB at most for one worker's order of work; "
        "each pixel decoded %.2f times",
        plan->tile_cols, plan->tile_rows, plan->x.tile_px, plan->y.tile_px,
        plan->x.run_px, plan->y.run_px, margins,
        plan->segmented ? "once for each row and segment of tiles" : "once",
        where, levels, plan->n_workers, plan->n_workers == 1 ? "" : "s",
        plan->overlap ? "at the same time" : "in turns",
        (double)plan->peak_bytes / mb, (double)plan->decoded_px / raster);
}
