/* copy_axis.c - see copy_axis.h. */
#include "core/copy_axis.h"

static int32_t clip(int64_t px, int32_t size_px)
{
    if (px < 0)
        return 0;
    return px > size_px ? size_px : (int32_t)px;
}

int32_t rt_copy_axis_run_at(const struct rt_copy_axis *axis, int32_t px)
{
    return (int32_t)(((int64_t)px + axis->phase_px) / axis->run_px);
}

int32_t rt_copy_axis_runs(const struct rt_copy_axis *axis)
{
    return rt_copy_axis_run_at(axis, axis->size_px - 1) + 1;
}

int32_t rt_copy_axis_tiles(const struct rt_copy_axis *axis)
{
    return (axis->size_px - 1) / axis->tile_px + 1;
}

struct rt_copy_span rt_copy_axis_run(const struct rt_copy_axis *axis,
                                     int32_t run)
{
    const int64_t begin = (int64_t)run * axis->run_px - axis->phase_px;
    const struct rt_copy_span span = {
        clip(begin, axis->size_px), clip(begin + axis->run_px, axis->size_px)};

    return span;
}

struct rt_copy_span rt_copy_axis_tile(const struct rt_copy_axis *axis,
                                      int32_t tile)
{
    const int64_t begin = (int64_t)tile * axis->tile_px;
    const struct rt_copy_span span = {
        clip(begin, axis->size_px), clip(begin + axis->tile_px, axis->size_px)};

    return span;
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

bool rt_copy_axis_in_one_run(const struct rt_copy_axis *axis, int32_t tile)
{
    const struct rt_copy_span runs =
        rt_copy_axis_runs_of_tiles(axis, tile, tile);

    return runs.end - runs.begin == 1;
}
