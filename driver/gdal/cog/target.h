/* target.h - where a raster lies that LAYOUT=COG reprojects: the extent, the
 * size and the zoom level that GDAL's COG driver would choose.
 *
 * Pure arithmetic, except for GDAL's suggestion of an extent and a resolution.
 */
#ifndef RETILE_GDAL_COG_TARGET_H
#define RETILE_GDAL_COG_TARGET_H

#include <string>

#include "core/base/status.h"
#include "gdal/cog/options.h"
#include "gdal_priv.h"

struct RetileCogTarget {
    std::string osSRS{}; /* for OGRSpatialReference::SetFromUserInput() */
    double dfMinX = 0.0, dfMinY = 0.0, dfMaxX = 0.0, dfMaxY = 0.0;
    double dfRes = 0.0; /* the width and height of a pixel */
    int nXSize = 0, nYSize = 0;
    /* -1 and 0 without a tiling scheme. */
    int nZoomLevel = -1;
    int nAlignedLevels = 0; /* levels whose tiles match the file's */
};

/* The target of poSrcDS, for which a reprojection is requested. Warnings of the
 * COG driver are reported. RT_ERR_ARGUMENT with its message, or with that of a
 * function that it calls. */
RT_MUST_CHECK rt_status RetileFindCogTarget(GDALDataset *poSrcDS,
                                            const RetileCogOptions &oOptions,
                                            RetileCogTarget &oTarget,
                                            rt_error *err);

/* Whether poSrcDS already is at its target, so that nothing is reprojected. */
bool RetileIsAtCogTarget(GDALDataset *poSrcDS, const RetileCogTarget &oTarget);

#endif
