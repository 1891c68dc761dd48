/* measure.c - the steps of a plan, and what is held during each.
 *
 * What is measured is the work of a single worker: it decodes a run, encodes
 * every tile that the run completes, and continues. More workers only use what
 * the budget has beyond that.
 */
#include "core/base/min_max.h"
#include "core/plan/internal.h"

#include <string.h>

static int64_t length_of(int32_t begin, int32_t end)
{
    return end > begin ? end - begin : 0;
}

static struct rt_copy_span segment_cols(const struct rt_copy_plan *plan,
                                        int32_t segment)
{
    const int64_t begin = (int64_t)segment * plan->segment_cols;
    const int64_t end = begin + plan->segment_cols;
    const struct rt_copy_span span = {
        (int32_t)begin, end > plan->tile_cols ? plan->tile_cols : (int32_t)end};

    return span;
}

/* The tiles that the cursor's sweep fills. */
static void sweep_of(const struct rt_copy_plan *plan,
                     const struct rt_copy_cursor *cursor,
                     struct rt_copy_span *cols, struct rt_copy_span *rows)
{
    const struct rt_copy_span all_rows = {0, plan->tile_rows};
    const struct rt_copy_span row = {cursor->row, cursor->row + 1};

    *cols = segment_cols(plan, cursor->segment);
    *rows = plan->segmented ? row : all_rows;
}

/* The number of assembled tiles in one row, and in columns cols, that are open
 * during a run. sweep: all columns that this sweep fills. */
static int64_t open_in_row(const struct rt_copy_plan *plan,
                           const struct rt_copy_cursor *at, int32_t row,
                           struct rt_copy_span sweep, struct rt_copy_span cols)
{
    const struct rt_copy_span runs =
        rt_copy_axis_runs_of_tiles(&plan->y, row, row);
    const struct rt_copy_span touched =
        rt_copy_axis_tiles_of_run(&plan->x, at->run_col);
    const bool carried = runs.begin < at->run_row;
    const bool ends = runs.end - 1 == at->run_row;
    const bool first =
        at->run_col == rt_copy_axis_runs_for(&plan->x, sweep).begin;
    const int32_t done =
        first ? cols.begin
              : rt_copy_axis_run(&plan->x, at->run_col).begin / plan->x.tile_px;
    int64_t n = 0;

    if (carried)
        return length_of(ends ? rt_max_i32(cols.begin, done) : cols.begin,
                         cols.end);
    if (!ends)
        return length_of(cols.begin, rt_min_i32(cols.end, touched.end));
    for (int32_t col = touched.begin; col < touched.end;
         col += rt_max_i32(1, touched.end - 1 - touched.begin))
        if (col >= cols.begin && col < cols.end &&
            !rt_copy_axis_in_one_run(&plan->x, col))
            n++;
    return n;
}

static int64_t open_tiles(const struct rt_copy_plan *plan,
                          const struct rt_copy_cursor *at,
                          struct rt_copy_span cols)
{
    struct rt_copy_span sweep, rows;
    int64_t n = 0;

    sweep_of(plan, at, &sweep, &rows);
    cols = rt_copy_span_common(cols, sweep);
    rows = rt_copy_span_common(
        rows, rt_copy_axis_tiles_of_run(&plan->y, at->run_row));
    for (int32_t row = rows.begin; row < rows.end; row++)
        n += open_in_row(plan, at, row, sweep, cols);
    return n;
}

static uint64_t open_bytes(const struct rt_copy_plan *plan,
                           const struct rt_copy_cursor *at, int32_t begin,
                           int32_t end)
{
    const struct rt_copy_span cols = {begin, end};

    return (uint64_t)open_tiles(plan, at, cols) * plan->tile_bytes;
}

/* The bytes of tiles in memory that this step is the first to touch. */
static uint64_t begun_bytes(const struct rt_copy_plan *plan,
                            const struct rt_copy_step *step)
{
    int64_t n = 0;

    for (int32_t row = step->rows.begin; row < step->rows.end; row++) {
        const struct rt_copy_span y =
            rt_copy_axis_runs_of_tiles(&plan->y, row, row);
        const bool whole = y.end - y.begin == 1;
        const int32_t end = rt_min_i32(step->cols.end, plan->memory_cols);

        if (y.begin != step->run_row)
            continue;
        for (int32_t col = step->cols.begin; col < end; col++) {
            const struct rt_copy_span x =
                rt_copy_axis_runs_of_tiles(&plan->x, col, col);

            n += x.begin == step->run_col && !(whole && x.end - x.begin == 1);
        }
    }
    return (uint64_t)n * plan->tile_bytes;
}

/* The most that a step holds, not counting tiles that were open before. */
static uint64_t work_bytes(const struct rt_copy_plan *plan,
                           const struct rt_copy_step *step,
                           const struct rt_copy_margins *margins,
                           uint64_t begun)
{
    const struct rt_copy_phases phases = rt_copy_plan_phases(plan, step, begun);
    const uint64_t encode =
        rt_window_area(&step->window) * plan->shape.px_bytes + begun +
        plan->encode_bytes + margins->after_bytes;
    uint64_t most = phases.decode_bytes;

    if (phases.apply_bytes > most)
        most = phases.apply_bytes;
    if (phases.scatter_bytes > most)
        most = phases.scatter_bytes;
    most += margins->before_bytes + step->margin_bytes;
    return !plan->overlap && encode > most ? encode : most;
}

static void describe_step(const struct rt_copy_plan *plan,
                          const struct rt_copy_cursor *at,
                          struct rt_copy_step *step)
{
    struct rt_copy_place place = {.run_col = at->run_col,
                                  .run_row = at->run_row};
    struct rt_copy_margins margins;
    uint64_t begun;

    sweep_of(plan, at, &place.cols, &place.rows);
    rt_copy_plan_fill_step(plan, &place, step, &margins);
    begun = begun_bytes(plan, step);
    step->held_bytes = plan->fixed_bytes + plan->wait_bytes +
                       open_bytes(plan, at, 0, plan->memory_cols) - begun +
                       work_bytes(plan, step, &margins, begun);
}

/* Moves to the next row of tiles or segment. Returns false after the last. */
static bool next_sweep(const struct rt_copy_plan *plan,
                       struct rt_copy_cursor *cursor)
{
    if (!plan->segmented)
        return false;
    if (segment_cols(plan, cursor->segment).end < plan->tile_cols) {
        cursor->segment++;
        return true;
    }
    cursor->segment = 0;
    return ++cursor->row < plan->tile_rows;
}

bool rt_copy_plan_next(const struct rt_copy_plan *plan,
                       struct rt_copy_cursor *cursor, struct rt_copy_step *step)
{
    struct rt_copy_span cols, rows, run_cols, run_rows;
    bool fresh = !cursor->begun;

    sweep_of(plan, cursor, &cols, &rows);
    run_cols = rt_copy_axis_runs_for(&plan->x, cols);
    run_rows = rt_copy_axis_runs_for(&plan->y, rows);
    if (!fresh && ++cursor->run_col == run_cols.end) {
        cursor->run_col = run_cols.begin;
        if (++cursor->run_row == run_rows.end) {
            if (!next_sweep(plan, cursor))
                return false;
            fresh = true;
        }
    }
    if (fresh) {
        sweep_of(plan, cursor, &cols, &rows);
        cursor->run_col = rt_copy_axis_runs_for(&plan->x, cols).begin;
        cursor->run_row = rt_copy_axis_runs_for(&plan->y, rows).begin;
        cursor->begun = true;
    }
    describe_step(plan, cursor, step);
    return true;
}

static uint64_t run_px_of(const struct rt_copy_axis *axis,
                          struct rt_copy_span tiles)
{
    const struct rt_copy_span runs = rt_copy_axis_runs_for(axis, tiles);

    return (uint64_t)(rt_copy_axis_input(axis, runs.end - 1).end -
                      rt_copy_axis_input(axis, runs.begin).begin);
}

uint64_t rt_copy_plan_segmented_px(const struct rt_copy_plan *plan)
{
    uint64_t w_px = 0, h_px = 0;

    for (int32_t segment = 0;; segment++) {
        const struct rt_copy_span cols = segment_cols(plan, segment);

        w_px += run_px_of(&plan->x, cols);
        if (cols.end == plan->tile_cols)
            break;
    }
    for (int32_t row = 0; row < plan->tile_rows; row++) {
        const struct rt_copy_span rows = {row, row + 1};

        h_px += run_px_of(&plan->y, rows);
    }
    return w_px * h_px;
}

/* How the rows of tiles that a sweep fills lie relative to a row of runs. Rows
 * of runs of the same kind take the same memory, and there are few kinds. */
struct kind {
    int32_t input_px, output_px, support_px;
    int32_t passed_px, above_px; /* height of its margins, and of those from
                                  * above */
    int32_t whole, begun, ended; /* rows of tiles by where they begin and
                                  * end; all 0: one that only continues */
};

#define KINDS 64

struct kinds_seen {
    struct kind kinds[KINDS];
    int n;
};

static void set_heights(const struct rt_copy_plan *plan,
                        struct rt_copy_span sweep, int32_t run_row,
                        struct kind *kind)
{
    struct rt_copy_reach reach;

    kind->input_px = rt_copy_span_px(rt_copy_axis_input(&plan->y, run_row));
    if (!rt_copy_plan_focal(plan))
        return;
    rt_copy_axis_reach(&plan->y, sweep, run_row, &reach);
    kind->output_px = rt_copy_span_px(reach.output);
    kind->support_px = rt_copy_span_px(reach.support);
    kind->passed_px = rt_copy_span_px(reach.passed);
    if (reach.first)
        return;
    rt_copy_axis_reach(&plan->y, sweep, run_row - 1, &reach);
    kind->above_px = rt_copy_span_px(reach.passed);
}

static struct kind kind_of(const struct rt_copy_plan *plan,
                           struct rt_copy_span sweep, int32_t run_row)
{
    const struct rt_copy_span rows = rt_copy_span_common(
        sweep, rt_copy_axis_tiles_of_run(&plan->y, run_row));
    struct kind kind = {0};

    set_heights(plan, sweep, run_row, &kind);
    for (int32_t row = rows.begin; row < rows.end; row++) {
        const struct rt_copy_span runs =
            rt_copy_axis_runs_of_tiles(&plan->y, row, row);
        const bool first = runs.begin == run_row;
        const bool last = runs.end - 1 == run_row;

        kind.whole += first && last;
        kind.begun += first && !last;
        kind.ended += !first && last;
    }
    return kind;
}

/* memcmp works because a kind has no padding: all its fields have one size. */
static bool is_seen(struct kinds_seen *seen, const struct kind *kind)
{
    for (int i = 0; i < seen->n; i++)
        if (memcmp(&seen->kinds[i], kind, sizeof(*kind)) == 0)
            return true;
    if (seen->n < KINDS)
        seen->kinds[seen->n++] = *kind;
    return false;
}

static void measure_step(struct rt_copy_plan *plan,
                         const struct rt_copy_cursor *at)
{
    struct rt_copy_step step;

    describe_step(plan, at, &step);
    if (step.held_bytes > plan->peak_bytes)
        plan->peak_bytes = step.held_bytes;
    if (plan->memory_cols < plan->tile_cols) {
        const uint64_t spilled =
            open_bytes(plan, at, plan->memory_cols, plan->tile_cols);

        if (spilled > plan->spill_bytes)
            plan->spill_bytes = spilled;
    }
}

static void measure_row(struct rt_copy_plan *plan, int32_t row, int32_t run_row)
{
    struct rt_copy_cursor at = {.row = row, .run_row = run_row, .begun = true};

    for (;; at.segment++) {
        const struct rt_copy_span cols = segment_cols(plan, at.segment);
        const struct rt_copy_span runs = rt_copy_axis_runs_for(&plan->x, cols);

        for (at.run_col = runs.begin; at.run_col < runs.end; at.run_col++)
            measure_step(plan, &at);
        if (cols.end == plan->tile_cols)
            break;
    }
}

void rt_copy_plan_measure(struct rt_copy_plan *plan)
{
    const struct rt_copy_span sweeps = {0,
                                        plan->segmented ? plan->tile_rows : 1};
    const int32_t sweep_period = rt_copy_axis_period_tiles(&plan->y);
    const int32_t run_period = rt_copy_axis_period_runs(&plan->y);
    struct kinds_seen seen;

    seen.n = 0;
    plan->peak_bytes = 0;
    plan->spill_bytes = 0;
    plan->decoded_px = plan->segmented ? rt_copy_plan_segmented_px(plan)
                                       : (uint64_t)plan->shape.w_px *
                                             (uint64_t)plan->shape.h_px;
    for (int32_t row = 0; row < sweeps.end;
         row = rt_copy_next_unlike(sweeps, sweep_period, row)) {
        const struct rt_copy_span rows = {
            row, plan->segmented ? row + 1 : plan->tile_rows};
        const struct rt_copy_span runs = rt_copy_axis_runs_for(&plan->y, rows);

        for (int32_t run_row = runs.begin; run_row < runs.end;
             run_row = rt_copy_next_unlike(runs, run_period, run_row)) {
            const struct kind kind = kind_of(plan, rows, run_row);

            if (!is_seen(&seen, &kind))
                measure_row(plan, row, run_row);
        }
    }
}

uint32_t rt_copy_plan_pieces(const struct rt_copy_plan *plan, int32_t col,
                             int32_t row)
{
    const struct rt_copy_span x =
        rt_copy_axis_runs_of_tiles(&plan->x, col, col);
    const struct rt_copy_span y =
        rt_copy_axis_runs_of_tiles(&plan->y, row, row);

    return (uint32_t)(x.end - x.begin) * (uint32_t)(y.end - y.begin);
}

bool rt_copy_plan_direct(const struct rt_copy_plan *plan, int32_t col,
                         int32_t row)
{
    return rt_copy_axis_in_one_run(&plan->x, col) &&
           rt_copy_axis_in_one_run(&plan->y, row);
}

int32_t rt_copy_plan_levels_on_disk(const struct rt_copy_plan *plan)
{
    int32_t n = 0;

    while (n < plan->n_levels && !plan->levels[n].in_memory)
        n++;
    return n;
}
