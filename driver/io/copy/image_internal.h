/* image_internal.h - what the parts of image_copy share.
 *
 * What a worker hands to the writer is a list of chunks, one for each plane
 * that the file keeps apart, and one for the mask: their sizes, 8 bytes each,
 * and then their bytes. A chunk of no bytes is a tile that stays absent.
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
    uint64_t least_bytes; /* where the budget is too small for it */
    const int32_t *planes;
    int32_t n_planes;
    int32_t first_chunk; /* the file's plane of the first chunk */
    int32_t n_chunks;    /* masks apart */
    int32_t number, n_passes;
    struct rt_image_encoder *encoders; /* two by worker: of planes, of masks */
    struct rt_tiff_tiles *tiles;       /* NULL where there is a pyramid */
};

/* A worker's, for the level that it was last at. */
struct rt_image_encoder {
    const struct rt_tile_format *format;
    struct rt_tile_encoder *encoder;
    bool clamped;
};

bool rt_image_has_masks(const struct rt_image_pass *pass);

/* What tiles of a level's planes or masks are encoded as. */
const struct rt_tile_format *rt_image_format(const struct rt_image_pass *pass,
                                             int32_t level, bool mask);

/* Of the sizes before the chunks. */
uint64_t rt_image_header_bytes(const struct rt_image_pass *pass);

/* As rt_copy_io has them; context: the pass. */
enum rt_status rt_image_encode(void *context, int32_t worker,
                               const struct rt_copy_tile *tile, void *pixels,
                               void *encoded, uint64_t *n_bytes,
                               struct rt_error *err);
enum rt_status rt_image_write(void *context, const struct rt_copy_tile *tile,
                              const void *encoded, uint64_t n_bytes,
                              struct rt_error *err);

void rt_image_drop_encoder(struct rt_image_encoder *encoder);

#endif
