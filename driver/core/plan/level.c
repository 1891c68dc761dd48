/* level.c - see level.h. */
#include "core/plan/level.h"

#include "core/base/min_max.h"

static int32_t parts(int32_t size_px, int32_t part_px)
{
    return (size_px - 1) / part_px + 1;
}

int32_t rt_copy_level_reduced_tiles(const struct rt_copy_level_axis *axis)
{
    return parts(axis->below_px, axis->tile_px);
}

int32_t rt_copy_level_tiles(const struct rt_copy_level_axis *axis)
{
    return parts(axis->size_px, axis->tile_px);
}

/* The end of the output pixels for which the reduced tiles up to this one
 * suffice. */
static int32_t output_end(const struct rt_copy_level_axis *axis,
                          int32_t reduced)
{
    int64_t known;

    if (reduced < 0)
        return 0;
    if (reduced >= rt_copy_level_reduced_tiles(axis) - 1)
        return axis->size_px;
    known = ((int64_t)reduced + 1) * axis->tile_px - axis->reach_px;
    if (known <= 0)
        return 0;
    return rt_clip_i32(known * axis->size_px / axis->below_px, axis->size_px);
}

struct rt_copy_span rt_copy_level_output(const struct rt_copy_level_axis *axis,
                                         int32_t reduced)
{
    const struct rt_copy_span span = {output_end(axis, reduced - 1),
                                      output_end(axis, reduced)};

    return span;
}

/* The pixel below in which pixel px of the level begins. */
static int64_t below(const struct rt_copy_level_axis *axis, int32_t px)
{
    return (int64_t)px * axis->below_px / axis->size_px;
}

struct rt_copy_span rt_copy_level_support(const struct rt_copy_level_axis *axis,
                                          int32_t reduced)
{
    const struct rt_copy_span output = rt_copy_level_output(axis, reduced);
    const int64_t end =
        ((int64_t)output.end * axis->below_px + axis->size_px - 1) /
        axis->size_px;
    const struct rt_copy_span span = {
        rt_clip_i32(below(axis, output.begin) - axis->reach_px, axis->below_px),
        rt_clip_i32(end + axis->reach_px, axis->below_px)};
    const struct rt_copy_span none = {span.begin, span.begin};

    return output.begin < output.end ? span : none;
}

struct rt_copy_span rt_copy_level_kept(const struct rt_copy_level_axis *axis,
                                       int32_t reduced)
{
    const int32_t end =
        rt_clip_i32(((int64_t)reduced + 1) * axis->tile_px, axis->below_px);
    struct rt_copy_span span = {end, end};

    if (reduced < rt_copy_level_reduced_tiles(axis) - 1) {
        const struct rt_copy_span next =
            rt_copy_level_support(axis, reduced + 1);

        if (next.begin < end && next.begin < next.end)
            span.begin = next.begin;
    }
    return span;
}

/* If the sizes do not divide, reduced tiles differ by a pixel. With very many
 * of them, a bound is enough. */
#define MARGIN_REDUCED 1024

int32_t rt_copy_level_margin_px(const struct rt_copy_level_axis *axis)
{
    const int32_t n_reduced = rt_copy_level_reduced_tiles(axis);
    const int32_t n_measured = rt_min_i32(n_reduced, MARGIN_REDUCED);
    int32_t most = 0;

    for (int32_t i = 0; i < n_measured; i++) {
        const struct rt_copy_span kept = rt_copy_level_kept(axis, i);

        if (kept.end - kept.begin > most)
            most = kept.end - kept.begin;
    }
    if (n_measured < n_reduced)
        most += 2;
    return most < axis->tile_px ? most : axis->tile_px;
}

bool rt_copy_level_axis_good(const struct rt_copy_level_axis *axis)
{
    const int64_t ratio =
        ((int64_t)axis->below_px + axis->size_px - 1) / axis->size_px;

    return axis->size_px <= axis->below_px &&
           (rt_copy_level_reduced_tiles(axis) == 1 ||
            2 * (int64_t)axis->reach_px + ratio + 1 <= axis->tile_px);
}

int32_t rt_copy_level_reduced_at(const struct rt_copy_level_axis *axis,
                                 int32_t px)
{
    const int32_t last = rt_copy_level_reduced_tiles(axis) - 1;
    int32_t reduced = (int32_t)(below(axis, px) / axis->tile_px);

    while (reduced < last && output_end(axis, reduced) <= px)
        reduced++;
    while (reduced > 0 && output_end(axis, reduced - 1) > px)
        reduced--;
    return reduced;
}

struct rt_copy_span
rt_copy_level_reduced_of_tile(const struct rt_copy_level_axis *axis,
                              int32_t tile)
{
    const int64_t begin = (int64_t)tile * axis->tile_px;
    const int32_t end = rt_clip_i32(begin + axis->tile_px, axis->size_px);
    const struct rt_copy_span span = {
        rt_copy_level_reduced_at(axis, (int32_t)begin),
        rt_copy_level_reduced_at(axis, end - 1) + 1};

    return span;
}

struct rt_copy_span
rt_copy_level_tiles_of_reduced(const struct rt_copy_level_axis *axis,
                               int32_t reduced)
{
    const struct rt_copy_span output = rt_copy_level_output(axis, reduced);
    struct rt_copy_span span = {output.begin / axis->tile_px,
                                output.begin / axis->tile_px};

    if (output.begin < output.end)
        span.end = (output.end - 1) / axis->tile_px + 1;
    return span;
}
