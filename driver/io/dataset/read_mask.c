/* read_mask.c - see read_mask.h.
 *
 * Where GDAL confuses lines with gaps, it gets a buffer without any.
 */
#include "io/dataset/read_mask.h"

#include <stdbool.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_vsi.h"
#include "io/dataset/gdal_versions.h"

static bool has_gaps(int w_px, GDALDataType type, GSpacing pixel_bytes,
                     GSpacing line_bytes)
{
    const GSpacing bytes = GDALGetDataTypeSizeBytes(type);

    return (pixel_bytes != 0 && pixel_bytes != bytes) ||
           (line_bytes != 0 && line_bytes != bytes * w_px);
}

static void spread(const GByte *packed, int w_px, int h_px, GByte *pixels,
                   GDALDataType type, GSpacing pixel_bytes, GSpacing line_bytes)
{
    const int bytes = GDALGetDataTypeSizeBytes(type);
    const GSpacing pixel = pixel_bytes != 0 ? pixel_bytes : bytes;
    const GSpacing line = line_bytes != 0 ? line_bytes : pixel * w_px;

    for (int y = 0; y < h_px; y++)
        for (int x = 0; x < w_px; x++, packed += bytes)
            memcpy(pixels + y * line + x * pixel, packed, (size_t)bytes);
}

CPLErr rt_gdal_read_mask(GDALRasterBandH mask, int x_px, int y_px, int w_px,
                         int h_px, void *pixels, int buffer_w_px,
                         int buffer_h_px, GDALDataType type,
                         GSpacing pixel_bytes, GSpacing line_bytes,
                         GDALRasterIOExtraArg *extra)
{
    const bool packs = RT_GDAL_CONFUSES_GAPS_OF_MASKS &&
                       has_gaps(buffer_w_px, type, pixel_bytes, line_bytes);
    GByte *packed;
    CPLErr failed;

    if (!packs)
        return GDALRasterIOEx(mask, GF_Read, x_px, y_px, w_px, h_px, pixels,
                              buffer_w_px, buffer_h_px, type, pixel_bytes,
                              line_bytes, extra);
    packed = VSI_MALLOC3_VERBOSE((size_t)buffer_w_px, (size_t)buffer_h_px,
                                 (size_t)GDALGetDataTypeSizeBytes(type));
    if (packed == NULL)
        return CE_Failure;
    failed = GDALRasterIOEx(mask, GF_Read, x_px, y_px, w_px, h_px, packed,
                            buffer_w_px, buffer_h_px, type, 0, 0, extra);
    if (failed == CE_None)
        spread(packed, buffer_w_px, buffer_h_px, pixels, type, pixel_bytes,
               line_bytes);
    VSIFree(packed);
    return failed;
}
