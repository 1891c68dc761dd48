/* edge.c - see edge.h. */
#include "io/tile/edge.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include <tiff.h>

#include "io/dataset/gdal_versions.h"

static size_t pixel_bytes(const struct rt_tile_format *format)
{
    return (size_t)format->samples * format->sample_bytes;
}

static size_t row_bytes(const struct rt_tile_format *format)
{
    return (size_t)format->w_px * pixel_bytes(format);
}

void rt_tile_pad_zeros(const struct rt_tile_format *format, void *pixels,
                       int32_t valid_w_px, int32_t valid_h_px)
{
    const size_t row = row_bytes(format);
    const size_t valid = (size_t)valid_w_px * pixel_bytes(format);
    uint8_t *at = pixels;

    for (int32_t y = 0; valid < row && y < valid_h_px; y++)
        memset(at + (size_t)y * row + valid, 0, row - valid);
    memset(at + (size_t)valid_h_px * row, 0,
           (size_t)(format->h_px - valid_h_px) * row);
}

void rt_tile_pad_nan(const struct rt_tile_format *format, void *pixels,
                     int32_t valid_w_px, int32_t valid_h_px)
{
    const double wide = NAN;
    const float narrow = NAN;
    const size_t bytes = format->sample_bytes;
    const size_t n_row = row_bytes(format) / bytes;
    const size_t n_valid = (size_t)valid_w_px * (size_t)format->samples;
    uint8_t *at = pixels;

    for (int32_t y = 0; y < format->h_px; y++, at += row_bytes(format))
        for (size_t x = y < valid_h_px ? n_valid : 0; x < n_row; x++)
            memcpy(at + x * bytes,
                   bytes == sizeof(wide) ? (const void *)&wide : &narrow,
                   bytes);
}

void rt_tile_pad_edges(const struct rt_tile_format *format, void *pixels,
                       int32_t valid_w_px, int32_t valid_h_px)
{
    const size_t row = row_bytes(format), pixel = pixel_bytes(format);
    const size_t valid = (size_t)valid_w_px * pixel;
    uint8_t *at = pixels;

    for (int32_t y = 0; y < valid_h_px; y++, at += row)
        for (size_t x = valid; x < row; x += pixel)
            memcpy(at + x, at + x - pixel, pixel);
    for (int32_t y = valid_h_px; y < format->h_px; y++, at += row)
        memcpy(at, at - row, row);
}

static void put_integer(void *value, int64_t integer, uint32_t bytes)
{
    const uint8_t u8 = (uint8_t)integer;
    const uint16_t u16 = (uint16_t)integer;
    const uint32_t u32 = (uint32_t)integer;

    if (bytes == 1)
        memcpy(value, &u8, sizeof(u8));
    else if (bytes == 2)
        memcpy(value, &u16, sizeof(u16));
    else if (bytes == 4)
        memcpy(value, &u32, sizeof(u32));
    else
        memcpy(value, &integer, sizeof(integer));
}

/* Sets the value of a hole's samples, in the sample's own type; false if no
 * sample can have it. Decimals are truncated, as in GTiff. */
static bool hole_value(const struct rt_tile_format *format, void *value)
{
    const double nodata = format->has_nodata ? format->nodata : 0;
    const uint32_t bits = format->bits;
    const bool is_signed = format->sample_format == SAMPLEFORMAT_INT;
    const double most = ldexp(1, (int)(is_signed ? bits - 1 : bits)) - 1;
    const double least = is_signed ? -most - 1 : 0;

    if (format->sample_format == SAMPLEFORMAT_IEEEFP) {
        const float narrow = (float)nodata;

        if (bits == 64)
            memcpy(value, &nodata, sizeof(nodata));
        else
            memcpy(value, &narrow, sizeof(narrow));
        return bits == 64 || !isfinite(nodata) || fabs(nodata) <= FLT_MAX;
    }
    if (!(nodata >= least && nodata <= most))
        return false;
    put_integer(value, (int64_t)nodata, format->sample_bytes);
    return true;
}

static bool is_comparable(const struct rt_tile_format *format,
                          int32_t valid_w_px)
{
    if (format->sample_format != SAMPLEFORMAT_UINT &&
        format->sample_format != SAMPLEFORMAT_INT &&
        format->sample_format != SAMPLEFORMAT_IEEEFP)
        return false;
    /* GTiff writes all tiles of Float16. */
    if (format->sample_format == SAMPLEFORMAT_IEEEFP && format->bits == 16)
        return false;
    if (format->packing == RT_PACK_NONE)
        return true;
    return format->bits < 8 && valid_w_px == format->w_px &&
           (!format->has_nodata || format->nodata == 0);
}

static bool same_bytes(const uint8_t *samples, size_t n, const void *value,
                       uint32_t sample_bytes)
{
    return memcmp(samples, value, sample_bytes) == 0 &&
           memcmp(samples, samples + sample_bytes, n - sample_bytes) == 0;
}

#define DEFINE_SAME(name, real)                                                \
    static bool name(const real *samples, size_t n, real value)                \
    {                                                                          \
        for (size_t i = 0; i < n; i++)                                         \
            if (!(samples[i] == value || (isnan(value) && isnan(samples[i])))) \
                return false;                                                  \
        return true;                                                           \
    }

DEFINE_SAME(same_floats, float)
DEFINE_SAME(same_doubles, double)

/* Whether n samples equal the value. -0 equals 0 and any NaN equals NaN, except
 * where GTiff compares the bytes of whole rows with zeros. */
static bool row_is(const struct rt_tile_format *format, const void *row,
                   size_t n, const void *value, bool by_bytes)
{
    float f32;
    double f64;

    if (format->sample_format != SAMPLEFORMAT_IEEEFP)
        return same_bytes(row, n * format->sample_bytes, value,
                          format->sample_bytes);
    if (format->bits == 32) {
        memcpy(&f32, value, sizeof(f32));
        return by_bytes && f32 == 0
                   ? same_bytes(row, n * sizeof(f32), &(float){0}, sizeof(f32))
                   : same_floats(row, n, f32);
    }
    memcpy(&f64, value, sizeof(f64));
    return by_bytes && f64 == 0
               ? same_bytes(row, n * sizeof(f64), &(double){0}, sizeof(f64))
               : same_doubles(row, n, f64);
}

bool rt_tile_is_hole(const struct rt_tile_format *format, const void *pixels,
                     int32_t valid_w_px, int32_t valid_h_px)
{
    const size_t n = (size_t)valid_w_px * (size_t)format->samples;
    const bool by_bytes =
        RT_GDAL_KEEPS_TILES_OF_MINUS_ZERO && valid_w_px == format->w_px;
    const uint8_t *row = pixels;
    uint8_t value[8];

    if (!is_comparable(format, valid_w_px) || !hole_value(format, value))
        return false;
    for (int32_t y = 0; y < valid_h_px; y++, row += row_bytes(format))
        if (!row_is(format, row, n, value, by_bytes))
            return false;
    return true;
}
