/* axis.c - see axis.h. */
#include "core/plan/axis.h"

#include "core/base/min_max.h"

/* How many runs would deliver nothing because they end within halo_px of the
 * raster's start. They are merged with the next run. */
static int32_t idle_runs(const struct rt_copy_axis *axis)
{
    if (axis->halo_px == 0)
        return 0;
    return (int32_t)(((int64_t)axis->phase_px + axis->halo_px) / axis->run_px);
}

static int32_t clip_run(const struct rt_copy_axis *axis, int64_t run)
{
    int32_t last;

    if (axis->halo_px == 0)
        return (int32_t)run;
    last = rt_copy_axis_runs(axis) - 1;
    if (run < 0)
        return 0;
    return run > last ? last : (int32_t)run;
}

/* The run whose input contains pixel px. */
static int32_t input_run_at(const struct rt_copy_axis *axis, int32_t px)
{
    const int64_t run = ((int64_t)px + axis->phase_px) / axis->run_px;

    return clip_run(axis, run - idle_runs(axis));
}

int32_t rt_copy_axis_run_at(const struct rt_copy_axis *axis, int32_t px)
{
    const int64_t run =
        ((int64_t)px + axis->phase_px + axis->halo_px) / axis->run_px;

    return clip_run(axis, run - idle_runs(axis));
}

int32_t rt_copy_axis_runs(const struct rt_copy_axis *axis)
{
    const int64_t last =
        ((int64_t)axis->size_px - 1 + axis->phase_px) / axis->run_px;
    const int64_t runs = last + 1 - idle_runs(axis);

    return runs < 1 ? 1 : (int32_t)runs;
}

int32_t rt_copy_axis_tiles(const struct rt_copy_axis *axis)
{
    return (axis->size_px - 1) / axis->tile_px + 1;
}

/* Where the input of a run begins. For the index after the last run, this is
 * the end of the raster. */
static int32_t input_begin(const struct rt_copy_axis *axis, int32_t run)
{
    const int64_t number = (int64_t)run + idle_runs(axis);

    if (run == 0)
        return 0;
    return rt_clip_i32(number * axis->run_px - axis->phase_px, axis->size_px);
}

struct rt_copy_span rt_copy_axis_input(const struct rt_copy_axis *axis,
                                       int32_t run)
{
    const struct rt_copy_span span = {input_begin(axis, run),
                                      input_begin(axis, run + 1)};

    return span;
}

struct rt_copy_span rt_copy_axis_run(const struct rt_copy_axis *axis,
                                     int32_t run)
{
    struct rt_copy_span span = rt_copy_axis_input(axis, run);

    if (run > 0)
        span.begin -= axis->halo_px;
    if (span.end < axis->size_px)
        span.end -= axis->halo_px;
    return span;
}

int32_t rt_copy_span_px(struct rt_copy_span span)
{
    return span.end - span.begin;
}

struct rt_window rt_copy_span_window(struct rt_copy_span x,
                                     struct rt_copy_span y)
{
    const struct rt_window window = {x.begin, y.begin, rt_copy_span_px(x),
                                     rt_copy_span_px(y)};

    return window;
}

struct rt_copy_span rt_copy_span_part(int32_t part, int32_t part_px,
                                      int32_t size_px)
{
    const int64_t begin = (int64_t)part * part_px;
    const struct rt_copy_span span = {rt_clip_i32(begin, size_px),
                                      rt_clip_i32(begin + part_px, size_px)};

    return span;
}

struct rt_copy_span rt_copy_axis_tile(const struct rt_copy_axis *axis,
                                      int32_t tile)
{
    return rt_copy_span_part(tile, axis->tile_px, axis->size_px);
}

struct rt_copy_span rt_copy_axis_tiles_of_run(const struct rt_copy_axis *axis,
                                              int32_t run)
{
    const struct rt_copy_span px = rt_copy_axis_run(axis, run);
    const struct rt_copy_span span = {px.begin / axis->tile_px,
                                      (px.end - 1) / axis->tile_px + 1};

    return span;
}

struct rt_copy_span rt_copy_axis_runs_of_tiles(const struct rt_copy_axis *axis,
                                               int32_t first, int32_t last)
{
    const struct rt_copy_span begin = rt_copy_axis_tile(axis, first);
    const struct rt_copy_span end = rt_copy_axis_tile(axis, last);
    const struct rt_copy_span span = {rt_copy_axis_run_at(axis, begin.begin),
                                      rt_copy_axis_run_at(axis, end.end - 1) +
                                          1};

    return span;
}

struct rt_copy_span rt_copy_span_common(struct rt_copy_span a,
                                        struct rt_copy_span b)
{
    struct rt_copy_span span = {rt_max_i32(a.begin, b.begin),
                                rt_min_i32(a.end, b.end)};

    if (span.end < span.begin)
        span.end = span.begin;
    return span;
}

static struct rt_copy_span tiles_px(const struct rt_copy_axis *axis,
                                    struct rt_copy_span tiles)
{
    const struct rt_copy_span span = {
        tiles.begin * axis->tile_px,
        rt_clip_i32((int64_t)tiles.end * axis->tile_px, axis->size_px)};

    return span;
}

static struct rt_copy_span grown(const struct rt_copy_axis *axis,
                                 struct rt_copy_span px)
{
    const struct rt_copy_span span = {
        rt_clip_i32((int64_t)px.begin - axis->halo_px, axis->size_px),
        rt_clip_i32((int64_t)px.end + axis->halo_px, axis->size_px)};

    return span;
}

struct rt_copy_span rt_copy_axis_support(const struct rt_copy_axis *axis,
                                         struct rt_copy_span tiles)
{
    return grown(axis, tiles_px(axis, tiles));
}

struct rt_copy_span rt_copy_axis_runs_for(const struct rt_copy_axis *axis,
                                          struct rt_copy_span tiles)
{
    const struct rt_copy_span px = rt_copy_axis_support(axis, tiles);
    const struct rt_copy_span runs = {input_run_at(axis, px.begin),
                                      input_run_at(axis, px.end - 1) + 1};

    return runs;
}

/* The pixels that a run reads to compute output. */
static struct rt_copy_span support_of(const struct rt_copy_axis *axis,
                                      struct rt_copy_span output)
{
    const struct rt_copy_span none = {output.begin, output.begin};

    return output.begin < output.end ? grown(axis, output) : none;
}

void rt_copy_axis_reach(const struct rt_copy_axis *axis,
                        struct rt_copy_span tiles, int32_t run,
                        struct rt_copy_reach *reach)
{
    const struct rt_copy_span px = tiles_px(axis, tiles);
    const struct rt_copy_span support = grown(axis, px);

    reach->input = rt_copy_axis_input(axis, run);
    reach->output = rt_copy_span_common(px, rt_copy_axis_run(axis, run));
    reach->support = support_of(axis, reach->output);
    reach->kept = rt_copy_span_common(reach->input, support);
    reach->first = reach->input.begin <= support.begin;
    reach->last = reach->input.end >= support.end;
    reach->passed.begin = reach->passed.end = reach->input.end;
    if (!reach->last)
        reach->passed = rt_copy_span_common(
            reach->input,
            support_of(axis, rt_copy_span_common(
                                 px, rt_copy_axis_run(axis, run + 1))));
}

bool rt_copy_axis_in_one_run(const struct rt_copy_axis *axis, int32_t tile)
{
    const struct rt_copy_span runs =
        rt_copy_axis_runs_of_tiles(axis, tile, tile);

    return runs.end - runs.begin == 1;
}

static int32_t common_divisor(const struct rt_copy_axis *axis)
{
    int32_t a = axis->run_px, b = axis->tile_px;

    while (b != 0) {
        const int32_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

int32_t rt_copy_axis_period_runs(const struct rt_copy_axis *axis)
{
    return axis->tile_px / common_divisor(axis);
}

int32_t rt_copy_axis_period_tiles(const struct rt_copy_axis *axis)
{
    return axis->run_px / common_divisor(axis);
}

/* Each end of the range covers one period for what is cut there or begins
 * before the raster, a few items for neighbours that are read, and one period
 * to compare with. */
int32_t rt_copy_next_unlike(struct rt_copy_span all, int32_t period, int32_t i)
{
    const int64_t end = 2 * (int64_t)period + 8;

    i++;
    if (i - all.begin >= end && all.end - i > end)
        return all.end - (int32_t)end;
    return i;
}
