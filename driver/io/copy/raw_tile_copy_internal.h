/* raw_tile_copy_internal.h - what the two halves of passthrough share. */
#ifndef RETILE_IO_COPY_RAW_TILE_COPY_INTERNAL_H
#define RETILE_IO_COPY_RAW_TILE_COPY_INTERNAL_H

#include "cpl_vsi.h"
#include "io/copy/raw_tile_copy.h"
#include "io/copy/tiff_origin.h"
#include "io/dataset/version.h"
#include "io/tiff/handle.h"

/* Fixed after open, but for libtiff's and the file's position. */
struct rt_raw_tile_copy {
    const struct rt_image_copy *copy;
    struct rt_tiff_origin origin;
    struct rt_source_version *version;
    struct rt_tiff_messages messages;
    TIFF *tiff;     /* for the table of tiles */
    VSILFILE *file; /* for their bytes */
    uint64_t file_bytes;
    int directory;
    int *bands;                    /* of the source, by plane of the file */
    uint32_t cols, rows, planes;   /* tiles of the file */
    uint32_t source_cols;          /* tiles of the source, */
    uint32_t source_plane_tiles;   /* ... of one of its planes */
    uint32_t first_col, first_row; /* of the source's tiles */
    uint64_t buffer_bytes;         /* what a run of tiles may take */
    uint64_t largest_bytes;        /* of a tile */
    uint64_t n_holes;
};

/* Tiles of the file. */
uint64_t rt_raw_tile_copy_tiles(const struct rt_raw_tile_copy *passthrough);

/* Where the source has what is to be the file's tile of that number. A hole
 * has no bytes. False where the table of tiles cannot be read. */
bool rt_raw_tile_copy_locate(const struct rt_raw_tile_copy *passthrough,
                             uint64_t tile, uint64_t *at, uint64_t *n_bytes);

#endif
