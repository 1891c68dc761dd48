/* swath.h - the windows in which GDAL's own copy reads its source.
 *
 * For most sources the windows do not matter. But a VRT that resamples computes
 * slightly different pixels in each window. To get the pixels of GDAL's copy,
 * our copy has to read the same windows.
 */
#ifndef RETILE_IO_DATASET_SWATH_H
#define RETILE_IO_DATASET_SWATH_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The GeoTIFF image that GTiff would copy into. */
struct rt_gdal_target {
    int32_t tile_w_px, tile_h_px;
    GDALDataType type;
    bool compressed;
    bool interleaved; /* a pixel's bands are stored together */
    bool by_tiles;    /* written tile by tile, as files of the COG driver are */
};

/* Windows of this size from 0,0 on, row by row. Those at the right and bottom
 * edges are smaller. */
struct rt_gdal_swath {
    int32_t w_px, h_px;
    bool interleaved; /* read all bands together; otherwise band by band */
};

/* For all bands of source, as GDALDatasetCopyWholeRaster reads them with
 * GTiff's options. As there, the size depends on GDAL_SWATH_SIZE and
 * GDAL_CACHEMAX. */
struct rt_gdal_swath rt_gdal_swath_of(GDALDatasetH source,
                                      const struct rt_gdal_target *target);

/* For a mask that is copied into a mask with the same tiles, as
 * GDALRasterBandCopyWholeRaster reads it. */
struct rt_gdal_swath rt_gdal_swath_of_mask(GDALRasterBandH mask,
                                           const struct rt_gdal_target *target);

#ifdef __cplusplus
}
#endif
#endif
