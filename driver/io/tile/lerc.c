/* lerc.c - see lerc.h.
 *
 * If the last band is alpha after other bands of bytes and contains only 0 and
 * 255, it becomes LERC's mask, unless it is to be kept. LERC itself adds NaN to
 * the mask. libtiff's decoder expects values in the file's byte order, whatever
 * LERC makes of them. It accepts a mask for floating point numbers only if a
 * tile holds one band.
 */
#include "io/tile/lerc.h"

#include <math.h>
#include <string.h>

#include <Lerc_c_api.h>
#include <tiff.h>

#define KIB UINT64_C(1024)

/* LERC's number for the type of a sample, or -1. */
static int lerc_type(const struct rt_tile_format *format)
{
    const bool is_signed = format->sample_format == SAMPLEFORMAT_INT;

    if (format->packing != RT_PACK_NONE)
        return -1;
    if (format->sample_format == SAMPLEFORMAT_IEEEFP)
        return format->bits == 32 ? 6 : format->bits == 64 ? 7 : -1;
    if (!is_signed && format->sample_format != SAMPLEFORMAT_UINT)
        return -1;
    switch (format->bits) {
    case 8:
        return is_signed ? 0 : 1;
    case 16:
        return is_signed ? 2 : 3;
    case 32:
        return is_signed ? 4 : 5;
    default:
        return -1;
    }
}

enum rt_status rt_lerc_check(const struct rt_tile_format *format,
                             struct rt_error *err)
{
    if (lerc_type(format) >= 0)
        return RT_OK;
    return rt_error_set(
        err, RT_ERR_ARGUMENT, "LERC cannot encode %u bits in sample format %u",
        (unsigned)format->bits, (unsigned)format->sample_format);
}

uint64_t rt_lerc_bound_bytes(const struct rt_tile_format *format)
{
    return format->packed_bytes + format->packed_bytes / 8 + 64 * KIB;
}

/* Measured, and rounded up. */
uint64_t rt_lerc_state_bytes(const struct rt_tile_format *format)
{
    return format->packed_bytes + 512 * KIB;
}

static size_t n_pixels(const struct rt_tile_format *format)
{
    return (size_t)format->w_px * (size_t)format->h_px;
}

static bool ends_in_alpha(const struct rt_tile_format *format)
{
    return !format->lerc_alpha_band && lerc_type(format) == 1 &&
           format->samples > 1 && format->n_extra_samples > 0 &&
           format->extra_samples[format->n_extra_samples - 1] ==
               EXTRASAMPLE_UNASSALPHA;
}

/* Removes the alpha band if it is a mask. */
static bool split_alpha(const struct rt_tile_format *format, uint8_t *pixels,
                        uint8_t *mask)
{
    const size_t samples = (size_t)format->samples, kept = samples - 1;
    const size_t n = n_pixels(format);

    for (size_t i = 0; i < n; i++) {
        mask[i] = pixels[i * samples + kept];
        if (mask[i] != 0 && mask[i] != UINT8_MAX)
            return false;
    }
    for (size_t i = 0; i < n; i++)
        memmove(pixels + i * kept, pixels + i * samples, kept);
    return true;
}

static bool has_nan(const struct rt_tile_format *format, const void *tile)
{
    const size_t n = n_pixels(format) * (size_t)format->samples;

    if (lerc_type(format) == 6)
        for (size_t i = 0; i < n; i++)
            if (isnan(((const float *)tile)[i]))
                return true;
    if (lerc_type(format) == 7)
        for (size_t i = 0; i < n; i++)
            if (isnan(((const double *)tile)[i]))
                return true;
    return false;
}

/* LERC would write such tiles, but they could not be read again, or, if bytes
 * are swapped, other values would replace those that look like NaN. */
static enum rt_status check_nan(const struct rt_tile_format *format,
                                const void *tile, struct rt_error *err)
{
    if ((format->samples == 1 && !format->swapped) || !has_nan(format, tile))
        return RT_OK;
    if (format->samples == 1)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "COMPRESS=LERC cannot hold these pixels in this "
                            "byte order: write ENDIANNESS=NATIVE, or another "
                            "COMPRESS");
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "COMPRESS=LERC cannot hold NaN if the pixels of "
                        "several bands are interleaved: write another "
                        "COMPRESS, such as ZSTD or DEFLATE, or INTERLEAVE=BAND "
                        "with LAYOUT=GTIFF and without overviews");
}

enum rt_status rt_lerc_encode(const struct rt_tile_format *format, void *tile,
                              uint8_t *mask, uint8_t *blob, uint64_t *n_bytes,
                              struct rt_error *err)
{
    const uint64_t bound = rt_lerc_bound_bytes(format);
    int depth = format->samples;
    bool masked = false;
    unsigned int written = 0;
    lerc_status status;

    if (check_nan(format, tile, err) != RT_OK)
        return err->status;
    if (ends_in_alpha(format)) {
        masked = split_alpha(format, tile, mask);
        depth -= masked ? 1 : 0;
    }
    memset(blob, 0, (size_t)bound);
    status = lerc_encodeForVersion(
        tile, (int)format->lerc_parameters[0], (unsigned)lerc_type(format),
        depth, format->w_px, format->h_px, 1, masked ? 1 : 0,
        masked ? mask : NULL, format->max_z_error, blob, (unsigned)bound,
        &written);
    if (status != 0)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "LERC cannot encode a tile (its error %u)",
                            (unsigned)status);
    *n_bytes = written;
    return RT_OK;
}
