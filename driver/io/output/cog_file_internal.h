/* cog_file_internal.h - what the files of cog_file share. */
#ifndef RETILE_IO_OUTPUT_COG_FILE_INTERNAL_H
#define RETILE_IO_OUTPUT_COG_FILE_INTERNAL_H

#include <stdint.h>

#include "io/output/cog_file.h"
#include "io/output/cog_spill.h"

struct rt_cog_image {
    uint32_t n_tiles;
    struct rt_cog_tile *tiles; /* owned */
};

/* The tiles are each its putter's; all else is fixed after create. */
struct rt_cog_file {
    struct rt_cog_shape shape;   /* its n_tiles is not kept */
    struct rt_cog_image *images; /* owned; by directory */
    int32_t n_images;
    struct rt_cog_spill *spill; /* owned */
};

#endif
