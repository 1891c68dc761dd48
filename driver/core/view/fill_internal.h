/* fill_internal.h - the state of one fill, between fill.c (who decodes what),
 * fill_need.c (which source blocks, which cells), fill_decode.c (in what runs,
 * on how many threads) and fill_scatter.c (where the pixels go). */
#ifndef RETILE_CORE_VIEW_FILL_INTERNAL_H
#define RETILE_CORE_VIEW_FILL_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/cache/in_flight.h"
#include "core/view/internal.h"

enum rt_cell_mode {
    RT_CELL_IGNORE, /* nothing of it goes into the cache */
    RT_CELL_WHOLE,  /* this fill completes it: built and published */
    RT_CELL_PIECES  /* this fill decodes parts of it: kept as pieces */
};

/* A cell that a source block of this fill touches. */
struct rt_fill_cell {
    /* Fixed once the need is found. */
    enum rt_cell_mode mode;
    bool wanted; /* the read is waiting for it */
    /* Guarded by the fill's lock. */
    bool opening;  /* by one thread, for all */
    bool given_up; /* WHOLE: the budget has no room for it */
    bool published;
    uint64_t left_px; /* WHOLE: pixels still to come */
};

/* Left over from earlier fills: the part of a wanted cell that lies in one
 * source block, all planes, pinned. */
struct rt_held_piece {
    int32_t col_blk, row_blk; /* the cell */
    int64_t source_block;
    struct rt_block *blocks[]; /* one for each decoded plane */
};

struct rt_fill {
    /* Fixed once the need is found. */
    const struct rt_read *read;
    const struct rt_layer *source;
    const struct rt_grid *cells;
    const unsigned char *missing; /* over read->cells */
    bool keep;                    /* cells can go into the cache */

    int32_t n_planes; /* decoded together */
    int32_t *planes;
    int32_t *i_read_plane; /* index into read->planes, or -1 */

    struct rt_block_range source_blocks; /* bounds all that is needed */
    unsigned char *need;            /* over source_blocks: to be decoded */

    struct rt_block_range reach; /* the cells that source_blocks touch */

    struct rt_held_piece **held;
    size_t n_held, held_room;

    struct rt_in_flight *flight; /* NULL where nothing is kept */
    struct rt_in_flight *other;  /* in the way of it */

    pthread_mutex_t lock;
    pthread_cond_t opened;
    /* Guarded by lock while several threads decode. */
    struct rt_fill_cell *state;    /* over reach */
    struct rt_block **open_blocks; /* over reach, n_planes each */
    struct rt_block_range failed;  /* blocks that could not be decoded */
};

/* Finds the source blocks that the missing cells need, pins the pieces that
 * spare a decode, and sets source_blocks, need and held. */
RT_MUST_CHECK enum rt_status rt_fill_find_need(struct rt_fill *fill,
                                               struct rt_error *err);

/* Whether another fill has left a piece since then that spares a missing cell
 * one of its source blocks. */
bool rt_fill_has_new_piece(const struct rt_fill *fill, int32_t col_blk,
                           int32_t row_blk);

/* Then, what else is decoded on the way, and what becomes of every cell: sets
 * reach, state and open_blocks, and adds to need. */
RT_MUST_CHECK enum rt_status rt_fill_find_reach(struct rt_fill *fill,
                                                struct rt_error *err);

/* Bytes of a pixel in all the planes that are decoded. */
uint64_t rt_fill_px_bytes(const struct rt_fill *fill);

/* How many threads decode, and the most bytes that each of them holds: found
 * before it is known which runs there are. */
struct rt_fill_workers {
    int32_t n_workers;
    uint64_t run_bytes;  /* pixels of a run */
    uint64_t held_bytes; /* by each worker: a run, and its decoder's */
};

struct rt_fill_workers rt_fill_plan_workers(const struct rt_fill *fill);

/* Decodes what is needed in runs of at most workers->run_bytes, or of one
 * source block, and hands it out. */
RT_MUST_CHECK enum rt_status rt_fill_decode(struct rt_fill *fill,
                                            const struct rt_fill_workers *workers,
                                            struct rt_error *err);

/* Whether this thread decodes already, for a source that reads through
 * another view. */
bool rt_fill_is_nested(void);

/* A decoded run of source blocks. */
struct rt_fill_run {
    struct rt_block_range source_blocks;
    struct rt_window window;
    unsigned char **planes; /* pixels, one buffer a plane */
};

/* Hands out a decoded run. Called by several threads, for different runs. */
void rt_fill_scatter(struct rt_fill *fill, const struct rt_fill_run *run);

/* Hands out what earlier fills left over, unless its source block is decoded
 * all the same for another cell. RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_fill_use_held_pieces(struct rt_fill *fill,
                                                     struct rt_error *err);

/* Gives back the held pieces; those of a cell that is whole now are dropped
 * from the cache. */
void rt_fill_release_held(struct rt_fill *fill);

/* Gives back cells that stayed incomplete, and the held pieces. */
void rt_fill_close(struct rt_fill *fill);

/* The number of a source block in its layer. */
static inline int64_t rt_source_block_number(const struct rt_layer *source,
                                        int32_t col_blk, int32_t row_blk)
{
    return (int64_t)row_blk * source->grid.cols + col_blk;
}

#endif
