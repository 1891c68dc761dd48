/* copy_axis.h - how runs of source blocks and tiles meet along one axis.
 *
 * Both cut the same pixels 0 .. size_px - 1. Tiles begin at pixel 0; runs may
 * begin before it, since a window of a source need not begin where a block
 * does. Pure arithmetic.
 */
#ifndef RETILE_CORE_COPY_AXIS_H
#define RETILE_CORE_COPY_AXIS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rt_copy_axis {
    int32_t size_px;
    int32_t tile_px;
    int32_t run_px;   /* the last run, and the first one, may be shorter */
    int32_t phase_px; /* of pixel 0 in the first run; below run_px */
};

/* Pixels from begin to end, or runs or tiles from begin to end, where end
 * itself is no longer part of it. */
struct rt_copy_span {
    int32_t begin, end;
};

int32_t rt_copy_axis_runs(const struct rt_copy_axis *axis);
int32_t rt_copy_axis_tiles(const struct rt_copy_axis *axis);

/* The run that holds pixel px. */
int32_t rt_copy_axis_run_at(const struct rt_copy_axis *axis, int32_t px);

/* Pixels of a run or a tile, cut at the raster's edge. */
struct rt_copy_span rt_copy_axis_run(const struct rt_copy_axis *axis,
                                     int32_t run);
struct rt_copy_span rt_copy_axis_tile(const struct rt_copy_axis *axis,
                                      int32_t tile);

/* The tiles that a run touches, and the runs that tiles first .. last
 * touch. */
struct rt_copy_span rt_copy_axis_tiles_of_run(const struct rt_copy_axis *axis,
                                              int32_t run);
struct rt_copy_span rt_copy_axis_runs_of_tiles(const struct rt_copy_axis *axis,
                                               int32_t first, int32_t last);

/* Whether a tile lies in one run. */
bool rt_copy_axis_in_one_run(const struct rt_copy_axis *axis, int32_t tile);

#ifdef __cplusplus
}
#endif
#endif
