/* cog_file_internal.h - what the files of cog_file share. */
#ifndef RETILE_IO_COG_FILE_INTERNAL_H
#define RETILE_IO_COG_FILE_INTERNAL_H

#include <stdint.h>

#include "core/spill_file.h"
#include "io/cog_file.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An encoded tile that waits. */
struct rt_cog_tile {
    uint64_t at_bytes; /* in the temporary file */
    uint64_t sum;
    uint32_t n_bytes; /* 0: a hole */
};

struct rt_cog_image {
    uint32_t n_tiles;
    struct rt_cog_tile *tiles; /* owned */
};

struct rt_cog_spill;

/* The tiles are each its putter's; all else is fixed after create. */
struct rt_cog_file {
    struct rt_cog_shape shape;   /* its n_tiles is not kept */
    struct rt_cog_image *images; /* owned; by directory */
    int32_t n_images;
    struct rt_cog_spill *spill; /* owned */
};

/* Reads a tile for the last time: its room on the disk may be given back.
 * One thread at a time. */
enum rt_status rt_cog_spill_take(struct rt_cog_spill *spill,
                                 const struct rt_cog_tile *tile, void *bytes,
                                 struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
