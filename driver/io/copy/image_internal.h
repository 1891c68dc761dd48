/* image_internal.h - shared by image.c and encode.c.
 *
 * An encoded tile is passed to the writer as a list of chunks: one for each
 * plane that the file stores separately, and one for the mask. First come the
 * sizes, 8 bytes each, and then the bytes. A chunk of size 0 is a tile that
 * stays absent.
 */
#ifndef RETILE_IO_COPY_IMAGE_INTERNAL_H
#define RETILE_IO_COPY_IMAGE_INTERNAL_H

#include "io/copy/image.h"
#include "io/tiff/tiles.h"
#include "io/tile/encoder.h"

/* One pass: all planes, or one of them. */
struct rt_image_pass {
    const struct rt_image_copy *copy;
    struct rt_copy_plan plan;
    struct rt_image_plan kept;
    uint64_t least_bytes; /* the minimum, if the budget is too small for it */
    const int32_t *planes;
    int32_t n_planes;
    int32_t first_chunk; /* the file's plane that the first chunk belongs to */
    int32_t n_chunks;    /* without the mask's */
    int32_t number, n_passes;
    struct rt_image_encoder *encoders; /* two for each worker: planes, masks */
    struct rt_tiff_tiles *tiles;       /* NULL if there is a pyramid */
    struct rt_tiff_tiles *mask_tiles;  /* NULL without copy->mask */
};

/* A worker's encoder, for the level that it encoded last. */
struct rt_image_encoder {
    const struct rt_tile_format *format;
    struct rt_tile_encoder *encoder;
    bool clamped;
};

bool rt_image_has_masks(const struct rt_image_pass *pass);

/* The tile format of a level's planes or masks. */
const struct rt_tile_format *rt_image_format(const struct rt_image_pass *pass,
                                             int32_t level, bool mask);

/* The size of the list of sizes in front of the chunks. */
uint64_t rt_image_header_bytes(const struct rt_image_pass *pass);

/* See rt_copy_io; context is the pass. */
enum rt_status rt_image_encode(void *context, int32_t worker,
                               const struct rt_copy_tile *tile, void *pixels,
                               void *encoded, uint64_t *n_bytes,
                               struct rt_error *err);
enum rt_status rt_image_write(void *context, const struct rt_copy_tile *tile,
                              const void *encoded, uint64_t n_bytes,
                              struct rt_error *err);

void rt_image_drop_encoder(struct rt_image_encoder *encoder);

#endif
