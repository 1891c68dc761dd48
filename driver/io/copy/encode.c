/* encode.c - encodes the tiles of a copied image and writes them. */
#include <string.h>

#include "io/copy/image_internal.h"

void rt_image_drop_encoder(struct rt_image_encoder *encoder)
{
    if (encoder->encoder != NULL)
        encoder->clamped |= rt_tile_encoder_clamped(encoder->encoder);
    rt_tile_encoder_destroy(encoder->encoder);
    encoder->encoder = NULL;
}

bool rt_image_has_masks(const struct rt_image_pass *pass)
{
    const struct rt_image_copy *copy = pass->copy;

    return copy->pyramid != NULL ? copy->pyramid->masks != NULL
                                 : copy->mask != NULL;
}

const struct rt_tile_format *rt_image_format(const struct rt_image_pass *pass,
                                             int32_t level, bool mask)
{
    const struct rt_image_pyramid *pyramid = pass->copy->pyramid;

    if (mask)
        return pyramid != NULL ? pyramid->masks[level]
                               : pass->copy->mask->format;
    return pyramid != NULL ? pyramid->formats[level] : pass->copy->format;
}

uint64_t rt_image_header_bytes(const struct rt_image_pass *pass)
{
    return (uint64_t)(pass->n_chunks + rt_image_has_masks(pass)) *
           sizeof(uint64_t);
}

/* The worker's encoder for planes or masks of a level. It is replaced when the
 * level changes. */
static enum rt_status encoder_for(const struct rt_image_pass *pass,
                                  int32_t worker, int32_t level, bool mask,
                                  struct rt_image_encoder **found,
                                  struct rt_error *err)
{
    const struct rt_tile_format *format = rt_image_format(pass, level, mask);
    struct rt_image_encoder *encoder = &pass->encoders[2 * worker + mask];

    *found = encoder;
    if (encoder->encoder != NULL && encoder->format == format)
        return RT_OK;
    rt_image_drop_encoder(encoder);
    encoder->format = format;
    return rt_tile_encoder_create(format, &encoder->encoder, err);
}

/* The place for encoded chunks, which follow one another. */
struct chunks {
    const struct rt_copy_tile *tile;
    unsigned char *encoded;
    int32_t n;   /* encoded so far */
    uint64_t at; /* position of the next chunk's bytes */
};

static enum rt_status encode_chunk(struct chunks *chunks,
                                   struct rt_image_encoder *encoder,
                                   int32_t plane, void *pixels,
                                   struct rt_error *err)
{
    const struct rt_copy_tile *tile = chunks->tile;
    enum rt_status status;
    uint64_t n = 0;

    rt_tile_encoder_at(encoder->encoder, tile->col, tile->row, plane);
    status = rt_tile_encoder_encode(encoder->encoder, pixels, tile->window.w_px,
                                    tile->window.h_px,
                                    chunks->encoded + chunks->at, &n, err);
    memcpy(chunks->encoded + (size_t)chunks->n * sizeof(n), &n, sizeof(n));
    chunks->at += n;
    chunks->n++;
    return status;
}

static enum rt_status encode_chunks(const struct rt_image_pass *pass,
                                    int32_t worker, struct chunks *chunks,
                                    unsigned char *pixels, struct rt_error *err)
{
    const int32_t level = chunks->tile->level;
    const uint64_t px =
        (uint64_t)pass->plan.x.tile_px * (uint64_t)pass->plan.y.tile_px;
    const uint64_t planes_bytes =
        px * (uint64_t)pass->n_planes *
        rt_tile_format_sample_bytes(pass->copy->format);
    struct rt_image_encoder *encoder;
    enum rt_status status =
        encoder_for(pass, worker, level, false, &encoder, err);

    for (int32_t i = 0; status == RT_OK && i < pass->n_chunks; i++)
        status = encode_chunk(
            chunks, encoder, pass->first_chunk + i,
            pixels + (uint64_t)i * (planes_bytes / (uint64_t)pass->n_chunks),
            err);
    if (status != RT_OK || !rt_image_has_masks(pass))
        return status;
    status = encoder_for(pass, worker, level, true, &encoder, err);
    if (status == RT_OK)
        status = encode_chunk(chunks, encoder, 0, pixels + planes_bytes, err);
    return status;
}

enum rt_status rt_image_encode(void *context, int32_t worker,
                               const struct rt_copy_tile *tile, void *pixels,
                               void *encoded, uint64_t *n_bytes,
                               struct rt_error *err)
{
    const struct rt_image_pass *pass = context;
    const struct rt_image_pyramid *pyramid = pass->copy->pyramid;
    struct chunks chunks = {tile, encoded, 0, rt_image_header_bytes(pass)};
    enum rt_status status = RT_OK;

    if (pyramid != NULL && pyramid->on_tile != NULL && tile->level == 0)
        status = pyramid->on_tile(pyramid->context, tile, pixels, err);
    if (status == RT_OK)
        status = encode_chunks(pass, worker, &chunks, pixels, err);

    if (!pass->plan.overlap) {
        rt_image_drop_encoder(&pass->encoders[2 * worker]);
        rt_image_drop_encoder(&pass->encoders[2 * worker + 1]);
    }
    *n_bytes = chunks.at;
    return status;
}

/* number: libtiff's number of the tile. */
static enum rt_status write_chunk(const struct rt_image_pass *pass,
                                  int32_t level, bool mask, uint64_t number,
                                  const void *bytes, uint64_t n_bytes,
                                  struct rt_error *err)
{
    const struct rt_image_pyramid *pyramid = pass->copy->pyramid;

    if (pyramid != NULL)
        return pyramid->put(pyramid->context, level, mask, (uint32_t)number,
                            bytes, n_bytes, err);
    return rt_tiff_tiles_write(mask ? pass->mask_tiles : pass->tiles,
                               (uint32_t)number, bytes, n_bytes, err);
}

enum rt_status rt_image_write(void *context, const struct rt_copy_tile *tile,
                              const void *encoded, uint64_t n_bytes,
                              struct rt_error *err)
{
    const struct rt_image_pass *pass = context;
    const struct rt_tile_format *format =
        rt_image_format(pass, tile->level, false);
    const uint64_t cols = (uint64_t)rt_tile_format_cols(format);
    const uint64_t n_tiles = cols * (uint64_t)rt_tile_format_rows(format);
    const uint64_t number = (uint64_t)tile->row * cols + (uint64_t)tile->col;
    const int32_t n_chunks = pass->n_chunks + rt_image_has_masks(pass);
    uint64_t at = rt_image_header_bytes(pass);

    for (int32_t i = 0; i < n_chunks && at < n_bytes; i++) {
        const bool mask = i == pass->n_chunks;
        const uint64_t plane = mask ? 0 : (uint64_t)(pass->first_chunk + i);
        enum rt_status status;
        uint64_t n;

        memcpy(&n, (const unsigned char *)encoded + (size_t)i * sizeof(n),
               sizeof(n));
        if (n == 0)
            continue;
        status = write_chunk(pass, tile->level, mask, plane * n_tiles + number,
                             (const unsigned char *)encoded + at, n, err);
        if (status != RT_OK)
            return status;
        at += n;
    }
    return RT_OK;
}
