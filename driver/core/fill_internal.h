/* fill_internal.h - the state of one fill, between fill.c (what is decoded
 * when), fill_need.c (which natural blocks, which cells) and fill_scatter.c
 * (where the pixels go). */
#ifndef RETILE_CORE_FILL_INTERNAL_H
#define RETILE_CORE_FILL_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/view_internal.h"

enum rt_cell_mode {
    RT_CELL_IGNORE, /* nothing of it goes into the cache */
    RT_CELL_WHOLE,  /* this fill completes it: built and published */
    RT_CELL_PIECES  /* this fill decodes parts of it: kept as pieces */
};

/* A cell that a natural block of this fill touches. */
struct rt_fill_cell {
    enum rt_cell_mode mode;
    bool wanted; /* the read is waiting for it */
    bool published;
    uint64_t left_px; /* WHOLE: pixels still to come */
};

/* Left over from earlier fills: the part of a wanted cell that lies in one
 * natural block, all planes, pinned. */
struct rt_held_piece {
    int32_t col_blk, row_blk; /* the cell */
    int64_t natural;
    struct rt_block *blocks[]; /* one for each decoded plane */
};

struct rt_fill {
    const struct rt_read *read;
    const struct rt_layer *source;
    const struct rt_grid *cells;
    const unsigned char *missing; /* over read->cells */
    bool keep;                    /* cells can go into the cache */

    int32_t n_planes; /* decoded together */
    int32_t *planes;
    int32_t *i_read_plane; /* index into read->planes, or -1 */

    struct rt_block_range naturals; /* bounds all that is needed */
    unsigned char *need;            /* over naturals: still to be decoded */

    struct rt_block_range reach;   /* the cells that naturals touch */
    struct rt_fill_cell *state;    /* over reach */
    struct rt_block **open_blocks; /* over reach, n_planes each */

    struct rt_held_piece **held;
    size_t n_held, held_room;
};

/* Finds the natural blocks that the missing cells need, pins the pieces that
 * spare a decode, and sets naturals, need, reach, state and held. */
RT_MUST_CHECK enum rt_status rt_fill_find_need(struct rt_fill *fill,
                                               struct rt_error *err);

/* A decoded run of natural blocks. */
struct rt_fill_run {
    struct rt_block_range naturals;
    struct rt_window window;
    unsigned char **planes; /* pixels, one buffer a plane */
};

/* Hands out a decoded run. */
void rt_fill_scatter(struct rt_fill *fill, const struct rt_fill_run *run);

/* Hands out what earlier fills left over, unless its natural block is decoded
 * all the same for another cell. RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_fill_use_held_pieces(struct rt_fill *fill,
                                                     struct rt_error *err);

/* Gives back cells that stayed incomplete, and the held pieces; those of a
 * cell that is whole now are dropped from the cache. */
void rt_fill_close(struct rt_fill *fill);

/* The index of a cell of reach, or of a natural block of naturals. */
static inline size_t rt_range_index(const struct rt_block_range *range,
                                    int32_t col_blk, int32_t row_blk)
{
    return (size_t)(row_blk - range->row_blk) * (size_t)range->cols +
           (size_t)(col_blk - range->col_blk);
}

static inline bool rt_range_has(const struct rt_block_range *range,
                                int32_t col_blk, int32_t row_blk)
{
    return col_blk >= range->col_blk && row_blk >= range->row_blk &&
           col_blk - range->col_blk < range->cols &&
           row_blk - range->row_blk < range->rows;
}

static inline size_t rt_range_size(const struct rt_block_range *range)
{
    return (size_t)range->cols * (size_t)range->rows;
}

/* The number of a natural block in its layer. */
static inline int64_t rt_natural_number(const struct rt_layer *source,
                                        int32_t col_blk, int32_t row_blk)
{
    return (int64_t)row_blk * source->natural.cols + col_blk;
}

#endif
