/* swath.h - the windows in which GDAL's own copy asks a source for its
 * pixels.
 *
 * Of most sources they do not matter. A VRT that resamples computes a little
 * otherwise in each window, though: to come to the same pixels, a copy of it
 * has to ask for the same.
 */
#ifndef RETILE_IO_DATASET_SWATH_H
#define RETILE_IO_DATASET_SWATH_H

#include <stdbool.h>
#include <stdint.h>

#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An image of a GeoTIFF that GTiff would copy into. */
struct rt_gdal_target {
    int32_t tile_w_px, tile_h_px;
    GDALDataType type;
    bool compressed;
    bool interleaved; /* all bands of a pixel side by side */
    bool by_tiles;    /* written tile by tile: the files of the COG driver */
};

/* Windows of this size from 0,0 on, row by row; those at the edges are
 * smaller. */
struct rt_gdal_swath {
    int32_t w_px, h_px;
    bool interleaved; /* all bands together; else the windows band by band */
};

/* For all bands of source: GDALDatasetCopyWholeRaster with GTiff's options.
 * What it takes depends on GDAL_SWATH_SIZE and GDAL_CACHEMAX, as there. */
struct rt_gdal_swath rt_gdal_swath_of(GDALDatasetH source,
                                      const struct rt_gdal_target *target);

/* For a mask that is copied into one of the same tiles:
 * GDALRasterBandCopyWholeRaster. */
struct rt_gdal_swath rt_gdal_swath_of_mask(GDALRasterBandH mask,
                                           const struct rt_gdal_target *target);

#ifdef __cplusplus
}
#endif
#endif
