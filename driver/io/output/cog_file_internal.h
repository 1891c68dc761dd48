/* cog_file_internal.h - shared by cog_file.c and cog_finish.c. */
#ifndef RETILE_IO_OUTPUT_COG_FILE_INTERNAL_H
#define RETILE_IO_OUTPUT_COG_FILE_INTERNAL_H

#include <stdint.h>

#include "io/output/cog_file.h"
#include "io/output/cog_spill.h"

struct rt_cog_image {
    uint32_t n_tiles;
    struct rt_cog_tile *tiles; /* owned */
};

/* Each tile belongs to the thread that puts it. Everything else is fixed after
 * create. */
struct rt_cog_file {
    struct rt_cog_shape shape;   /* n_tiles is not kept */
    struct rt_cog_image *images; /* owned; by directory */
    int32_t n_images;
    struct rt_cog_spill *spill; /* owned */
};

#endif
