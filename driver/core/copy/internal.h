/* internal.h - what the parts of the copy engine share.
 *
 * The life of a tile:
 *
 *   absent -> open      its first run is being decoded; assembled tiles get
 *                       a buffer, or a slot of the temporary file
 *   open -> whole       all its runs have come
 *   whole -> ready      all that it needs is there: if it is reduced, the
 *                       tiles to the left and above have begun to be encoded
 *   ready -> encoding   a worker has taken it
 *   encoding -> encoded, unless it is the next one and is written at once
 *   encoded -> (freed)  its turn has come, and it is written
 *
 * Each level has a table of tiles. Runs deliver pixels to tiles of the full
 * resolution; reduced tiles of the level below deliver to the tiles of all
 * other levels. A row of tiles exists from the first delivery until its last
 * tile is written and its margins have been used for the last time.
 */
#ifndef RETILE_CORE_COPY_INTERNAL_H
#define RETILE_CORE_COPY_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/base/budget.h"
#include "core/base/condition.h"
#include "core/copy/engine.h"
#include "core/spill/file.h"

/* Decoded pixels from which tiles are cut. */
struct rt_copy_run_buffer {
    struct rt_window window;
    uint64_t bytes;
    uint32_t n_tiles; /* tiles still to be cut out; guarded by the engine's
                       * lock */
    unsigned char *pixels;
};

/* Decoded pixels that later runs read (margin.c). A margin without pixels is
 * not created. Everything but the pixels is guarded by the engine's lock. */
struct rt_copy_margin {
    struct rt_window window;
    uint64_t bytes;
    int32_t users; /* runs that have not copied it yet */
    bool there;    /* the pixels are there and do not change any more */
    unsigned char *pixels;
    struct rt_copy_margin *previous, *next; /* in the list of all margins */
};

/* The margins of a step: those of its neighbours, which it waits for, and its
 * own. Each may be NULL. */
#define RT_COPY_NEIGHBOURS 3

struct rt_copy_step_margins {
    struct rt_copy_margin *of[RT_COPY_NEIGHBOURS];
    struct rt_copy_margin *right, *below;
};

/* Pixels of a tile that the reduced tiles to the right and below read
 * (reduced_tiles.c). An edge without pixels is not created. The pixels do not
 * change. users is guarded by the engine's lock. */
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
    unsigned char *pixels;          /* of a tile assembled in memory */
    int64_t slot;                   /* of a tile assembled on disk */
    uint64_t *sums;                 /* checksums of its pieces; NULL if not
                                     * on disk */
    unsigned char *encoded;         /* NULL if it is in encoded_slot */
    int64_t encoded_slot;
    uint64_t encoded_sum;
    uint64_t n_bytes;
    struct rt_copy_edge *right, *below; /* NULL if not created or used up */
    bool has_edges;                     /* the edges have been created */
};

struct rt_copy_row {
    struct rt_copy_tile_state *tiles; /* NULL before the row begins and when
                                       * it is done */
    /* How many of its own tiles are still to be written, plus how many tiles
     * below have not read its edges yet. */
    int32_t left;
    bool done;
};

/* The tiles of a level. */
struct rt_copy_table {
    int32_t level;
    int32_t tile_cols, tile_rows;
    bool is_reduced;              /* there is a level above */
    struct rt_spill_file *pieces; /* NULL if none is on disk */
    /* Guarded by the engine's lock. */
    struct rt_copy_row *rows;
    uint64_t *ready; /* a heap of tile numbers */
    size_t n_ready, ready_size;
};

struct rt_copy_worker {
    struct rt_pool_task task; /* first, so that a pointer to it is a pointer
                               * to the worker */
    struct rt_copy *copy;
    int32_t number;
    /* Guarded by the engine's lock. */
    bool busy;           /* submitted to the pool or running */
    bool decodes;        /* it has a decoder, which keeps its memory */
    uint64_t held_bytes; /* reserved for the decoder until the copy ends */
};

/* A worker's request that the caller decode (caller.c). */
struct rt_copy_call {
    int32_t worker;
    const struct rt_window *window;
    void *pixels;
    struct rt_error *err;
    /* Guarded by the engine's lock. */
    enum rt_status status;
    bool done;
};

/* A task that decodes a run. */
struct rt_copy_decode {
    struct rt_copy_step step;
    struct rt_copy_phases phases;
    struct rt_copy_step_margins margins;
    uint64_t reserved_bytes; /* for what it has yet to do, without its
                              * margins */
    int64_t n_unbegun;       /* tiles that it has reserved for and not begun */
    bool reads;              /* it holds the decoder, or one of several */
};

struct rt_copy {
    /* Fixed. */
    const struct rt_copy_job *job;
    const struct rt_copy_plan *plan;
    struct rt_pool *pool;
    struct rt_budget *budget;
    struct rt_spill_file *encoded; /* for encoded tiles; NULL if none is
                                    * spilled */
    struct rt_copy_worker *workers;
    struct rt_copy_table *tables; /* by level */
    uint64_t n_tiles;             /* of the full resolution */
    uint64_t all_tiles;           /* of all levels */
    pthread_mutex_t lock;
    struct rt_condition changed; /* wakes the caller */

    /* Guarded by lock. */
    struct rt_copy_cursor cursor;
    struct rt_copy_step step; /* the next one; valid unless no_more */
    bool no_more;
    int32_t n_decoding, n_encoding, n_busy;
    int32_t n_reading; /* how many of n_decoding are in the decoder */
    /* The margins for the step that begins next, and all that exist. */
    struct rt_copy_margin **below; /* by run column, left by the row above */
    struct rt_copy_margin *corner, *left;
    struct rt_copy_margin *margins;
    pthread_cond_t margin_came; /* or an edge, or the copy has failed */
    bool slot_taken;            /* the encode that the plan has reserved for */
    bool writing;  /* a worker is writing; stays set if that fails */
    uint64_t next; /* the next tile to write, if they are in order */
    uint64_t tiles_left;
    uint64_t waiting_bytes;
    uint64_t wait_limit_bytes; /* for encoded tiles that wait in memory */
    int32_t n_decoders;
    uint64_t decoded_px;
    struct rt_copy_call *call; /* the request to the caller, or NULL */
    pthread_cond_t answered;   /* wakes workers that wait for the caller */
    bool failed;
    struct rt_error error; /* the first one */
};

/* A task that encodes a tile. */
struct rt_copy_encode {
    struct rt_copy_table *table;
    uint64_t number;
    struct rt_copy_tile tile;
    struct rt_copy_tile_state *state;
    uint64_t reserved_bytes; /* 0 if it has the plan's slot */
    bool has_slot;
};

/* tiles.c: the tables of tiles. Functions that end in _locked need the lock. */
bool rt_copy_make_tables(struct rt_copy *copy);
void rt_copy_free_tables(struct rt_copy *copy);
struct rt_copy_tile_state *
rt_copy_tile_at_locked(const struct rt_copy_table *table, int32_t col,
                       int32_t row);
/* Creates the rows that do not exist yet. */
bool rt_copy_open_rows_locked(const struct rt_copy_table *table,
                              struct rt_copy_span rows);
/* Counts down what the row is kept for; frees it at zero. */
void rt_copy_leave_row_locked(const struct rt_copy_table *table, int32_t row);
/* Prepares a tile for its first delivery. */
enum rt_status rt_copy_open_tile_locked(struct rt_copy *copy,
                                        struct rt_copy_table *table,
                                        int32_t col, int32_t row,
                                        struct rt_error *err);
/* Counts a delivery. Returns false when out of memory. */
bool rt_copy_deliver_locked(struct rt_copy_table *table, int32_t col,
                            int32_t row);
/* Takes the first tile that is ready. Returns false when out of memory. */
bool rt_copy_take_ready_locked(struct rt_copy_table *table);

uint64_t rt_copy_number(const struct rt_copy_table *table, int32_t col,
                        int32_t row);
struct rt_copy_tile rt_copy_tile_of(const struct rt_copy *copy,
                                    const struct rt_copy_table *table,
                                    uint64_t number);
/* The window of the whole tile. It may extend beyond the raster. */
struct rt_window rt_copy_whole_tile(const struct rt_copy *copy,
                                    const struct rt_copy_tile *tile);
/* The runs or reduced tiles that deliver to a tile; the pixels that one of them
 * delivers. */
void rt_copy_deliveries(const struct rt_copy *copy,
                        const struct rt_copy_tile *tile,
                        struct rt_copy_span *cols, struct rt_copy_span *rows);
struct rt_window rt_copy_delivery(const struct rt_copy *copy, int32_t level,
                                  int32_t col, int32_t row);

/* NULL is allowed. */
void rt_copy_free_edge(struct rt_copy_edge *edge);

/* Whether a tile is assembled on disk. */
bool rt_copy_on_disk(const struct rt_copy_tile_state *state);

/* The buffer of a tile that is assembled in memory. *fresh: this call created
 * it. */
enum rt_status rt_copy_tile_buffer(struct rt_copy *copy,
                                   struct rt_copy_tile_state *state,
                                   unsigned char **pixels, bool *fresh,
                                   struct rt_error *err);

/* decode.c, encode.c: one task each. Called without the lock. */
enum rt_status rt_copy_decode_step(struct rt_copy *copy, int32_t worker,
                                   struct rt_copy_decode *task,
                                   struct rt_error *err);
enum rt_status rt_copy_encode_tile(struct rt_copy *copy, int32_t worker,
                                   struct rt_copy_encode *encode,
                                   struct rt_error *err);

/* Decodes window, on the caller's thread if the job says so. */
enum rt_status rt_copy_decode_window(struct rt_copy *copy, int32_t worker,
                                     const struct rt_window *window,
                                     void *pixels, struct rt_error *err);
/* Called on the caller's thread: answers a request to decode, if there is
 * one. */
void rt_copy_answer_locked(struct rt_copy *copy);

/* Whether the tiles of a table are written in order. */
bool rt_copy_is_ordered(const struct rt_copy *copy,
                        const struct rt_copy_table *table);

/* The size of the buffer for a tile's encoded form. */
uint64_t rt_copy_encoded_buffer_bytes(const struct rt_copy *copy,
                                      const struct rt_copy_tile_state *state);

/* Computes what a step takes and what it reserves before it begins, which is
 * the need of its largest phase. Later phases give bytes back. */
void rt_copy_set_phases_locked(struct rt_copy *copy,
                               const struct rt_copy_worker *worker,
                               struct rt_copy_decode *task);
/* Gives back what is reserved beyond bytes. */
void rt_copy_give_back_to(struct rt_copy *copy, struct rt_copy_decode *task,
                          uint64_t bytes);

/* Frees the decoder for other workers. */
void rt_copy_end_reading_locked(struct rt_copy *copy,
                                struct rt_copy_decode *task);

/* Submits all idle workers to the pool (workers.c). */
void rt_copy_wake_locked(struct rt_copy *copy);

/* Stops the copy. The copy reports the first error. */
void rt_copy_fail_locked(struct rt_copy *copy, const struct rt_error *error);

/* Margins (margin.c). Called in the order of the steps: gives a step its own
 * margins and those of its neighbours. */
bool rt_copy_begin_margins_locked(struct rt_copy *copy,
                                  struct rt_copy_decode *task);
/* Copies the step's own margins out of its input. */
enum rt_status rt_copy_leave_margins(struct rt_copy *copy,
                                     struct rt_copy_decode *task,
                                     const void *input, struct rt_error *err);
/* Waits for the margins of the neighbours. Returns RT_ERR_CANCELLED if the copy
 * has failed. */
enum rt_status rt_copy_await_margins(struct rt_copy *copy,
                                     const struct rt_copy_decode *task,
                                     struct rt_error *err);
/* Copies the pixels that the operator reads from the step's input and from its
 * neighbours' margins. */
void rt_copy_gather(const struct rt_copy *copy,
                    const struct rt_copy_decode *task, const void *input,
                    void *support);
/* Releases the neighbours' margins. */
void rt_copy_release_margins(struct rt_copy *copy, struct rt_copy_decode *task);
void rt_copy_free_margins(struct rt_copy *copy);

/* Decodes and applies the operator. Fills run's pixels, if it delivers any
 * (focal.c). */
enum rt_status rt_copy_decode_focal(struct rt_copy *copy, int32_t worker,
                                    struct rt_copy_decode *task,
                                    struct rt_copy_run_buffer *run,
                                    struct rt_error *err);

/* Reduces a tile and delivers the result to the level above (reduced_tiles.c).
 * pixels covers the whole tile (rt_copy_whole_tile). */
enum rt_status rt_copy_reduce_tile(struct rt_copy *copy,
                                   const struct rt_copy_encode *encode,
                                   const void *pixels, struct rt_error *err);
/* The bytes of the encode task that this takes. */
uint64_t rt_copy_reduce_need(const struct rt_copy *copy,
                             const struct rt_copy_tile *tile);

/* Pieces of tiles on disk (pieces.c). */
struct rt_copy_delivered {
    int32_t col, row; /* of the run or reduced tile */
    struct rt_window window;
    const void *pixels;
    const struct rt_copy_layout *layout; /* from these pixels to tiles */
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
