/* target.h - where a raster comes to lie that LAYOUT=COG reprojects: the
 * extent, the size and the zoom level that GDAL's COG driver would choose.
 *
 * Arithmetic but for GDAL's own suggestion of an extent and a resolution.
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
    double dfRes = 0.0; /* of a pixel; its width and height */
    int nXSize = 0, nYSize = 0;
    /* With a tiling scheme; else -1 and 0. */
    int nZoomLevel = -1;
    int nAlignedLevels = 0; /* that its tiles have in common with the file's */
};

/* The target of poSrcDS, of which a reprojection is asked. Warnings of the COG
 * driver are reported. RT_ERR_ARGUMENT in its words, or in those of what it
 * calls. */
RT_MUST_CHECK rt_status RetileFindCogTarget(GDALDataset *poSrcDS,
                                            const RetileCogOptions &oOptions,
                                            RetileCogTarget &oTarget,
                                            rt_error *err);

/* Whether poSrcDS is there already, so that nothing is to be reprojected. */
bool RetileIsAtCogTarget(GDALDataset *poSrcDS, const RetileCogTarget &oTarget);

#endif
