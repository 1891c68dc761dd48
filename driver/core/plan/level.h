/* level.h - how a level of reduced resolution comes from the tiles of the
 * one below it, along one axis.
 *
 * Levels are counted from the full resolution, 0, upwards. Each is computed
 * from the one below, of which it has about half the pixels along each axis. A
 * tile of the level below is a reduced tile: with the margins of the reduced tiles before it,
 * it is enough for some pixels of the level. The last reduced tile delivers all that
 * is left. Pixel o is computed from the pixels below that it covers, and from
 * reach_px more on each side:
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
    int32_t tile_px;  /* of both */
    int32_t reach_px; /* such that no reduced tile looks further back than to the one
                         before it: see rt_copy_level_axis_good */
};

/* Whether the margins of one reduced tile are enough for the next. */
bool rt_copy_level_axis_good(const struct rt_copy_level_axis *axis);

int32_t rt_copy_level_reduced_tiles(const struct rt_copy_level_axis *axis);
int32_t rt_copy_level_tiles(const struct rt_copy_level_axis *axis);

/* Pixels of the level that a reduced tile delivers; may be none. */
struct rt_copy_span rt_copy_level_output(const struct rt_copy_level_axis *axis,
                                         int32_t reduced);

/* Pixels below that are looked at for these. */
struct rt_copy_span rt_copy_level_looked(const struct rt_copy_level_axis *axis,
                                         int32_t reduced);

/* Pixels of a reduced tile that the next one looks at: its last ones; none of the
 * last reduced tile. */
struct rt_copy_span rt_copy_level_kept(const struct rt_copy_level_axis *axis,
                                       int32_t reduced);

/* The most that any reduced tile keeps. */
int32_t rt_copy_level_margin_px(const struct rt_copy_level_axis *axis);

/* The reduced tile that delivers pixel px; those that deliver a tile; the tiles that a
 * reduced tile delivers to. */
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
