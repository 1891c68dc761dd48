/* read_mask.h - reads pixels of masks.
 */
#ifndef RETILE_IO_DATASET_READ_MASK_H
#define RETILE_IO_DATASET_READ_MASK_H

#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What GDALRasterIOEx(mask, GF_Read, ...) does, with the right pixels in
 * buffers with gaps too. Masks must be read with this one if the buffer may
 * have gaps between pixels or lines. */
CPLErr rt_gdal_read_mask(GDALRasterBandH mask, int x_px, int y_px, int w_px,
                         int h_px, void *pixels, int buffer_w_px,
                         int buffer_h_px, GDALDataType type,
                         GSpacing pixel_bytes, GSpacing line_bytes,
                         GDALRasterIOExtraArg *extra);

#ifdef __cplusplus
}
#endif
#endif
