/* plan.h - the order in which a raster is decoded and cut into tiles.
 *
 * The source's blocks drive the work. A copy is a sequence of steps. Each step
 * decodes one run (a rectangle of whole source blocks) and copies it into the
 * tiles that it touches. A tile that lies within one run is cut out of it when
 * it is encoded (it is "direct"). Every other tile is assembled until its last
 * run has come: in memory or, if its column is spilled, in a temporary file.
 * Runs go row by row. So do the tiles in the file, whatever the budget.
 *
 * If the budget is too small for a row of half-built tiles, and nothing may be
 * spilled, the raster is processed in segments of tile columns. A run is then
 * decoded once for each row of tiles and each segment that it touches.
 *
 * If an operator that reads neighbours is applied (core/source/focal.h), runs
 * deliver pixels that lie further up and to the left than their input (axis.h).
 * They leave margins of their input for later runs: columns for the run to the
 * right and lines for those below, including the corner. A margin is held until
 * the last run that needs it has copied it. In a segmented plan no margin
 * outlives its row of tiles and segment: runs that are needed only for a margin
 * are decoded again.
 *
 * Overview levels may be computed on the way (level.h). The pixels of a
 * complete tile go into the tiles of the next level before the tile is encoded.
 * Those tiles are assembled too, in memory or on disk, the same for all tiles
 * of a level. What they and the margins between reduced tiles take is held
 * throughout.
 *
 * A plan depends only on geometry and budget: no I/O, no threads. A clock is
 * used only to decide when to call go_on.
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

/* More than a raster of 2^31 pixels on a side can have. */
#define RT_COPY_MAX_LEVELS 32

/* The levels to compute, beginning with the one next to the full resolution. */
struct rt_copy_levels {
    int32_t n; /* 0 if there are none */
    int32_t w_px[RT_COPY_MAX_LEVELS], h_px[RT_COPY_MAX_LEVELS];
    int32_t reach_px;    /* see level.h */
    uint64_t work_bytes; /* working memory of the method for each reduced
                          * tile */
};

/* What is copied, and how it is decoded. */
struct rt_copy_shape {
    int32_t w_px, h_px;                           /* the raster */
    int32_t source_block_w_px, source_block_h_px; /* the source's blocks */
    int32_t source_block_x_px, source_block_y_px; /* offset of pixel 0,0 in
                                                   * its block */
    int32_t tile_w_px, tile_h_px;
    enum rt_access access;
    bool parallel;      /* several runs may be decoded at the same time */
    int32_t most_reads; /* the most such runs; 0 for any number */
    uint64_t px_bytes;  /* of a pixel, with all planes */
    /* An operator that is applied to the decoded pixels. */
    uint64_t input_px_bytes; /* of a decoded pixel; 0 if there is no operator */
    int32_t halo_px;         /* neighbours that it reads, on each side */
    uint64_t focal_px_bytes; /* the operator's memory, for each pixel that it
                              * reads */
    /* The memory that decoding takes. */
    uint64_t held_px_bytes; /* the decoder's, for each pixel of a run */
    uint64_t held_bytes;    /* the decoder's, for a run of any size */
    struct rt_copy_levels levels;
};

struct rt_copy_limits {
    uint64_t budget_bytes;
    int32_t max_workers;
    uint64_t worker_bytes; /* codec contexts of a worker: held throughout or,
                            * if a plan works in turns, during each encode */
    uint64_t encode_bytes; /* the most bytes of an encoded tile */
    uint64_t spill_bytes;  /* disk space for half-built tiles; 0 to spill
                            * nothing */
    uint64_t other_bytes;  /* held throughout by what the plan does not know */
    bool any_order;        /* encoded tiles may be written in any order */

    /* Called now and then if planning takes long; returns false to cancel. May
     * be NULL. */
    bool (*go_on)(void *context);
    void *context;
};

/* How a level is computed. */
struct rt_copy_plan_level {
    struct rt_copy_level_axis x, y;
    int32_t tile_cols, tile_rows;
    bool in_memory; /* whether its tiles are assembled in memory */
};

struct rt_copy_plan {
    struct rt_copy_shape shape;
    struct rt_copy_axis x, y;
    int32_t tile_cols, tile_rows;
    int32_t segment_cols; /* tile columns of a segment */
    bool segmented;       /* runs are decoded for each row and segment */
    int32_t memory_cols;  /* tile columns from this one on are assembled on
                           * disk */
    int32_t n_workers;
    bool overlap;   /* decode and encode at the same time, not in turns */
    bool spills;    /* encoded tiles that wait may be spilled too */
    bool any_order; /* encoded tiles do not have to wait */
    int32_t n_levels;
    struct rt_copy_plan_level levels[RT_COPY_MAX_LEVELS];
    uint64_t reduce_bytes; /* the most that reducing one tile takes */
    uint64_t tile_bytes;
    uint64_t fixed_bytes;   /* held throughout, including the levels */
    uint64_t encode_bytes;  /* of an encode task: the tile, its encoded form
                             * and, in turns, the codec's context */
    uint64_t context_bytes; /* the codec's context in encode_bytes */
    uint64_t wait_bytes;    /* encoded tiles that wait for earlier ones */
    uint64_t peak_bytes;    /* the most that the work of a single worker
                             * takes, including fixed_bytes */
    uint64_t spill_bytes;   /* the most bytes of half-built tiles on disk */
    uint64_t decoded_px;    /* by all steps; at least the raster's own */
};

/* One run and the tiles that it serves. A window is absent if its w_px or h_px
 * is 0. */
struct rt_copy_step {
    struct rt_window input;  /* pixels to decode */
    struct rt_window window; /* pixels to deliver. Without an operator the
                              * same as input. With one, absent if others
                              * only need a margin of this run */
    struct rt_copy_span cols, rows;
    int32_t run_col, run_row;
    struct rt_window support; /* window grown by the halo: what is read to
                               * compute it */
    /* The margins that the step leaves, both parts of input: for the run to the
     * right, and for the runs below. */
    struct rt_window right, below;
    int32_t below_users;   /* how many runs use below: 1 or 2 */
    uint64_t margin_bytes; /* of these two margins */
    uint64_t held_bytes;   /* the peak during this step */
};

struct rt_copy_cursor {
    int32_t row, segment; /* of tiles; used if segmented */
    int32_t run_row, run_col;
    bool begun;
};

/* Finds the plan that decodes the fewest pixels and, among those, the one that
 * keeps the most workers busy. If no plan fits, returns RT_ERR_ARGUMENT with a
 * message that reports the minimum; *least_bytes receives it. Returns
 * RT_ERR_RANGE if sizes overflow, and RT_ERR_CANCELLED. */
RT_MUST_CHECK enum rt_status rt_copy_plan_make(
    const struct rt_copy_shape *shape, const struct rt_copy_limits *limits,
    struct rt_copy_plan *plan, uint64_t *least_bytes, struct rt_error *err);

/* Whether the two sets of arguments for rt_copy_plan_make are equal, not
 * considering go_on. */
bool rt_copy_plan_same_input(const struct rt_copy_shape *shape_a,
                             const struct rt_copy_limits *limits_a,
                             const struct rt_copy_shape *shape_b,
                             const struct rt_copy_limits *limits_b);

/* Moves to the next step. Begin with a zeroed cursor. Returns false after the
 * last step. */
bool rt_copy_plan_next(const struct rt_copy_plan *plan,
                       struct rt_copy_cursor *cursor,
                       struct rt_copy_step *step);

/* The most that a step takes in each of its phases, not counting its margins:
 * while it decodes, while it applies the operator, and afterwards. begun_bytes:
 * the tiles that begin with this step. */
struct rt_copy_phases {
    uint64_t decode_bytes, apply_bytes, scatter_bytes;
};
struct rt_copy_phases rt_copy_plan_phases(const struct rt_copy_plan *plan,
                                          const struct rt_copy_step *step,
                                          uint64_t begun_bytes);

/* Whether the pixels that the step reads differ from those that it decodes.
 * They must then be gathered from its input and from margins. */
bool rt_copy_step_gathers(const struct rt_copy_step *step);

/* Whether an operator is applied to the decoded pixels. */
bool rt_copy_plan_focal(const struct rt_copy_plan *plan);

/* The number of steps that serve a tile. */
uint32_t rt_copy_plan_pieces(const struct rt_copy_plan *plan, int32_t col,
                             int32_t row);

/* Whether a tile is cut out of one run. */
bool rt_copy_plan_direct(const struct rt_copy_plan *plan, int32_t col,
                         int32_t row);

/* The size of the buffer for an encoded tile of at most encode_bytes. If tiles
 * are assembled on disk, their pieces are read through the same buffer. */
uint64_t rt_copy_plan_buffer_bytes(const struct rt_copy_plan *plan,
                                   uint64_t encode_bytes, bool on_disk);

/* How many levels are assembled on disk. These are always the lowest ones. */
int32_t rt_copy_plan_levels_on_disk(const struct rt_copy_plan *plan);

/* The most that reducing one tile takes, in addition to the tile itself and the
 * margins. */
uint64_t rt_copy_plan_reduce_bytes(const struct rt_copy_plan *plan,
                                   const struct rt_copy_plan_level *level,
                                   int32_t reduced_col, int32_t reduced_row);

/* Writes a description of the plan in a few readable lines. */
void rt_copy_plan_describe(const struct rt_copy_plan *plan, char *text,
                           size_t text_bytes);

#ifdef __cplusplus
}
#endif
#endif
