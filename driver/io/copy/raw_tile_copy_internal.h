/* raw_tile_copy_internal.h - shared by raw_tile_copy.c, raw_tile_part.c and
 * raw_tile_copy_run.c. */
#ifndef RETILE_IO_COPY_RAW_TILE_COPY_INTERNAL_H
#define RETILE_IO_COPY_RAW_TILE_COPY_INTERNAL_H

#include "cpl_vsi.h"
#include "io/copy/raw_tile_copy.h"
#include "io/copy/tiff_origin.h"
#include "io/dataset/version.h"
#include "io/tiff/handle.h"

/* A TIFF and the tiles of the file that come from it. Fixed after it was
 * added, except for the handles and the positions of libtiff and of the file.
 */
struct rt_raw_part {
    char *path; /* in any of GDAL's file systems */
    struct rt_source_version *version;
    int directory;
    int *bands;                  /* of this TIFF, for each plane of the file */
    uint32_t at_col, at_row;     /* its first tile in the file, */
    uint32_t cols, rows;         /* ... and how many there are */
    uint32_t first_col;          /* the first of them in this TIFF */
    uint32_t first_row;          /* ... likewise */
    uint32_t source_cols;        /* tiles of this TIFF, */
    uint32_t source_plane_tiles; /* ... in one of its planes */
    uint64_t source_tiles;       /* ... and in all */
    /* NULL while it is closed. */
    TIFF *tiff;     /* for the arrays of offsets and byte counts */
    VSILFILE *file; /* for the tiles' bytes */
    struct rt_tiff_messages messages;
    uint64_t last_use;
};

struct rt_raw_tile_copy {
    const struct rt_image_copy *copy;
    bool any_loss;
    struct rt_raw_part **parts;
    uint32_t n_parts;
    uint32_t *part_of;           /* for each tile of a plane: its part, from 1;
                                  * 0 for none */
    uint32_t n_open;             /* parts with handles */
    uint64_t uses;               /* a clock for last_use */
    uint32_t cols, rows, planes; /* tiles of the file */
    uint64_t buffer_bytes;       /* limit for a run of tiles */
    uint64_t largest_bytes;      /* of a tile */
    uint64_t n_holes;
};

/* The number of tiles of the file. */
uint64_t rt_raw_tile_copy_tiles(const struct rt_raw_tile_copy *raw);

/* The part that the file's tile of that number comes from, with its handles
 * open until 63 others have been used. RT_ERR_SOURCE if it cannot be opened. */
RT_MUST_CHECK enum rt_status rt_raw_tile_copy_part(struct rt_raw_tile_copy *raw,
                                                   uint64_t tile,
                                                   struct rt_raw_part **part,
                                                   struct rt_error *err);

/* The position and size, in part, of the file's tile of that number. A hole
 * has size 0. False if the arrays cannot be read. */
bool rt_raw_tile_copy_locate(const struct rt_raw_tile_copy *raw,
                             const struct rt_raw_part *part, uint64_t tile,
                             uint64_t *at, uint64_t *n_bytes);

/* Opens the handles of part, and closes those that were used longest ago if
 * there are too many. */
RT_MUST_CHECK enum rt_status rt_raw_part_open(struct rt_raw_tile_copy *raw,
                                              struct rt_raw_part *part,
                                              struct rt_error *err);

/* The most tiles of parts that libtiff holds arrays for at the same time. */
uint64_t rt_raw_parts_open_tiles(const struct rt_raw_tile_copy *raw);

/* NULL is allowed. */
void rt_raw_part_free(struct rt_raw_part *part);

#endif
