/* fill_internal.h - the state of one fill. Shared by fill.c (the order of the
 * steps), fill_need.c (which source blocks and cells), fill_decode.c (runs and
 * threads) and fill_scatter.c (where the pixels go).
 */
#ifndef RETILE_CORE_VIEW_FILL_INTERNAL_H
#define RETILE_CORE_VIEW_FILL_INTERNAL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/cache/in_flight.h"
#include "core/view/internal.h"

enum rt_cell_mode {
    RT_CELL_IGNORE, /* nothing of it goes to the cache */
    RT_CELL_WHOLE,  /* this fill completes it: assembled and published */
    RT_CELL_PIECES  /* this fill decodes parts of it: kept as pieces */
};

/* A cell that a source block of this fill touches. */
struct rt_fill_cell {
    /* Fixed after rt_fill_find_reach. */
    enum rt_cell_mode mode;
    bool wanted; /* the read is waiting for it */
    /* Guarded by the fill's lock. */
    bool opening;  /* one thread is creating its blocks */
    bool given_up; /* WHOLE: it did not fit in the budget */
    bool published;
    uint64_t left_px; /* WHOLE: pixels still to come */
};

/* A piece left by an earlier fill: the part of a wanted cell that lies in one
 * source block, pinned in all planes. */
struct rt_held_piece {
    int32_t col_blk, row_blk; /* the cell that it is a part of */
    int64_t source_block;
    struct rt_block *blocks[]; /* one for each decoded plane */
};

struct rt_fill {
    /* Fixed after rt_fill_find_reach. */
    const struct rt_read *read;
    const struct rt_layer *source;
    const struct rt_grid *cells;
    const unsigned char *missing; /* over read->cells */
    bool keep;                    /* cells may go to the cache */
    bool may_look_again;          /* before it decodes, the fill may ask whether
                                   * another one has done so since */
    bool look_again;              /* its result: it left this to the read */

    int32_t n_planes; /* decoded together */
    int32_t *planes;
    int32_t *i_read_plane; /* index into read->planes, or -1 */

    bool grouped;                        /* runs are groups of blocks */
    struct rt_block_range source_blocks; /* bounds all that are needed */
    /* Over source_blocks: whether to decode it. Cleared as runs are taken,
     * under the decode job's lock. */
    unsigned char *need;

    struct rt_block_range reach; /* the cells that source_blocks touch */

    struct rt_held_piece **held;
    size_t n_held, held_room;

    struct rt_in_flight *in_flight; /* NULL if there is no cache */
    struct rt_in_flight *other;     /* another fill's, which decodes the same
                                     * blocks */

    pthread_mutex_t lock;
    pthread_cond_t opened;
    /* Guarded by lock while several threads decode. */
    struct rt_fill_cell *state;    /* over reach */
    struct rt_block **open_blocks; /* over reach, n_planes each */
    /* Guarded by the decode job's lock while several threads decode. */
    struct rt_block_range failed; /* blocks that could not be decoded */
};

/* Finds the source blocks that the missing cells need, and pins the pieces that
 * save a decode. Sets source_blocks, need and held. */
RT_MUST_CHECK enum rt_status rt_fill_find_need(struct rt_fill *fill,
                                               struct rt_error *err);

/* Source blocks along each side of a group. */
#define RT_GROUP_SIDE_BLK 2

/* Two steps of rt_fill_find_need (fill_group.c). If enough of a source has been
 * read whose small reads are expensive, the first sets grouped and enlarges the
 * bounds to groups of two by two blocks. The second then marks all blocks of a
 * group of which one is needed, except those that are cached. */
void rt_fill_take_groups(struct rt_fill *fill);
void rt_fill_mark_groups(struct rt_fill *fill);

/* The group of a block; all source blocks if the fill is not grouped. */
struct rt_block_range rt_fill_group_of(const struct rt_fill *fill,
                                       int32_t col_blk, int32_t row_blk);

/* Counts pixels that the fill has decoded, for later fills of the layer. */
void rt_fill_count(const struct rt_fill *fill, uint64_t n_px);

/* Whether a cell (number RT_WHOLE_BLOCK), or the piece of it that lies in
 * source block number, is cached in all planes that are decoded. */
bool rt_fill_is_left(const struct rt_fill *fill, int32_t col_blk,
                     int32_t row_blk, int64_t number);

/* Whether another fill has since left a piece that makes decoding one of the
 * missing cell's source blocks unnecessary. */
bool rt_fill_has_new_piece(const struct rt_fill *fill, int32_t col_blk,
                           int32_t row_blk);

/* The step after rt_fill_find_need: finds what else must be decoded, and what
 * happens to every cell. Sets reach, state and open_blocks, and adds to
 * need. */
RT_MUST_CHECK enum rt_status rt_fill_find_reach(struct rt_fill *fill,
                                                struct rt_error *err);

/* Bytes of a pixel in all planes that are decoded. */
uint64_t rt_fill_px_bytes(const struct rt_fill *fill);

/* How many threads decode, and how many bytes each of them holds at most.
 * Computed before the runs are known. */
struct rt_fill_workers {
    int32_t n_workers;
    uint64_t run_bytes;  /* pixels of a run */
    uint64_t held_bytes; /* by each worker: a run and what its decoder holds */
};

struct rt_fill_workers rt_fill_plan_workers(const struct rt_fill *fill);

/* Decodes what is needed in runs of at most workers->run_bytes, or of one
 * source block, and passes each run to rt_fill_scatter. */
RT_MUST_CHECK enum rt_status
rt_fill_decode(struct rt_fill *fill, const struct rt_fill_workers *workers,
               struct rt_error *err);

/* Whether this thread is already decoding, for a source that reads through
 * another view. */
bool rt_fill_is_nested(void);

/* A decoded run of source blocks. */
struct rt_fill_run {
    struct rt_block_range source_blocks;
    struct rt_window window;
    unsigned char **planes; /* pixels, one buffer for each plane */
};

/* Delivers and caches a decoded run. Called by several threads for different
 * runs. */
void rt_fill_scatter(struct rt_fill *fill, const struct rt_fill_run *run);

/* Delivers the held pieces and adds them to their cells, except those whose
 * source block is decoded for another cell anyway. Returns RT_ERR_MEMORY if
 * that fails. */
RT_MUST_CHECK enum rt_status rt_fill_use_held_pieces(struct rt_fill *fill,
                                                     struct rt_error *err);

/* Releases the held pieces. Those of a cell that has been published are also
 * dropped from the cache. */
void rt_fill_release_held(struct rt_fill *fill);

/* Releases cells that stayed incomplete, and the held pieces. */
void rt_fill_close(struct rt_fill *fill);

/* The number of a source block in its layer. */
static inline int64_t rt_source_block_number(const struct rt_layer *source,
                                             int32_t col_blk, int32_t row_blk)
{
    return (int64_t)row_blk * source->grid.cols + col_blk;
}

#endif
