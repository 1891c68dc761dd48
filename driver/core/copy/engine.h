/* engine.h - carries out a copy plan on the process's pool.
 *
 * Workers decode runs, cut and assemble tiles, and encode them; encoded tiles
 * are written row by row, one at a time, by whichever worker has the next
 * one. Every byte is reserved under the plan's budget before it is held. The
 * first error stops all. The caller waits, and reports progress meanwhile.
 *
 * Where the plan has levels, the pixels of a tile are reduced before it is
 * encoded, and go into the tiles of the next level, which are encoded in turn.
 * Those are written in any order.
 */
#ifndef RETILE_CORE_COPY_ENGINE_H
#define RETILE_CORE_COPY_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/pool.h"
#include "core/base/status.h"
#include "core/copy/pixels.h"
#include "core/plan/plan.h"
#include "core/source/focal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A tile, and the pixels of it that lie in the raster. */
struct rt_copy_tile {
    int32_t level; /* 0: the full resolution */
    int32_t col, row;
    struct rt_window window;
};

/* How levels are computed. */
struct rt_copy_reducer {
    void *context;

    /* Computes output, pixels of level (1 or more), from those of looked, of
     * the level below. Both lie plane after plane, each row by row without
     * gaps, and a mask behind them where the job's layout has one. below may
     * be overwritten. Several at a time. */
    enum rt_status (*reduce)(void *context, int32_t level,
                             const struct rt_window *looked, void *below,
                             const struct rt_window *output, void *out,
                             struct rt_error *err);
};

/* What the engine is given to work with. worker: 0 to n_workers - 1; no two
 * threads use one at a time. */
struct rt_copy_io {
    void *context;

    /* Decodes window into pixels, as the job's layout has them, or, where it
     * has an operator, of the one plane that this is applied to. Several at a
     * time where the plan's shape says parallel. */
    enum rt_status (*decode)(void *context, int32_t worker,
                             const struct rt_window *window, void *pixels,
                             struct rt_error *err);

    /* Encodes the pixels of a whole tile (those outside of the raster are
     * not set) and may overwrite them. encoded has the job's encoded_bytes;
     * *n_bytes is at least 1. Where the plan does not overlap, no memory of
     * the codec's may be left afterwards. Several at a time. */
    enum rt_status (*encode)(void *context, int32_t worker,
                             const struct rt_copy_tile *tile, void *pixels,
                             void *encoded, uint64_t *n_bytes,
                             struct rt_error *err);

    /* Writes what encode made. Tiles of the full resolution come row by row,
     * one at a time; of levels, and where the plan is for any order, several
     * at a time and as they are done. */
    enum rt_status (*write)(void *context, const struct rt_copy_tile *tile,
                            const void *encoded, uint64_t n_bytes,
                            struct rt_error *err);

    /* Called by the thread that runs the copy, ten times a second; false
     * cancels. NULL is allowed. */
    bool (*progress)(void *context, double done);
};

struct rt_copy_job {
    const struct rt_copy_plan *plan;
    const struct rt_copy_io *io;
    struct rt_copy_layout layout;
    /* Applied to what is decoded, where the plan's shape says so: with its
     * halo, of its input's pixels; makes all planes of the layout, which is
     * not packed then. Else NULL. */
    const struct rt_focal *focal;
    const struct rt_copy_reducer *reducer; /* NULL where there are no levels */
    uint64_t budget_bytes;
    uint64_t encoded_bytes;   /* the most that an encoded tile takes */
    const char *spill_folder; /* used where the plan spills */
    uint64_t spill_bytes;     /* limit of it */
    bool on_caller; /* decode is called by the thread that runs the copy; the
                       plan's shape is not parallel then */
};

struct rt_copy_result {
    uint64_t decoded_px; /* of the operator's input, where there is one */
    uint64_t peak_bytes; /* reserved at once */
    uint64_t spilled_bytes;
};

/* Returns when nothing of the copy runs any more. RT_ERR_CANCELLED, or the
 * first error of the functions given, or RT_ERR_IO of a temporary file. */
RT_MUST_CHECK enum rt_status rt_copy_run(const struct rt_copy_job *job,
                                         struct rt_pool *pool,
                                         struct rt_copy_result *result,
                                         struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
