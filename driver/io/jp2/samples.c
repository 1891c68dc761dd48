/* samples.c - see samples.h. */
#include "io/jp2/samples.h"

#include <string.h>

static int32_t clamp(int32_t value, int32_t least, int32_t most)
{
    return value < least ? least : value > most ? most : value;
}

static void put_u8(const int32_t *samples, size_t n, uint8_t *pixels)
{
    for (size_t i = 0; i < n; i++)
        pixels[i] = (uint8_t)clamp(samples[i], 0, UINT8_MAX);
}

static void put_u16(const int32_t *samples, size_t n, uint16_t *pixels)
{
    for (size_t i = 0; i < n; i++)
        pixels[i] = (uint16_t)clamp(samples[i], 0, UINT16_MAX);
}

static void put_i16(const int32_t *samples, size_t n, int16_t *pixels)
{
    for (size_t i = 0; i < n; i++)
        pixels[i] = (int16_t)clamp(samples[i], INT16_MIN, INT16_MAX);
}

static void put_u32(const int32_t *samples, size_t n, uint32_t *pixels)
{
    for (size_t i = 0; i < n; i++)
        pixels[i] = (uint32_t)clamp(samples[i], 0, INT32_MAX);
}

bool rt_jp2_samples_has(GDALDataType type)
{
    return type == GDT_Byte || type == GDT_UInt16 || type == GDT_Int16 ||
           type == GDT_UInt32 || type == GDT_Int32;
}

static void put(const int32_t *samples, size_t n, GDALDataType type,
                void *pixels)
{
    if (type == GDT_Byte)
        put_u8(samples, n, pixels);
    else if (type == GDT_UInt16)
        put_u16(samples, n, pixels);
    else if (type == GDT_Int16)
        put_i16(samples, n, pixels);
    else if (type == GDT_UInt32)
        put_u32(samples, n, pixels);
    else
        memcpy(pixels, samples, n * sizeof(*samples));
}

void rt_jp2_samples_put(const int32_t *samples, size_t n, int32_t factor,
                        GDALDataType type, void *pixels)
{
    const size_t px_bytes = (size_t)GDALGetDataTypeSizeBytes(type);
    uint8_t *at = pixels;

    if (factor == 1) {
        put(samples, n, type, pixels);
        return;
    }
    for (size_t i = 0; i < n; i++, at += px_bytes) {
        const int32_t sample =
            (int32_t)((uint32_t)samples[i] * (uint32_t)factor);

        put(&sample, 1, type, at);
    }
}

/* The coefficients of ITU-R BT.601, with as many digits as GDAL uses. */
void rt_jp2_samples_rgb(const int32_t *y, const int32_t *cb, const int32_t *cr,
                        size_t first, size_t n, int band, uint8_t *pixels)
{
    for (size_t i = first; i < first + n; i++) {
        const int32_t blue = cb[i / 2] - 128, red = cr[i / 2] - 128;
        double value;

        if (band == 0)
            value = y[i] + 1.402 * red;
        else if (band == 1)
            value = y[i] - 0.34414 * blue - 0.71414 * red;
        else
            value = y[i] + 1.772 * blue;
        pixels[i - first] = (uint8_t)clamp((int32_t)value, 0, UINT8_MAX);
    }
}
