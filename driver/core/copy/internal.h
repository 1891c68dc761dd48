/* internal.h - what the parts of the copy engine share.
 *
 * The life of a tile:
 *
 *   absent -> open      its first run is being decoded; assembled tiles get
 *                       a buffer, or a slot of the temporary file
 *   open -> whole       all of its runs have come
 *   whole -> ready      nothing that it looks at is missing: where it is
 *                       reduced, the tiles to the left and above are under way
 *   ready -> encoding   a worker has taken it
 *   encoding -> encoded, or straight to written where it is the next one
 *   encoded -> written  its turn has come
 *
 * Each level has a table of tiles. To those of the full resolution, runs are
 * delivered; to others, reduced tiles: reduced tiles of the level below. Rows of tiles
 * exist from the first delivery to the writing of their last tile, and to the
 * last use of their margins.
 */
#ifndef RETILE_CORE_COPY_INTERNAL_H
#define RETILE_CORE_COPY_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/base/budget.h"
#include "core/copy/engine.h"
#include "core/spill/file.h"

/* Decoded pixels that tiles are cut out of. */
struct rt_copy_run_buffer {
    struct rt_window window;
    uint64_t bytes;
    uint32_t n_tiles; /* still to be cut out; guarded by the engine's lock */
    unsigned char *pixels;
};

/* Decoded pixels that later runs look at (margin.c). One that has no
 * pixels is not made. All but the pixels is guarded by the engine's lock. */
struct rt_copy_margin {
    struct rt_window window;
    uint64_t bytes;
    int32_t users; /* runs that have not copied it yet */
    bool there;    /* its pixels are, and stay as they are */
    unsigned char *pixels;
    struct rt_copy_margin *previous, *next; /* of all that exist */
};

/* The margins of a step: those of its neighbours that it waits for, and its
 * own; any may be NULL. */
#define RT_COPY_NEIGHBOURS 3

struct rt_copy_step_margins {
    struct rt_copy_margin *of[RT_COPY_NEIGHBOURS];
    struct rt_copy_margin *right, *below;
};

/* Pixels of a tile that reduced tiles beside it and below look at (reduced_tiles.c).
 * One that has no pixels is not made; its pixels stay as they are. users is
 * guarded by the engine's lock. */
struct rt_copy_edge {
    struct rt_window window;
    uint64_t bytes;
    int32_t users; /* reduced tiles that have not copied it yet */
    unsigned char *pixels;
};

enum rt_copy_state {
    RT_COPY_ABSENT,
    RT_COPY_OPEN,
    RT_COPY_WHOLE,
    RT_COPY_READY,
    RT_COPY_ENCODING,
    RT_COPY_ENCODED
};

struct rt_copy_tile_state {
    enum rt_copy_state state;
    uint32_t pieces_left;
    struct rt_copy_run_buffer *run; /* of a direct tile */
    unsigned char *pixels;          /* of one assembled in memory */
    int64_t slot;                   /* of one assembled on disk */
    uint64_t *sums;                 /* its pieces'; else NULL */
    unsigned char *encoded;         /* NULL: in encoded_slot */
    int64_t encoded_slot;
    uint64_t encoded_sum;
    uint64_t n_bytes;
    struct rt_copy_edge *right, *below; /* NULL: not made, or used up */
    bool has_edges;                     /* they have been made */
};

struct rt_copy_row {
    struct rt_copy_tile_state *tiles; /* NULL: not begun, or done */
    /* Its own tiles to be written, and those below that have not looked at
     * it. */
    int32_t left;
    bool done;
};

/* The tiles of a level. */
struct rt_copy_table {
    int32_t level;
    int32_t tile_cols, tile_rows;
    bool is_reduced;                   /* there is a level above */
    struct rt_spill_file *pieces; /* NULL where none is spilled */
    /* Guarded by the engine's lock. */
    struct rt_copy_row *rows;
    uint64_t *ready; /* a heap of tile numbers */
    size_t n_ready, ready_size;
};

struct rt_copy_worker {
    struct rt_pool_task task; /* first: the pool hands it back */
    struct rt_copy *copy;
    int32_t number;
    /* Guarded by the engine's lock. */
    bool busy;           /* with the pool */
    bool decodes;        /* it has a decoder, whose memory stays with it */
    uint64_t held_bytes; /* reserved for that until the copy ends */
};

/* A worker asks the caller to decode (caller.c). */
struct rt_copy_call {
    int32_t worker;
    const struct rt_window *window;
    void *pixels;
    struct rt_error *err;
    /* Guarded by the engine's lock. */
    enum rt_status status;
    bool done;
};

/* A run is being decoded with this. */
struct rt_copy_decode {
    struct rt_copy_step step;
    struct rt_copy_phases phases;
    struct rt_copy_step_margins margins;
    uint64_t reserved_bytes; /* for what it still does; margins apart */
    int64_t n_begun; /* tiles that it has reserved for, less those begun */
    bool reads;      /* it has the decoder, or one of them */
};

struct rt_copy {
    /* Fixed. */
    const struct rt_copy_job *job;
    const struct rt_copy_plan *plan;
    struct rt_pool *pool;
    struct rt_budget *budget;
    struct rt_spill_file *encoded; /* NULL where none is spilled */
    struct rt_copy_worker *workers;
    struct rt_copy_table *tables; /* by level */
    uint64_t n_tiles;             /* of the full resolution */
    uint64_t all_tiles;           /* of all levels */
    pthread_mutex_t lock;
    pthread_cond_t changed; /* for the caller */

    /* Guarded by lock. */
    struct rt_copy_cursor cursor;
    struct rt_copy_step step; /* the next one; valid unless no_more */
    bool no_more;
    int32_t n_decoding, n_encoding, n_busy;
    int32_t n_reading; /* of those decoding */
    /* Margins for the step that begins next, and all that exist. */
    struct rt_copy_margin **below; /* by run column: of the row above */
    struct rt_copy_margin *corner, *left;
    struct rt_copy_margin *margins;
    pthread_cond_t margin_came; /* or an edge; or the copy has failed */
    bool slot_taken;            /* the encode that the plan has reserved for */
    bool writing;  /* a worker does; to the end once that has failed */
    uint64_t next; /* tile to be written, where they are in order */
    uint64_t tiles_left;
    uint64_t waiting_bytes;
    uint64_t wait_limit_bytes; /* encoded tiles that wait in memory */
    int32_t n_decoders;
    uint64_t decoded_px;
    struct rt_copy_call *call; /* what the caller is to decode, or NULL */
    pthread_cond_t answered;   /* for workers that ask it */
    bool failed;
    struct rt_error error; /* the first one */
};

/* A tile is being encoded with this. */
struct rt_copy_encode {
    struct rt_copy_table *table;
    uint64_t number;
    struct rt_copy_tile tile;
    struct rt_copy_tile_state *state;
    uint64_t reserved_bytes; /* 0 where it has the plan's slot */
    bool has_slot;
};

/* tiles.c: the tables of tiles. All that ends in _locked needs the
 * lock. */
bool rt_copy_make_tables(struct rt_copy *copy);
void rt_copy_free_tables(struct rt_copy *copy);
struct rt_copy_tile_state *
rt_copy_tile_at_locked(const struct rt_copy_table *table, int32_t col,
                       int32_t row);
/* Makes the rows exist. */
bool rt_copy_open_rows_locked(const struct rt_copy_table *table,
                              struct rt_copy_span rows);
/* One of those that a row is kept for is done. */
void rt_copy_leave_row_locked(const struct rt_copy_table *table, int32_t row);
/* The first delivery to a tile. */
enum rt_status rt_copy_open_tile_locked(struct rt_copy *copy,
                                        struct rt_copy_table *table,
                                        int32_t col, int32_t row,
                                        struct rt_error *err);
/* One more has come; false where memory is short. */
bool rt_copy_deliver_locked(struct rt_copy_table *table, int32_t col,
                            int32_t row);
/* A worker takes the first one that is ready; false where memory is short. */
bool rt_copy_take_ready_locked(struct rt_copy_table *table);

uint64_t rt_copy_number(const struct rt_copy_table *table, int32_t col,
                        int32_t row);
struct rt_copy_tile rt_copy_tile_of(const struct rt_copy *copy,
                                    const struct rt_copy_table *table,
                                    uint64_t number);
/* The whole tile, beyond the raster's edge where it reaches there. */
struct rt_window rt_copy_frame(const struct rt_copy *copy,
                               const struct rt_copy_tile *tile);
/* The runs or reduced tiles that deliver to a tile, and what one of them delivers. */
void rt_copy_deliveries(const struct rt_copy *copy,
                        const struct rt_copy_tile *tile,
                        struct rt_copy_span *cols, struct rt_copy_span *rows);
struct rt_window rt_copy_delivery(const struct rt_copy *copy, int32_t level,
                                  int32_t col, int32_t row);

/* NULL is allowed. */
void rt_copy_free_edge(struct rt_copy_edge *edge);

/* Whether a tile is assembled on disk. */
bool rt_copy_on_disk(const struct rt_copy_tile_state *state);

/* The buffer of a tile that is assembled in memory; *fresh: it was made. */
enum rt_status rt_copy_tile_buffer(struct rt_copy *copy,
                                   struct rt_copy_tile_state *state,
                                   unsigned char **pixels, bool *fresh,
                                   struct rt_error *err);

/* decode.c, encode.c: one task each, without the lock. */
enum rt_status rt_copy_decode_step(struct rt_copy *copy, int32_t worker,
                                   struct rt_copy_decode *task,
                                   struct rt_error *err);
enum rt_status rt_copy_encode_tile(struct rt_copy *copy, int32_t worker,
                                   struct rt_copy_encode *encode,
                                   struct rt_error *err);

/* Decodes window, on the caller's thread where the job says so. */
enum rt_status rt_copy_decode_window(struct rt_copy *copy, int32_t worker,
                                     const struct rt_window *window,
                                     void *pixels, struct rt_error *err);
/* On the caller's thread: decodes what it is asked for, if anything. */
void rt_copy_answer_locked(struct rt_copy *copy);

/* Whether the tiles of a table are written in order. */
bool rt_copy_is_ordered(const struct rt_copy *copy,
                        const struct rt_copy_table *table);

/* Of the buffer for a tile's encoded form. */
uint64_t rt_copy_encoded_buffer_bytes(const struct rt_copy *copy,
                                      const struct rt_copy_tile_state *state);

/* Sets what a step takes, and what it reserves before it begins: for the
 * phase that takes most; less as it goes on. */
void rt_copy_set_phases_locked(struct rt_copy *copy,
                               const struct rt_copy_worker *worker,
                               struct rt_copy_decode *task);
/* Gives back what is reserved beyond bytes. */
void rt_copy_give_back_to(struct rt_copy *copy, struct rt_copy_decode *task,
                          uint64_t bytes);

/* The decoder is free for others. */
void rt_copy_end_reading_locked(struct rt_copy *copy,
                                struct rt_copy_decode *task);

/* Submits all idle workers to the pool (workers.c). */
void rt_copy_wake_locked(struct rt_copy *copy);

/* Stops the copy. The first error is the one that it reports. */
void rt_copy_fail_locked(struct rt_copy *copy, const struct rt_error *error);

/* Margins (margin.c). In the order of the steps: gives a step that begins
 * its own margins and its neighbours'. */
bool rt_copy_begin_margins_locked(struct rt_copy *copy,
                                  struct rt_copy_decode *task);
/* Its own margins are copied out of its input. */
enum rt_status rt_copy_leave_margins(struct rt_copy *copy,
                                     struct rt_copy_decode *task,
                                     const void *input, struct rt_error *err);
/* Waits for those of its neighbours; RT_ERR_CANCELLED where the copy has
 * failed. */
enum rt_status rt_copy_await_margins(struct rt_copy *copy,
                                     const struct rt_copy_decode *task,
                                     struct rt_error *err);
/* Copies what the operator looks at from the step's input and from them. */
void rt_copy_gather(const struct rt_copy *copy,
                    const struct rt_copy_decode *task, const void *input,
                    void *looked);
/* It needs them no more. */
void rt_copy_release_margins(struct rt_copy *copy, struct rt_copy_decode *task);
void rt_copy_free_margins(struct rt_copy *copy);

/* Decodes, and applies the operator: fills run's pixels, if it delivers any
 * (focal.c). */
enum rt_status rt_copy_decode_focal(struct rt_copy *copy, int32_t worker,
                                    struct rt_copy_decode *task,
                                    struct rt_copy_run_buffer *run,
                                    struct rt_error *err);

/* Reduces a tile, whose pixels are laid out as its frame, and delivers the
 * result to the level above (reduced_tiles.c). */
enum rt_status rt_copy_reduce_tile(struct rt_copy *copy,
                            const struct rt_copy_encode *encode,
                            const void *pixels, struct rt_error *err);
/* What that takes of the task's own bytes. */
uint64_t rt_copy_reduce_need(const struct rt_copy *copy,
                           const struct rt_copy_tile *tile);

/* Pieces of tiles on disk (pieces.c). */
struct rt_copy_delivered {
    int32_t col, row; /* of the run or reduced tile */
    struct rt_window window;
    const void *pixels;
    const struct rt_copy_layout *layout; /* from these to tiles */
};

enum rt_status rt_copy_write_piece(struct rt_copy *copy,
                                   struct rt_copy_tile_state *state,
                                   const struct rt_copy_tile *tile,
                                   const struct rt_copy_delivered *delivered,
                                   void *buffer, struct rt_error *err);
enum rt_status rt_copy_read_pieces(struct rt_copy *copy,
                                   const struct rt_copy_tile_state *state,
                                   const struct rt_copy_tile *tile,
                                   void *pixels, void *buffer,
                                   struct rt_error *err);

#endif
