/* mosaic_pixels.c - see mosaic_pixels.h. */
#include "io/mosaic/mosaic_pixels.h"

#include <stddef.h>

#define COPY_VALID(pixel_type)                                                 \
    do {                                                                       \
        const pixel_type *in = from;                                           \
        pixel_type *out = to;                                                  \
                                                                               \
        for (int32_t i = 0; i < n_px; i++)                                     \
            if (in[i] != nodata)                                               \
                out[i] = in[i];                                                \
    } while (false)

/* Copies small integers, except those that are nodata. */
static void copy_valid(GDALDataType type, const void *from, void *to,
                       int32_t n_px, int32_t nodata)
{
    if (type == GDT_Byte)
        COPY_VALID(uint8_t);
    else if (type == GDT_UInt16)
        COPY_VALID(uint16_t);
    else
        COPY_VALID(int16_t);
}

/* The same from a type that is not the mosaic's: GDAL compares the file's
 * values as 32-bit floats, and converts after that. */
static void convert_valid(GDALDataType from_type, const void *from,
                          GDALDataType to_type, void *to, int32_t n_px,
                          int32_t nodata)
{
    const int from_bytes = GDALGetDataTypeSizeBytes(from_type);
    const int to_bytes = GDALGetDataTypeSizeBytes(to_type);

    for (int32_t i = 0; i < n_px; i++) {
        float value;

        GDALCopyWords((const unsigned char *)from + (ptrdiff_t)i * from_bytes,
                      from_type, 0, &value, GDT_Float32, 0, 1);
        if (value < (float)nodata || value > (float)nodata)
            GDALCopyWords(&value, GDT_Float32, 0,
                          (unsigned char *)to + (ptrdiff_t)i * to_bytes,
                          to_type, 0, 1);
    }
}

static void copy_row(const struct rt_mosaic_target *target,
                     GDALDataType from_type, const void *from, void *to,
                     int32_t n_px)
{
    const int from_bytes = GDALGetDataTypeSizeBytes(from_type);
    const int to_bytes = GDALGetDataTypeSizeBytes(target->type);

    if (!target->has_nodata)
        GDALCopyWords(from, from_type, from_bytes, to, target->type, to_bytes,
                      n_px);
    else if (from_type == target->type)
        copy_valid(target->type, from, to, n_px, target->nodata);
    else
        convert_valid(from_type, from, target->type, to, n_px, target->nodata);
}

void rt_mosaic_take(void *context, const struct rt_part *part)
{
    const struct rt_mosaic_target *target = context;
    const int64_t to_bytes = GDALGetDataTypeSizeBytes(target->type);
    struct rt_window seen;

    if (!rt_window_intersect(&part->window, &target->window, &seen))
        return;
    for (int32_t i = 0; i < part->n_planes; i++) {
        const int32_t plane = part->i_planes[i];
        const GDALDataType type = target->file_types[plane];
        const int64_t from_bytes = GDALGetDataTypeSizeBytes(type);

        for (int32_t y = seen.y_px; y < seen.y_px + seen.h_px; y++)
            copy_row(target, type,
                     (const unsigned char *)part->pixels[i] +
                         ((int64_t)(y - part->window.y_px) * part->line_px +
                          (seen.x_px - part->window.x_px)) *
                             from_bytes,
                     target->planes[plane] +
                         ((int64_t)(y - target->window.y_px) * target->line_px +
                          (seen.x_px - target->window.x_px)) *
                             to_bytes,
                     seen.w_px);
    }
}
