/* engine.h - carries out a copy plan on the process's pool.
 *
 * Workers decode runs, cut or assemble tiles, and encode them. Encoded tiles
 * are written row by row, one at a time, by the worker that has the next one.
 * Every byte is reserved in the plan's budget before it is held. The first
 * error stops everything. The calling thread waits and reports progress.
 *
 * If the plan has levels, the pixels of a tile are reduced before the tile is
 * encoded. They go into the tiles of the next level, which are then encoded
 * too. Tiles of levels are written in any order.
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

/* A tile, and the part of it that lies in the raster. */
struct rt_copy_tile {
    int32_t level; /* 0 is the full resolution */
    int32_t col, row;
    struct rt_window window;
};

/* How levels are computed. */
struct rt_copy_reducer {
    void *context;

    /* Computes the pixels output of level (1 or more) from the pixels support
     * of the level below. Both are stored plane after plane, each row by row
     * without gaps, followed by a mask if the job's layout has one. below may
     * be overwritten. Called by several threads at once. */
    enum rt_status (*reduce)(void *context, int32_t level,
                             const struct rt_window *support, void *below,
                             const struct rt_window *output, void *out,
                             struct rt_error *err);
};

/* The functions that the engine uses. worker is 0 to n_workers - 1; no two
 * threads use the same number at the same time. */
struct rt_copy_io {
    void *context;

    /* Decodes window into pixels, in the job's layout. If the job has an
     * operator, decodes only the plane that it is applied to. Called by several
     * threads at once if the plan's shape is parallel. */
    enum rt_status (*decode)(void *context, int32_t worker,
                             const struct rt_window *window, void *pixels,
                             struct rt_error *err);

    /* Encodes the pixels of a whole tile, and may overwrite them. Pixels
     * outside the raster are not initialised. encoded has space for the job's
     * encoded_bytes; *n_bytes must be at least 1. If the plan does not overlap,
     * the codec must not keep any memory afterwards. Called by several threads
     * at once. */
    enum rt_status (*encode)(void *context, int32_t worker,
                             const struct rt_copy_tile *tile, void *pixels,
                             void *encoded, uint64_t *n_bytes,
                             struct rt_error *err);

    /* Writes what encode made. Tiles of the full resolution come row by row and
     * one at a time, unless the plan allows any order. In that case, and for
     * levels, they come as they are finished, from several threads at once. */
    enum rt_status (*write)(void *context, const struct rt_copy_tile *tile,
                            const void *encoded, uint64_t n_bytes,
                            struct rt_error *err);

    /* Called about ten times a second by the thread that runs the copy. Returns
     * false to cancel. May be NULL. */
    bool (*progress)(void *context, double done);
};

struct rt_copy_job {
    const struct rt_copy_plan *plan;
    const struct rt_copy_io *io;
    struct rt_copy_layout layout;
    /* Applied to what is decoded, if the plan's shape has an operator;
     * otherwise NULL. It must have the shape's halo and input pixels, and makes
     * all planes of the layout. The layout must not be packed then. */
    const struct rt_focal *focal;
    const struct rt_copy_reducer *reducer; /* NULL if the plan has no levels */
    uint64_t budget_bytes;
    uint64_t encoded_bytes;   /* the most bytes of an encoded tile */
    const char *spill_folder; /* used if the plan spills */
    uint64_t spill_bytes;     /* the most bytes on disk */
    bool on_caller; /* decode must be called by the thread that runs the
                     * copy; the plan's shape is not parallel then */
};

struct rt_copy_result {
    uint64_t decoded_px; /* of the operator's input, if there is one */
    uint64_t peak_bytes; /* the most bytes reserved at once */
    uint64_t spilled_bytes;
};

/* Runs the copy. Returns when no part of it is running any more. Returns
 * RT_ERR_CANCELLED, the first error of the functions given, RT_ERR_IO for a
 * temporary file, RT_ERR_MEMORY, or RT_ERR_INTERNAL if the job does not fit the
 * plan. */
RT_MUST_CHECK enum rt_status rt_copy_run(const struct rt_copy_job *job,
                                         struct rt_pool *pool,
                                         struct rt_copy_result *result,
                                         struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
