/* encoder.c - see encoder.h.
 *
 * A tile is padded, rounded, packed, predicted and put into the file's byte
 * order in the caller's buffer, row by row while the row is in the processor's
 * cache. Then the codec reads it once.
 */
#include "io/tile/encoder.h"

#include <stdlib.h>

#include <tiff.h>

#include "io/dataset/gdal_versions.h"
#include "io/tile/bit_pack.h"
#include "io/tile/codec.h"
#include "io/tile/edge.h"
#include "io/tile/format_fields.h"
#include "io/tile/predictor.h"

struct rt_tile_encoder {
    const struct rt_tile_format *format;
    struct rt_tile_codec *codec;
    void *scratch; /* a row, for predictor 3 */
    int32_t col_blk, row_blk, plane;
    bool placed;
    bool clamped;
};

enum rt_status rt_tile_encoder_create(const struct rt_tile_format *format,
                                      struct rt_tile_encoder **encoder,
                                      struct rt_error *err)
{
    struct rt_tile_encoder *made = calloc(1, sizeof(*made));
    enum rt_status status = RT_OK;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    made->format = format;
    if (format->predictor == PREDICTOR_FLOATINGPOINT) {
        made->scratch = malloc((size_t)format->row_bytes);
        if (made->scratch == NULL)
            status = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
    if (status == RT_OK)
        status = rt_tile_codec_create(format, &made->codec, err);
    if (status != RT_OK) {
        rt_tile_encoder_destroy(made);
        return status;
    }
    *encoder = made;
    return RT_OK;
}

void rt_tile_encoder_destroy(struct rt_tile_encoder *encoder)
{
    if (encoder == NULL)
        return;
    rt_tile_codec_destroy(encoder->codec);
    free(encoder->scratch);
    free(encoder);
}

void rt_tile_encoder_at(struct rt_tile_encoder *encoder, int32_t col_blk,
                        int32_t row_blk, int32_t plane)
{
    encoder->col_blk = col_blk;
    encoder->row_blk = row_blk;
    encoder->plane = plane;
    encoder->placed = true;
}

/* When GDAL 3.6's GTiff decides this, it mixes up the tile's row and column;
 * when it repeats the pixels, it does not. */
static bool repeats_edges(const struct rt_tile_encoder *encoder)
{
    const struct rt_tile_format *format = encoder->format;
    const int32_t last_col = rt_tile_format_cols(format) - 1;
    const int32_t last_row = rt_tile_format_rows(format) - 1;

    /* GTiff does not repeat samples of 12 bits. */
    if (format->compression != COMPRESSION_JPEG || format->bits != 8)
        return false;
    return RT_GDAL_REPEATS_ALL_JPEG_EDGES || !encoder->placed ||
           (encoder->row_blk == last_col &&
            format->raster_w_px % format->w_px != 0) ||
           (encoder->col_blk == last_row &&
            format->raster_h_px % format->h_px != 0);
}

/* LERC's mask leaves NaN out, so that padding costs no precision. */
static bool pads_nan(const struct rt_tile_format *format)
{
    return RT_GDAL_PADS_LERC_BY_NAN &&
           format->compression == COMPRESSION_LERC && format->samples == 1 &&
           format->packing == RT_PACK_NONE &&
           format->sample_format == SAMPLEFORMAT_IEEEFP;
}

static void pack_row(struct rt_tile_encoder *encoder, const void *row,
                     size_t n_samples, void *packed)
{
    const struct rt_tile_format *format = encoder->format;

    switch (format->packing) {
    case RT_PACK_NONE:
        break;
    case RT_PACK_FLAGS:
        rt_pack_flags(row, n_samples, packed);
        break;
    case RT_PACK_BITS:
        encoder->clamped |= rt_pack_bits(row, n_samples, format->sample_bytes,
                                         format->bits, packed);
        break;
    case RT_PACK_HALVES:
        encoder->clamped |= rt_pack_halves(row, n_samples, packed);
        break;
    }
}

/* Predictor 3 gives the bytes an order that is the same in every file. */
static void order_row(struct rt_tile_encoder *encoder, void *row)
{
    const struct rt_tile_format *format = encoder->format;
    const size_t stride = (size_t)format->samples;
    const uint32_t word_bytes = format->bits / 8U;
    uint32_t swap_bytes = format->swap_bytes;

    if (format->predictor == PREDICTOR_FLOATINGPOINT) {
        rt_predict_float(row, (size_t)format->row_bytes / word_bytes, stride,
                         word_bytes, encoder->scratch);
        return;
    }
    if (format->predictor == PREDICTOR_HORIZONTAL) {
        rt_predict_horizontal(row, (size_t)format->row_bytes / word_bytes,
                              stride, word_bytes);
        swap_bytes = word_bytes;
    }
    if (format->swapped)
        rt_swap_words(row, (size_t)format->row_bytes / swap_bytes, swap_bytes);
}

static void prepare(struct rt_tile_encoder *encoder, uint8_t *pixels)
{
    const struct rt_tile_format *format = encoder->format;
    const size_t n_samples = (size_t)format->w_px * (size_t)format->samples;
    const bool orders =
        format->prepared &&
        (format->predictor != PREDICTOR_NONE || format->swapped);
    uint8_t *packed = pixels;

    if (format->discard != NULL)
        rt_discard_lsb_apply(format->discard, pixels,
                             n_samples * (size_t)format->h_px, encoder->plane,
                             format->samples);
    if (format->packing == RT_PACK_NONE && !orders)
        return;
    for (int32_t y = 0; y < format->h_px; y++) {
        pack_row(encoder, pixels, n_samples, packed);
        if (orders)
            order_row(encoder, packed);
        pixels += n_samples * format->sample_bytes;
        packed += format->row_bytes;
    }
}

enum rt_status rt_tile_encoder_encode(struct rt_tile_encoder *encoder,
                                      void *pixels, int32_t valid_w_px,
                                      int32_t valid_h_px, void *encoded,
                                      uint64_t *n_bytes, struct rt_error *err)
{
    const struct rt_tile_format *format = encoder->format;

    if (valid_w_px < 1 || valid_w_px > format->w_px || valid_h_px < 1 ||
        valid_h_px > format->h_px)
        return rt_error_set(err, RT_ERR_INTERNAL,
                            "%d x %d valid pixels in a tile of %d x %d",
                            (int)valid_w_px, (int)valid_h_px, (int)format->w_px,
                            (int)format->h_px);
    if (format->holes &&
        rt_tile_is_hole(format, pixels, valid_w_px, valid_h_px)) {
        *n_bytes = 0;
        return RT_OK;
    }
    if (valid_w_px < format->w_px || valid_h_px < format->h_px) {
        if (repeats_edges(encoder))
            rt_tile_pad_edges(format, pixels, valid_w_px, valid_h_px);
        else if (pads_nan(format))
            rt_tile_pad_nan(format, pixels, valid_w_px, valid_h_px);
        else
            rt_tile_pad_zeros(format, pixels, valid_w_px, valid_h_px);
    }
    prepare(encoder, pixels);
    return rt_tile_codec_encode(encoder->codec, pixels, encoded, n_bytes, err);
}

bool rt_tile_encoder_clamped(const struct rt_tile_encoder *encoder)
{
    return encoder->clamped;
}
