/* copy_plan_measure.c - the steps of a plan, and what is held at each.
 *
 * One worker's order of work is what is measured: it decodes a run, encodes
 * every tile that the run completes, and goes on. More workers at a time only
 * take what the budget has beyond that.
 */
#include "core/copy_plan_internal.h"

static int32_t min_of(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static int32_t max_of(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static int64_t length_of(int32_t begin, int32_t end)
{
    return end > begin ? end - begin : 0;
}

static struct rt_copy_span common(struct rt_copy_span a, struct rt_copy_span b)
{
    const struct rt_copy_span span = {max_of(a.begin, b.begin),
                                      min_of(a.end, b.end)};

    return span;
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

/* The tiles that a cursor's sweep fills. */
static void sweep_of(const struct rt_copy_plan *plan,
                     const struct rt_copy_cursor *cursor,
                     struct rt_copy_span *cols, struct rt_copy_span *rows)
{
    const struct rt_copy_span all_rows = {0, plan->tile_rows};
    const struct rt_copy_span row = {cursor->row, cursor->row + 1};

    *cols = segment_cols(plan, cursor->segment);
    *rows = plan->segmented ? row : all_rows;
}

static struct rt_copy_span runs_of(const struct rt_copy_axis *axis,
                                   struct rt_copy_span tiles)
{
    return rt_copy_axis_runs_of_tiles(axis, tiles.begin, tiles.end - 1);
}

/* Assembled tiles of one row and of columns cols that are open while a run is
 * worked on. sweep: all columns that are filled in this sweep. */
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
    const bool first = at->run_col == runs_of(&plan->x, sweep).begin;
    const int32_t done =
        first ? cols.begin
              : rt_copy_axis_run(&plan->x, at->run_col).begin / plan->x.tile_px;
    int64_t n = 0;

    if (carried)
        return length_of(ends ? max_of(cols.begin, done) : cols.begin,
                         cols.end);
    if (!ends)
        return length_of(cols.begin, min_of(cols.end, touched.end));
    for (int32_t col = touched.begin; col < touched.end;
         col += max_of(1, touched.end - 1 - touched.begin))
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
    cols = common(cols, sweep);
    rows = common(rows, rt_copy_axis_tiles_of_run(&plan->y, at->run_row));
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

/* Tiles in memory that a step is the first to touch. */
static uint64_t begun_bytes(const struct rt_copy_plan *plan,
                            const struct rt_copy_step *step)
{
    int64_t n = 0;

    for (int32_t row = step->rows.begin; row < step->rows.end; row++) {
        const struct rt_copy_span y =
            rt_copy_axis_runs_of_tiles(&plan->y, row, row);
        const bool whole = y.end - y.begin == 1;
        const int32_t end = min_of(step->cols.end, plan->memory_cols);

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

/* What a step holds beside tiles that were open before. The decoder's memory
 * is gone before a run is scattered; tiles and the buffer of a piece come
 * only then. */
static uint64_t work_bytes(const struct rt_copy_plan *plan,
                           const struct rt_copy_step *step, uint64_t begun)
{
    const uint64_t run = rt_window_area(&step->window) * plan->shape.px_bytes;
    const uint64_t piece =
        step->cols.end > plan->memory_cols ? plan->tile_bytes : 0;
    const uint64_t scatter = run + begun + piece;
    const uint64_t encode = run + begun + plan->encode_bytes;
    uint64_t most = run +
                    rt_window_area(&step->window) * plan->shape.held_px_bytes +
                    plan->shape.held_bytes;

    if (scatter > most)
        most = scatter;
    if (!plan->overlap && encode > most)
        most = encode;
    return most;
}

static struct rt_window run_window(const struct rt_copy_plan *plan,
                                   int32_t run_col, int32_t run_row)
{
    const struct rt_copy_span x = rt_copy_axis_run(&plan->x, run_col);
    const struct rt_copy_span y = rt_copy_axis_run(&plan->y, run_row);
    const struct rt_window window = {x.begin, y.begin, x.end - x.begin,
                                     y.end - y.begin};

    return window;
}

static void describe_step(const struct rt_copy_plan *plan,
                          const struct rt_copy_cursor *at,
                          struct rt_copy_step *step)
{
    struct rt_copy_span cols, rows;
    uint64_t begun;

    sweep_of(plan, at, &cols, &rows);
    step->run_col = at->run_col;
    step->run_row = at->run_row;
    step->window = run_window(plan, at->run_col, at->run_row);
    step->cols = common(cols, rt_copy_axis_tiles_of_run(&plan->x, at->run_col));
    step->rows = common(rows, rt_copy_axis_tiles_of_run(&plan->y, at->run_row));
    begun = begun_bytes(plan, step);
    step->held_bytes = plan->fixed_bytes + plan->wait_bytes +
                       open_bytes(plan, at, 0, plan->memory_cols) - begun +
                       work_bytes(plan, step, begun);
}

/* The next row of tiles or segment; false after the last. */
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
    run_cols = runs_of(&plan->x, cols);
    run_rows = runs_of(&plan->y, rows);
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
        cursor->run_col = runs_of(&plan->x, cols).begin;
        cursor->run_row = runs_of(&plan->y, rows).begin;
        cursor->begun = true;
    }
    describe_step(plan, cursor, step);
    return true;
}

static uint64_t run_px_of(const struct rt_copy_axis *axis,
                          struct rt_copy_span tiles)
{
    const struct rt_copy_span runs = runs_of(axis, tiles);

    return (uint64_t)(rt_copy_axis_run(axis, runs.end - 1).end -
                      rt_copy_axis_run(axis, runs.begin).begin);
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

/* How the rows of tiles that a sweep fills stand to a row of runs. Rows of
 * runs of one kind take the same memory, and there are few kinds. */
struct kind {
    int32_t h_px;
    int32_t whole, begun, ended; /* rows of tiles; all 0: one that goes on */
};

#define KINDS 64

struct kinds_seen {
    struct kind kinds[KINDS];
    int n;
};

static struct kind kind_of(const struct rt_copy_plan *plan,
                           struct rt_copy_span sweep, int32_t run_row)
{
    const struct rt_copy_span px = rt_copy_axis_run(&plan->y, run_row);
    const struct rt_copy_span rows =
        common(sweep, rt_copy_axis_tiles_of_run(&plan->y, run_row));
    struct kind kind = {.h_px = px.end - px.begin};

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

static bool is_seen(struct kinds_seen *seen, const struct kind *kind)
{
    for (int i = 0; i < seen->n; i++) {
        const struct kind *other = &seen->kinds[i];

        if (other->h_px == kind->h_px && other->whole == kind->whole &&
            other->begun == kind->begun && other->ended == kind->ended)
            return true;
    }
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
        const struct rt_copy_span runs = runs_of(&plan->x, cols);

        for (at.run_col = runs.begin; at.run_col < runs.end; at.run_col++)
            measure_step(plan, &at);
        if (cols.end == plan->tile_cols)
            break;
    }
}

void rt_copy_plan_measure(struct rt_copy_plan *plan)
{
    const int32_t n_sweeps = plan->segmented ? plan->tile_rows : 1;
    struct kinds_seen seen;

    seen.n = 0;
    plan->peak_bytes = 0;
    plan->spill_bytes = 0;
    plan->decoded_px = plan->segmented ? rt_copy_plan_segmented_px(plan)
                                       : (uint64_t)plan->shape.w_px *
                                             (uint64_t)plan->shape.h_px;
    for (int32_t row = 0; row < n_sweeps; row++) {
        const struct rt_copy_span rows = {
            row, plan->segmented ? row + 1 : plan->tile_rows};
        const struct rt_copy_span runs = runs_of(&plan->y, rows);

        for (int32_t run_row = runs.begin; run_row < runs.end; run_row++) {
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
