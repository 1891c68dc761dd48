/* copy.h - a GeoTIFF with overviews, laid out as a Cloud Optimized GeoTIFF:
 * LAYOUT=COG, and LAYOUT=GTIFF with OVERVIEWS.
 */
#ifndef RETILE_GDAL_COG_COPY_H
#define RETILE_GDAL_COG_COPY_H

#include "gdal/header/geotiff.h"

/* All of it is borrowed. */
struct RetileCogCopyRequest {
    const char *pszPath;     /* to be written */
    const char *pszFilename; /* what messages call it */
    GDALDataset *poSrcDS;
    bool bStrict;              /* with LAYOUT=GTIFF; the COG driver is not */
    CSLConstList papszOptions; /* as given */
    GDALProgressFunc pfnProgress;
    void *pProgressData;
};

/* Whether a copy with LAYOUT=GTIFF is to have overviews. RT_ERR_ARGUMENT. */
RT_MUST_CHECK rt_status RetileAsksForOverviews(GDALDataset *poSrcDS,
                                               CSLConstList papszOptions,
                                               bool &bAsks, rt_error *err);

/* Writes the whole file. bCog: LAYOUT=COG; otherwise papszOptions are GTiff's,
 * and those about overviews. oHeader: what GTiff failed at and went on without;
 * bClamped: as rt_image_result has it. Errors of what it calls: RT_ERR_ARGUMENT
 * for options and budgets, RT_ERR_SOURCE, RT_ERR_IO, RT_ERR_RANGE where a
 * classic TIFF was asked for and is too small, RT_ERR_CANCELLED. */
RT_MUST_CHECK rt_status RetileWriteCog(const RetileCogCopyRequest &oRequest,
                                       bool bCog, RetileHeader &oHeader,
                                       bool &bClamped, rt_error *err);

#endif
