/* axis.h - how runs of source blocks and tiles meet along one axis.
 *
 * Both cut the same pixels 0 .. size_px - 1. Tiles begin at pixel 0; runs may
 * begin before it, since a window of a source need not begin where a block
 * does. Pure arithmetic.
 *
 * Where a pixel is computed from its neighbours, up to halo_px away, a run of
 * decoded pixels (its input) is enough for the same number of pixels before
 * it: what it delivers begins and ends halo_px earlier. The first run begins
 * with the raster and the last one ends with it all the same. A run then looks
 * at its input and at up to 2 * halo_px pixels of the input before it. Runs
 * are at least that long, unless there is only one: no run looks further back
 * than to the one before it. A first run that would deliver nothing is one
 * with the second.
 */
#ifndef RETILE_CORE_PLAN_AXIS_H
#define RETILE_CORE_PLAN_AXIS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_copy_axis {
    int32_t size_px;
    int32_t tile_px;
    int32_t run_px;   /* the last run, and the first one, may be shorter */
    int32_t phase_px; /* of pixel 0 in the first run; below run_px */
    int32_t halo_px;  /* 0: runs deliver what they decode */
};

/* Pixels from begin to end, or runs or tiles from begin to end, where end
 * itself is no longer part of it. */
struct rt_copy_span {
    int32_t begin, end;
};

/* Along one axis, what a run does for a range of tiles. */
struct rt_copy_reach {
    struct rt_copy_span input;  /* pixels to be decoded */
    struct rt_copy_span output; /* those delivered to the tiles; none where the
                                   next run needs of this one alone */
    struct rt_copy_span looked; /* at, for output; none where that is empty */
    struct rt_copy_span kept; /* of input: looked at by this run or the next */
    struct rt_copy_span passed; /* of input: looked at by the next */
    bool first, last;           /* of those for the tiles */
};

int32_t rt_copy_axis_runs(const struct rt_copy_axis *axis);
int32_t rt_copy_axis_tiles(const struct rt_copy_axis *axis);

/* The run that delivers pixel px. */
int32_t rt_copy_axis_run_at(const struct rt_copy_axis *axis, int32_t px);

/* Pixels that a run delivers, or those of a tile, cut at the raster's edge. */
struct rt_copy_span rt_copy_axis_run(const struct rt_copy_axis *axis,
                                     int32_t run);
struct rt_copy_span rt_copy_axis_tile(const struct rt_copy_axis *axis,
                                      int32_t tile);

/* Pixels of a run's input. */
struct rt_copy_span rt_copy_axis_input(const struct rt_copy_axis *axis,
                                       int32_t run);

/* The tiles that a run touches, and the runs that tiles first .. last
 * touch. */
struct rt_copy_span rt_copy_axis_tiles_of_run(const struct rt_copy_axis *axis,
                                              int32_t run);
struct rt_copy_span rt_copy_axis_runs_of_tiles(const struct rt_copy_axis *axis,
                                               int32_t first, int32_t last);

/* The runs to be decoded for a range of tiles by themselves. That may be one
 * more than the tiles touch, before them. */
struct rt_copy_span rt_copy_axis_runs_for(const struct rt_copy_axis *axis,
                                          struct rt_copy_span tiles);

/* What a run of those does. */
void rt_copy_axis_reach(const struct rt_copy_axis *axis,
                        struct rt_copy_span tiles, int32_t run,
                        struct rt_copy_reach *reach);

/* What all runs for these tiles look at. */
struct rt_copy_span rt_copy_axis_looked(const struct rt_copy_axis *axis,
                                        struct rt_copy_span tiles);

/* Whether a tile lies in one run. */
bool rt_copy_axis_in_one_run(const struct rt_copy_axis *axis, int32_t tile);

/* After so many runs, or so many tiles, both meet again as they did before:
 * away from the ends, what holds of one holds of the one a period on. */
int32_t rt_copy_axis_period_runs(const struct rt_copy_axis *axis);
int32_t rt_copy_axis_period_tiles(const struct rt_copy_axis *axis);

/* Of begin to end: the one after i that may differ from all before it, where
 * they repeat like that. What differs at the ends does so within a period. */
int32_t rt_copy_next_unlike(struct rt_copy_span all, int32_t period, int32_t i);

int32_t rt_copy_span_px(struct rt_copy_span span);
struct rt_window rt_copy_span_window(struct rt_copy_span x,
                                     struct rt_copy_span y);

/* The pixels of a part, where parts of part_px cut size_px pixels. */
struct rt_copy_span rt_copy_span_part(int32_t part, int32_t part_px,
                                      int32_t size_px);

/* What two spans have in common; may be empty. */
struct rt_copy_span rt_copy_span_common(struct rt_copy_span a,
                                        struct rt_copy_span b);

#ifdef __cplusplus
}
#endif
#endif
