/* level.h - how a level of reduced resolution comes from the tiles of the
 * one below it, along one axis.
 *
 * Levels are counted from the full resolution, 0, upwards. Each is computed
 * from the one below, of which it has about half the pixels along each axis. A
 * tile of the level below is a feed: with the margins of the feeds before it,
 * it is enough for some pixels of the level. The last feed delivers all that
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
    int32_t reach_px; /* such that no feed looks further back than to the one
                         before it: see rt_copy_level_axis_good */
};

/* Whether the margins of one feed are enough for the next. */
bool rt_copy_level_axis_good(const struct rt_copy_level_axis *axis);

int32_t rt_copy_level_feeds(const struct rt_copy_level_axis *axis);
int32_t rt_copy_level_tiles(const struct rt_copy_level_axis *axis);

/* Pixels of the level that a feed delivers; may be none. */
struct rt_copy_span rt_copy_level_output(const struct rt_copy_level_axis *axis,
                                         int32_t feed);

/* Pixels below that are looked at for these. */
struct rt_copy_span rt_copy_level_looked(const struct rt_copy_level_axis *axis,
                                         int32_t feed);

/* Pixels of a feed that the next one looks at: its last ones; none of the
 * last feed. */
struct rt_copy_span rt_copy_level_kept(const struct rt_copy_level_axis *axis,
                                       int32_t feed);

/* The most that any feed keeps. */
int32_t rt_copy_level_margin_px(const struct rt_copy_level_axis *axis);

/* The feed that delivers pixel px; those that deliver a tile; the tiles that a
 * feed delivers to. */
int32_t rt_copy_level_feed_at(const struct rt_copy_level_axis *axis,
                              int32_t px);
struct rt_copy_span
rt_copy_level_feeds_of_tile(const struct rt_copy_level_axis *axis,
                            int32_t tile);
struct rt_copy_span
rt_copy_level_tiles_of_feed(const struct rt_copy_level_axis *axis,
                            int32_t feed);

#ifdef __cplusplus
}
#endif
#endif
