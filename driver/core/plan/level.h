/* level.h - how an overview level is computed from the tiles of the level below
 * it, along one axis.
 *
 * Levels are counted from the full resolution, 0, upwards. Each level is
 * computed from the one below it and has about half as many pixels along each
 * axis. A tile of the level below that is reduced for this level is called a
 * reduced tile. Together with margins of the reduced tiles before it, it
 * suffices for some pixels of this level. The last reduced tile delivers all
 * remaining pixels. Pixel o is computed from the pixels below that it covers,
 * and from reach_px more on each side:
 *
 *     from  o * below_px / size_px - reach_px
 *     to    (o + 1) * below_px / size_px + reach_px
 *
 * Pure arithmetic.
 */
#ifndef RETILE_CORE_PLAN_LEVEL_H
#define RETILE_CORE_PLAN_LEVEL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/plan/axis.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_copy_level_axis {
    int32_t size_px;  /* at most below_px */
    int32_t below_px; /* of the level below */
    int32_t tile_px;  /* of both levels */
    int32_t reach_px; /* small enough that no reduced tile reads further back
                       * than the one before it (rt_copy_level_axis_good) */
};

/* Whether the margins of one reduced tile suffice for the next. */
bool rt_copy_level_axis_good(const struct rt_copy_level_axis *axis);

int32_t rt_copy_level_reduced_tiles(const struct rt_copy_level_axis *axis);
int32_t rt_copy_level_tiles(const struct rt_copy_level_axis *axis);

/* The pixels of the level that a reduced tile delivers; may be empty. */
struct rt_copy_span rt_copy_level_output(const struct rt_copy_level_axis *axis,
                                         int32_t reduced);

/* The pixels below that are read to compute these. */
struct rt_copy_span rt_copy_level_support(const struct rt_copy_level_axis *axis,
                                          int32_t reduced);

/* The last pixels of a reduced tile, which the next one reads; empty for the
 * last reduced tile. */
struct rt_copy_span rt_copy_level_kept(const struct rt_copy_level_axis *axis,
                                       int32_t reduced);

/* The largest margin that any reduced tile keeps. */
int32_t rt_copy_level_margin_px(const struct rt_copy_level_axis *axis);

/* The reduced tile that delivers pixel px; the reduced tiles that deliver a
 * tile of the level; the tiles of the level that a reduced tile delivers to. */
int32_t rt_copy_level_reduced_at(const struct rt_copy_level_axis *axis,
                                 int32_t px);
struct rt_copy_span
rt_copy_level_reduced_of_tile(const struct rt_copy_level_axis *axis,
                              int32_t tile);
struct rt_copy_span
rt_copy_level_tiles_of_reduced(const struct rt_copy_level_axis *axis,
                               int32_t reduced);

#ifdef __cplusplus
}
#endif
#endif
