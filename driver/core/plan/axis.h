/* axis.h - how runs of source blocks and tiles meet along one axis.
 *
 * Both divide the same pixels 0 .. size_px - 1. Tiles begin at pixel 0. Runs
 * may begin before it, because a window of a source need not begin at the start
 * of a block. Pure arithmetic.
 *
 * If a pixel is computed from its neighbours up to halo_px away, the decoded
 * pixels of a run (its input) suffice for the same number of output pixels,
 * shifted back: the output begins and ends halo_px earlier than the input. The
 * exceptions are the first run, whose output begins with the raster, and the
 * last, whose output ends with it. A run then reads its input and up to 2 *
 * halo_px pixels of the input before it. Runs are at least that long, unless
 * there is only one, so no run reads further back than the run before it. A
 * first run that would deliver nothing is merged with the second.
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
    int32_t run_px;   /* the first and the last run may be shorter */
    int32_t phase_px; /* offset of pixel 0 in the first run; below run_px */
    int32_t halo_px;  /* 0 if runs deliver what they decode */
};

/* Pixels, runs or tiles from begin to end; end is excluded. */
struct rt_copy_span {
    int32_t begin, end;
};

/* What a run does for a range of tiles, along one axis. */
struct rt_copy_reach {
    struct rt_copy_span input;   /* pixels to decode */
    struct rt_copy_span output;  /* pixels delivered to the tiles; empty if
                                  * only the next run needs this one */
    struct rt_copy_span support; /* pixels read to compute output; empty if
                                  * output is */
    struct rt_copy_span kept;    /* part of input that this run or the next one
                                  * reads */
    struct rt_copy_span passed;  /* part of input that the next run reads */
    bool first, last;            /* of the runs for these tiles */
};

int32_t rt_copy_axis_runs(const struct rt_copy_axis *axis);
int32_t rt_copy_axis_tiles(const struct rt_copy_axis *axis);

/* The run that delivers pixel px. */
int32_t rt_copy_axis_run_at(const struct rt_copy_axis *axis, int32_t px);

/* The pixels that a run delivers; the pixels of a tile, cut at the raster's
 * edge. */
struct rt_copy_span rt_copy_axis_run(const struct rt_copy_axis *axis,
                                     int32_t run);
struct rt_copy_span rt_copy_axis_tile(const struct rt_copy_axis *axis,
                                      int32_t tile);

/* The pixels of a run's input. */
struct rt_copy_span rt_copy_axis_input(const struct rt_copy_axis *axis,
                                       int32_t run);

/* The tiles that a run touches; the runs that tiles first .. last touch. */
struct rt_copy_span rt_copy_axis_tiles_of_run(const struct rt_copy_axis *axis,
                                              int32_t run);
struct rt_copy_span rt_copy_axis_runs_of_tiles(const struct rt_copy_axis *axis,
                                               int32_t first, int32_t last);

/* The runs to decode for a range of tiles alone. That may be one more than the
 * tiles touch, before them. */
struct rt_copy_span rt_copy_axis_runs_for(const struct rt_copy_axis *axis,
                                          struct rt_copy_span tiles);

/* What one of these runs does. */
void rt_copy_axis_reach(const struct rt_copy_axis *axis,
                        struct rt_copy_span tiles, int32_t run,
                        struct rt_copy_reach *reach);

/* The pixels that all runs for these tiles read. */
struct rt_copy_span rt_copy_axis_support(const struct rt_copy_axis *axis,
                                         struct rt_copy_span tiles);

/* Whether a tile lies within one run. */
bool rt_copy_axis_in_one_run(const struct rt_copy_axis *axis, int32_t tile);

/* The number of runs, or of tiles, after which both meet in the same way again.
 * Away from the ends, what is true of one is true of the one a period later. */
int32_t rt_copy_axis_period_runs(const struct rt_copy_axis *axis);
int32_t rt_copy_axis_period_tiles(const struct rt_copy_axis *axis);

/* The next index after i in all that may differ from all before it, if they
 * repeat with period. What differs at the ends does so within a period. */
int32_t rt_copy_next_unlike(struct rt_copy_span all, int32_t period, int32_t i);

int32_t rt_copy_span_px(struct rt_copy_span span);
struct rt_window rt_copy_span_window(struct rt_copy_span x,
                                     struct rt_copy_span y);

/* The pixels of a part, if size_px pixels are divided into parts of part_px. */
struct rt_copy_span rt_copy_span_part(int32_t part, int32_t part_px,
                                      int32_t size_px);

/* The intersection of two spans; may be empty. */
struct rt_copy_span rt_copy_span_common(struct rt_copy_span a,
                                        struct rt_copy_span b);

#ifdef __cplusplus
}
#endif
#endif
