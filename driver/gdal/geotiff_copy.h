/* geotiff_copy.h - `-of RETILE out.tif`: a copy into a tiled GeoTIFF, Cloud
 * Optimized if so asked.
 */
#ifndef RETILE_GDAL_GEOTIFF_COPY_H
#define RETILE_GDAL_GEOTIFF_COPY_H

#include "core/base/status.h"
#include "gdal_priv.h"

/* Copies poSrcDS to pszFilename and returns the finished file as GTiff opens
 * it; nullptr with err set otherwise, and then nothing of it is left and an
 * older file of the name is as it was. */
GDALDataset *RetileCopyToGeoTiff(const char *pszFilename, GDALDataset *poSrcDS,
                                 bool bCog, bool bStrict,
                                 CSLConstList papszOptions,
                                 GDALProgressFunc pfnProgress,
                                 void *pProgressData, rt_error *err);

#endif
