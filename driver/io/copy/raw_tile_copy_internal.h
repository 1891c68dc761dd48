/* raw_tile_copy_internal.h - shared by raw_tile_copy.c and
 * raw_tile_copy_run.c. */
#ifndef RETILE_IO_COPY_RAW_TILE_COPY_INTERNAL_H
#define RETILE_IO_COPY_RAW_TILE_COPY_INTERNAL_H

#include "cpl_vsi.h"
#include "io/copy/raw_tile_copy.h"
#include "io/copy/tiff_origin.h"
#include "io/dataset/version.h"
#include "io/tiff/handle.h"

/* Fixed after open, except for the positions of libtiff and of the file. */
struct rt_raw_tile_copy {
    const struct rt_image_copy *copy;
    struct rt_tiff_origin origin;
    struct rt_source_version *version;
    struct rt_tiff_messages messages;
    TIFF *tiff;     /* for the arrays of offsets and byte counts */
    VSILFILE *file; /* for the tiles' bytes */
    uint64_t file_bytes;
    int directory;
    int *bands;                    /* of the source, for each plane of the
                                    * file */
    uint32_t cols, rows, planes;   /* tiles of the file */
    uint32_t source_cols;          /* tiles of the source, */
    uint32_t source_plane_tiles;   /* ... in one of its planes */
    uint32_t first_col, first_row; /* of the source's tiles: where the window
                                    * begins */
    uint64_t buffer_bytes;         /* limit for a run of tiles */
    uint64_t largest_bytes;        /* of a tile */
    uint64_t n_holes;
};

/* The number of tiles of the file. */
uint64_t rt_raw_tile_copy_tiles(const struct rt_raw_tile_copy *raw);

/* The position and size, in the source, of the file's tile of that number. A
 * hole has size 0. False if the arrays cannot be read. */
bool rt_raw_tile_copy_locate(const struct rt_raw_tile_copy *raw, uint64_t tile,
                             uint64_t *at, uint64_t *n_bytes);

#endif
