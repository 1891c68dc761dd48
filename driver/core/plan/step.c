/* step.c - what a step decodes, delivers and leaves for later steps, and the
 * memory that this takes.
 *
 * The right margin has the columns of a run's input that the next run reads, in
 * the rows that both read. The lower margin has the lines that the runs below
 * read, in all columns, so it includes their upper left corners. It is
 * therefore used twice: by the run below, and by the run to the right of that
 * one.
 */
#include "core/base/min_max.h"
#include "core/plan/internal.h"

#include <string.h>

bool rt_copy_plan_focal(const struct rt_copy_plan *plan)
{
    return plan->shape.input_px_bytes > 0;
}

static uint64_t decoded_px_bytes(const struct rt_copy_plan *plan)
{
    return rt_copy_plan_focal(plan) ? plan->shape.input_px_bytes
                                    : plan->shape.px_bytes;
}

static void fill_plain(const struct rt_copy_plan *plan,
                       const struct rt_copy_place *place,
                       struct rt_copy_step *step)
{
    const struct rt_window none = {0, 0, 0, 0};

    step->input =
        rt_copy_span_window(rt_copy_axis_run(&plan->x, place->run_col),
                            rt_copy_axis_run(&plan->y, place->run_row));
    step->window = step->support = step->input;
    step->right = step->below = none;
    step->margin_bytes = 0;
    step->below_users = 1;
}

/* A run, and those neighbours that leave margins for it. */
struct reaches {
    struct rt_copy_reach x, y;
    struct rt_copy_reach left;  /* x itself if x is the first */
    struct rt_copy_span passed; /* by the row above; empty in the first row */
};

static void find_reaches(const struct rt_copy_plan *plan,
                         const struct rt_copy_place *place,
                         struct reaches *reaches)
{
    struct rt_copy_reach above;

    rt_copy_axis_reach(&plan->x, place->cols, place->run_col, &reaches->x);
    rt_copy_axis_reach(&plan->y, place->rows, place->run_row, &reaches->y);
    reaches->left = reaches->x;
    if (!reaches->x.first)
        rt_copy_axis_reach(&plan->x, place->cols, place->run_col - 1,
                           &reaches->left);
    reaches->passed.begin = reaches->passed.end = 0;
    if (reaches->y.first)
        return;
    rt_copy_axis_reach(&plan->y, place->rows, place->run_row - 1, &above);
    reaches->passed = above.passed;
}

static void fill_focal(const struct rt_copy_plan *plan,
                       const struct reaches *reaches, struct rt_copy_step *step)
{
    const struct rt_copy_reach *x = &reaches->x, *y = &reaches->y;

    step->input = rt_copy_span_window(x->input, y->input);
    step->window = rt_copy_span_window(x->output, y->output);
    step->support = rt_copy_span_window(x->support, y->support);
    step->right = rt_copy_span_window(
        x->passed, rt_copy_span_common(y->input, y->support));
    step->below = rt_copy_span_window(x->kept, y->passed);
    step->below_users = x->last ? 1 : 2;
    step->margin_bytes =
        (rt_window_area(&step->right) + rt_window_area(&step->below)) *
        plan->shape.input_px_bytes;
}

static uint64_t product(int64_t a, int64_t b)
{
    return (uint64_t)a * (uint64_t)b;
}

/* When the step begins, these margins exist: of the row above, all from the
 * upper left neighbour on; of the run's own row, all lower margins before it;
 * and the right margin of its left neighbour. After the step that right margin
 * is not needed any more, nor are those of the row above before the step's own
 * column, nor the one in its own column if that is the last. */
static struct rt_copy_margins count_margins(const struct rt_copy_plan *plan,
                                            const struct rt_copy_place *place,
                                            const struct reaches *reaches,
                                            const struct rt_copy_step *step)
{
    const struct rt_copy_span support =
        rt_copy_axis_support(&plan->x, place->cols);
    const struct rt_copy_reach *x = &reaches->x, *y = &reaches->y;
    const struct rt_copy_reach *left = &reaches->left;
    const int32_t above = rt_copy_span_px(reaches->passed);
    const uint64_t from_left =
        x->first ? 0
                 : product(rt_copy_span_px(left->passed),
                           rt_copy_span_px(
                               rt_copy_span_common(y->input, y->support)));
    const uint64_t before =
        product(support.end - left->kept.begin, above) + from_left +
        product(x->kept.begin - support.begin, rt_copy_span_px(y->passed));
    const uint64_t ended =
        from_left +
        product((x->last ? support.end : x->kept.begin) - left->kept.begin,
                above);
    const uint64_t px_bytes = plan->shape.input_px_bytes;
    const struct rt_copy_margins margins = {
        before * px_bytes, (before - ended) * px_bytes + step->margin_bytes};

    return margins;
}

void rt_copy_plan_fill_step(const struct rt_copy_plan *plan,
                            const struct rt_copy_place *place,
                            struct rt_copy_step *step,
                            struct rt_copy_margins *margins)
{
    struct reaches reaches;

    step->run_col = place->run_col;
    step->run_row = place->run_row;
    step->cols = rt_copy_span_common(
        place->cols, rt_copy_axis_tiles_of_run(&plan->x, place->run_col));
    step->rows = rt_copy_span_common(
        place->rows, rt_copy_axis_tiles_of_run(&plan->y, place->run_row));
    margins->before_bytes = margins->after_bytes = 0;
    if (!rt_copy_plan_focal(plan)) {
        fill_plain(plan, place, step);
        return;
    }
    find_reaches(plan, place, &reaches);
    fill_focal(plan, &reaches, step);
    *margins = count_margins(plan, place, &reaches, step);
}

bool rt_copy_step_gathers(const struct rt_copy_step *step)
{
    return memcmp(&step->support, &step->input, sizeof(step->input)) != 0;
}

/* The decoder's memory is freed before the pixels to read are gathered. */
static uint64_t apply_bytes(const struct rt_copy_plan *plan,
                            const struct rt_copy_step *step)
{
    const struct rt_copy_shape *shape = &plan->shape;
    const uint64_t support = rt_window_area(&step->support);
    const uint64_t output = rt_window_area(&step->window) * shape->px_bytes;
    const uint64_t gather =
        (rt_window_area(&step->input) + support) * shape->input_px_bytes;

    if (!rt_copy_plan_focal(plan) || output == 0)
        return 0;
    return rt_max_u64(
        rt_copy_step_gathers(step) ? gather : 0,
        support * (shape->input_px_bytes + shape->focal_px_bytes) + output);
}

/* The decoder's memory is freed before the run is copied into tiles. Only then
 * are tiles and the buffer for a piece needed. */
struct rt_copy_phases rt_copy_plan_phases(const struct rt_copy_plan *plan,
                                          const struct rt_copy_step *step,
                                          uint64_t begun_bytes)
{
    const uint64_t area = rt_window_area(&step->input);
    const uint64_t piece =
        step->cols.end > plan->memory_cols ? plan->tile_bytes : 0;
    const struct rt_copy_phases phases = {
        area * (decoded_px_bytes(plan) + plan->shape.held_px_bytes) +
            plan->shape.held_bytes,
        apply_bytes(plan, step),
        rt_window_area(&step->window) * plan->shape.px_bytes + begun_bytes +
            piece};

    return phases;
}
