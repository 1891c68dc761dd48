/* copy_engine_internal.h - what the parts of the copy engine share.
 *
 * The life of a tile:
 *
 *   absent -> open      its first run is being decoded; assembled tiles get
 *                       a buffer, or a slot of the temporary file
 *   open -> ready       all of its runs have come
 *   ready -> encoding   a worker has taken it
 *   encoding -> encoded, or straight to written where it is the next one
 *   encoded -> written  its turn has come
 *
 * Rows of tiles exist from the first run that touches them to the writing of
 * their last tile.
 */
#ifndef RETILE_CORE_COPY_ENGINE_INTERNAL_H
#define RETILE_CORE_COPY_ENGINE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/budget.h"
#include "core/copy_engine.h"
#include "core/spill_file.h"

/* Decoded pixels that tiles are cut out of. */
struct rt_copy_run_buffer {
    struct rt_window window;
    uint64_t bytes;
    uint32_t n_tiles; /* still to be cut out; guarded by the engine's lock */
    unsigned char *pixels;
};

enum rt_copy_state {
    RT_COPY_ABSENT,
    RT_COPY_OPEN,
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
    uint64_t *sums;                 /* its pieces' */
    unsigned char *encoded;         /* NULL: in encoded_slot */
    int64_t encoded_slot;
    uint64_t encoded_sum;
    uint64_t n_bytes;
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

struct rt_copy {
    /* Fixed. */
    const struct rt_copy_job *job;
    const struct rt_copy_plan *plan;
    struct rt_pool *pool;
    struct rt_budget *budget;
    struct rt_spill_file *pieces;  /* NULL where none is spilled */
    struct rt_spill_file *encoded; /* likewise */
    struct rt_copy_worker *workers;
    uint64_t n_tiles;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* for the caller */

    /* Guarded by lock. */
    struct rt_copy_tile_state **rows; /* by row; NULL: not begun, or done */
    uint64_t *ready;                  /* a heap of tile numbers */
    size_t n_ready, ready_size;
    struct rt_copy_cursor cursor;
    struct rt_copy_step step; /* the next one; valid unless no_more */
    bool no_more;
    int32_t n_decoding, n_encoding, n_busy;
    bool seat_taken; /* the encode that the plan has reserved for */
    bool writing;    /* a worker does; to the end once that has failed */
    uint64_t next;   /* tile to be written */
    uint64_t waiting_bytes;
    uint64_t wait_limit_bytes; /* encoded tiles that wait in memory */
    int32_t n_decoders;
    uint64_t decoded_px;
    bool failed;
    struct rt_error error; /* the first one */
};

/* A tile is being encoded with this. */
struct rt_copy_encode {
    uint64_t number;
    struct rt_copy_tile tile;
    struct rt_copy_tile_state *state;
    uint64_t reserved_bytes; /* 0 where it has the plan's seat */
    bool has_seat;
};

/* copy_tiles.c: the table of tiles. All need the lock. */
struct rt_copy_tile_state *rt_copy_tile_at_locked(struct rt_copy *copy,
                                                  int32_t col, int32_t row);
/* Makes the rows exist that a step touches. */
bool rt_copy_open_rows_locked(struct rt_copy *copy,
                              const struct rt_copy_step *step);
void rt_copy_close_row_locked(struct rt_copy *copy, int32_t row);
bool rt_copy_push_ready_locked(struct rt_copy *copy, uint64_t number);
uint64_t rt_copy_pop_ready_locked(struct rt_copy *copy);
void rt_copy_free_tiles(struct rt_copy *copy);

uint64_t rt_copy_number(const struct rt_copy *copy, int32_t col, int32_t row);
struct rt_copy_tile rt_copy_tile_of(const struct rt_copy *copy,
                                    uint64_t number);
/* The whole tile, beyond the raster's edge where it reaches there. */
struct rt_window rt_copy_frame(const struct rt_copy *copy,
                               const struct rt_copy_tile *tile);

/* copy_decode.c, copy_encode.c: one task each, without the lock. */
enum rt_status rt_copy_decode_step(struct rt_copy *copy, int32_t worker,
                                   const struct rt_copy_step *step,
                                   uint64_t given_back, struct rt_error *err);
enum rt_status rt_copy_encode_tile(struct rt_copy *copy, int32_t worker,
                                   struct rt_copy_encode *encode,
                                   struct rt_error *err);

/* Of the buffer for a tile's encoded form. */
uint64_t rt_copy_encoded_buffer_bytes(const struct rt_copy *copy,
                                      const struct rt_copy_tile_state *state);

/* What a step reserves before it begins: for decoding, or for scattering,
 * whichever takes more; and of that what is given back in between. */
struct rt_copy_step_bytes {
    uint64_t reserved, given_back;
};
struct rt_copy_step_bytes
rt_copy_step_bytes_locked(struct rt_copy *copy,
                          const struct rt_copy_worker *worker,
                          const struct rt_copy_step *step);

/* Pieces of tiles on disk (copy_pieces.c). */
enum rt_status rt_copy_write_piece(struct rt_copy *copy,
                                   struct rt_copy_tile_state *state,
                                   const struct rt_copy_tile *tile,
                                   const struct rt_window *run,
                                   const void *decoded, void *buffer,
                                   struct rt_error *err);
enum rt_status rt_copy_read_pieces(struct rt_copy *copy,
                                   const struct rt_copy_tile_state *state,
                                   const struct rt_copy_tile *tile,
                                   void *pixels, void *buffer,
                                   struct rt_error *err);

#endif
