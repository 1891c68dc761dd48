/* geotiff_copy.h - `-of RETILE out.tif`: a copy into a tiled GeoTIFF, or into a
 * Cloud Optimized one. */
#ifndef RETILE_GDAL_GEOTIFF_COPY_H
#define RETILE_GDAL_GEOTIFF_COPY_H

#include "core/base/status.h"
#include "gdal/copy/plan_report.h"
#include "gdal_priv.h"

/* Copies poSrcDS to pszFilename and returns the finished file, opened with
 * GTiff. On failure returns nullptr with err set. Then nothing of the copy is
 * left, and an older file of the name is unchanged. */
GDALDataset *RetileCopyToGeoTiff(const char *pszFilename, GDALDataset *poSrcDS,
                                 bool bCog, bool bStrict,
                                 CSLConstList papszOptions,
                                 GDALProgressFunc pfnProgress,
                                 void *pProgressData, rt_error *err);

/* Tells oPlan how that copy would be made. Writes only to memory, for as long
 * as the call lasts. Errors are those of the copy. */
RT_MUST_CHECK rt_status RetilePlanGeoTiff(GDALDataset *poSrcDS, bool bCog,
                                          CSLConstList papszOptions,
                                          RetilePlanReport &oPlan,
                                          rt_error *err);

#endif
