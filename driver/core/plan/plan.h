/* plan.h - in which order a raster is decoded and cut into tiles.
 *
 * The source's blocks drive the work. A copy is a sequence of steps; each
 * decodes one run, a rectangle of whole source blocks, and scatters it into
 * the tiles that it touches. A tile that lies in one run is cut out of it
 * when it is encoded (it is "direct"); every other tile is assembled, in
 * memory or, where its column is spilled, in a temporary file, until the last
 * run that it touches has come. Runs go row by row, and so do the tiles in
 * the file, whatever the budget.
 *
 * Where the budget is too small for a row of half-assembled tiles, and
 * nothing may be spilled, the raster is gone over in segments of tile
 * columns, and runs are decoded once for each row of tiles and segment that
 * they touch.
 *
 * Where an operator that looks at neighbours is applied to what is decoded
 * (core/source/focal.h), runs deliver pixels that lie further up and to the
 * left than their input (axis.h), and leave margins of that for later runs:
 * columns of it for the one to the right, lines for those below, the corner
 * included. A margin is held until the last run that needs it has copied it. No
 * margin outlives the row of tiles and segment where these are gone over one by
 * one: runs that are needed for a margin alone are decoded for it.
 *
 * Levels of reduced resolution may be computed on the way (level.h): the
 * pixels of a whole tile go into the tiles of the next level before they are
 * encoded. These are assembled likewise, in memory or on disk, a level at a
 * time; what they and the margins between reduced tiles take is held throughout.
 *
 * Pure: from geometry and budget alone; no I/O, no threads. A clock is looked
 * at only to ask whether to go on.
 */
#ifndef RETILE_CORE_PLAN_PLAN_H
#define RETILE_CORE_PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/grid.h"
#include "core/base/status.h"
#include "core/plan/axis.h"
#include "core/plan/level.h"
#include "core/source/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/* More than a raster of 2^31 pixels a side has. */
#define RT_COPY_MAX_LEVELS 32

/* Levels to be computed, from the one next to the full resolution on. */
struct rt_copy_levels {
    int32_t n; /* 0: none */
    int32_t w_px[RT_COPY_MAX_LEVELS], h_px[RT_COPY_MAX_LEVELS];
    int32_t reach_px;    /* see level.h */
    uint64_t work_bytes; /* the method's own, for each reduced tile */
};

/* What is copied, and how it comes about. */
struct rt_copy_shape {
    int32_t w_px, h_px;                 /* the raster */
    int32_t source_block_w_px, source_block_h_px; /* the source's blocks */
    int32_t source_block_x_px, source_block_y_px; /* of pixel 0,0 in its block */
    int32_t tile_w_px, tile_h_px;
    enum rt_access access;
    bool parallel;      /* several runs may be decoded at a time */
    int32_t most_reads; /* ... so many at most; 0: any number */
    uint64_t px_bytes;  /* of a pixel, all planes together */
    /* An operator that is applied to what is decoded. */
    uint64_t input_px_bytes; /* of a decoded pixel; 0: there is no operator */
    int32_t halo_px;         /* neighbours that it looks at, on each side */
    uint64_t focal_px_bytes; /* the operator's own, for each pixel looked at */
    /* What decoding takes. */
    uint64_t held_px_bytes; /* the decoder's, for each pixel of a run */
    uint64_t held_bytes;    /* the decoder's, for a run of any size */
    struct rt_copy_levels levels;
};

struct rt_copy_limits {
    uint64_t budget_bytes;
    int32_t max_workers;
    uint64_t worker_bytes; /* codec contexts of a worker: held throughout, or
                              where a plan works in turns, by each encode */
    uint64_t encode_bytes; /* the most that an encoded tile takes */
    uint64_t spill_bytes;  /* room for half-built tiles; 0: spill nothing */
    uint64_t other_bytes;  /* held throughout by what the plan does not know */
    bool any_order;        /* encoded tiles need not be written in order */

    /* Asked now and then where planning takes long; false cancels. NULL is
     * allowed. */
    bool (*go_on)(void *context);
    void *context;
};

/* How a level is computed. */
struct rt_copy_plan_level {
    struct rt_copy_level_axis x, y;
    int32_t tile_cols, tile_rows;
    bool in_memory; /* where its tiles are assembled */
};

struct rt_copy_plan {
    struct rt_copy_shape shape;
    struct rt_copy_axis x, y;
    int32_t tile_cols, tile_rows;
    int32_t segment_cols; /* tile columns gone over at a time */
    bool segmented;       /* runs are decoded for each row and segment */
    int32_t memory_cols;  /* tile columns from here on assemble on disk */
    int32_t n_workers;
    bool overlap;   /* decode and encode at the same time */
    bool spills;    /* encoded tiles that wait may be spilled as well */
    bool any_order; /* they do not have to wait */
    int32_t n_levels;
    struct rt_copy_plan_level levels[RT_COPY_MAX_LEVELS];
    uint64_t reduce_bytes; /* what one reduced tile takes while it is reduced, at most */
    uint64_t tile_bytes;
    uint64_t fixed_bytes;   /* held throughout, levels included */
    uint64_t encode_bytes;  /* an encode task: the tile, its encoded form, and
                               in turns the codec's context */
    uint64_t context_bytes; /* that last part of it */
    uint64_t wait_bytes;    /* encoded tiles that wait for earlier ones */
    uint64_t peak_bytes;    /* the most that one worker's order of work takes;
                               fixed_bytes included */
    uint64_t spill_bytes;   /* half-built tiles on disk, at most */
    uint64_t decoded_px;    /* by all steps; the raster's own is the least */
};

/* One run and the tiles that it serves. A window that is not there has no
 * pixels: w_px or h_px is 0. */
struct rt_copy_step {
    struct rt_window input;  /* to be decoded */
    struct rt_window window; /* to be delivered: with an operator, not there
                                where others need a margin of the run alone;
                                without one the same as input */
    struct rt_copy_span cols, rows;
    int32_t run_col, run_row;
    struct rt_window looked; /* window with its halo */
    /* The margins that it leaves, parts of input: for the run to the right,
     * and for those below. */
    struct rt_window right, below;
    int32_t below_users;   /* how many of those there are: 1 or 2 */
    uint64_t margin_bytes; /* of these two */
    uint64_t held_bytes;   /* the peak while this step is worked on */
};

struct rt_copy_cursor {
    int32_t row, segment; /* of tiles; where segmented */
    int32_t run_row, run_col;
    bool begun;
};

/* Finds the plan with the fewest decodes; among these the one that keeps
 * most workers busy. RT_ERR_ARGUMENT where the budget is too small for any:
 * the message names the least that would do, and *least_bytes has it.
 * RT_ERR_RANGE where sizes overflow, RT_ERR_CANCELLED. */
RT_MUST_CHECK enum rt_status rt_copy_plan_make(
    const struct rt_copy_shape *shape, const struct rt_copy_limits *limits,
    struct rt_copy_plan *plan, uint64_t *least_bytes, struct rt_error *err);

/* Whether what rt_copy_plan_make is given is the same, but for go_on. */
bool rt_copy_plan_same_input(const struct rt_copy_shape *shape_a,
                             const struct rt_copy_limits *limits_a,
                             const struct rt_copy_shape *shape_b,
                             const struct rt_copy_limits *limits_b);

/* The next step, from a zeroed cursor on; false after the last. */
bool rt_copy_plan_next(const struct rt_copy_plan *plan,
                       struct rt_copy_cursor *cursor,
                       struct rt_copy_step *step);

/* What a step takes for itself, beside its margins, at most: while it decodes,
 * while it applies the operator, and afterwards. begun_bytes: tiles that begin
 * with it. */
struct rt_copy_phases {
    uint64_t decode_bytes, apply_bytes, scatter_bytes;
};
struct rt_copy_phases rt_copy_plan_phases(const struct rt_copy_plan *plan,
                                          const struct rt_copy_step *step,
                                          uint64_t begun_bytes);

/* Whether what it looks at is not just what it decodes: it is copied together
 * from that and from margins. */
bool rt_copy_step_gathers(const struct rt_copy_step *step);

/* Whether an operator is applied to what is decoded. */
bool rt_copy_plan_focal(const struct rt_copy_plan *plan);

/* How many steps serve a tile. */
uint32_t rt_copy_plan_pieces(const struct rt_copy_plan *plan, int32_t col,
                             int32_t row);

/* Whether a tile is cut out of one run. */
bool rt_copy_plan_direct(const struct rt_copy_plan *plan, int32_t col,
                         int32_t row);

/* Of the buffer for a tile's encoded form, which takes encode_bytes at most:
 * pieces of a tile that is assembled on disk are read through it as well. */
uint64_t rt_copy_plan_buffer_bytes(const struct rt_copy_plan *plan,
                                   uint64_t encode_bytes, bool on_disk);

/* How many levels are assembled on disk: the lowest ones. */
int32_t rt_copy_plan_levels_on_disk(const struct rt_copy_plan *plan);

/* What reducing a reduced tile takes at most, beside its tile and the margins. reduced tile:
 * its window. */
uint64_t rt_copy_plan_reduce_bytes(const struct rt_copy_plan *plan,
                                 const struct rt_copy_plan_level *level,
                                 int32_t reduced_col, int32_t reduced_row);

/* A few readable lines. */
void rt_copy_plan_describe(const struct rt_copy_plan *plan, char *text,
                           size_t text_bytes);

#ifdef __cplusplus
}
#endif
#endif
