/* copy.h - a GeoTIFF with overviews, laid out as a Cloud Optimized GeoTIFF:
 * LAYOUT=COG, and LAYOUT=GTIFF with OVERVIEWS. */
#ifndef RETILE_GDAL_COG_COPY_H
#define RETILE_GDAL_COG_COPY_H

#include "gdal/copy/plan_report.h"
#include "gdal/header/geotiff.h"

/* Everything is borrowed. */
struct RetileCogCopyRequest {
    const char *pszPath;     /* the file to write */
    const char *pszFilename; /* its name in messages */
    GDALDataset *poSrcDS;
    bool bStrict;              /* for LAYOUT=GTIFF; COGs are never strict */
    CSLConstList papszOptions; /* as given */
    GDALProgressFunc pfnProgress;
    void *pProgressData;
    RetilePlanReport
        *poPlan; /* not nullptr: told the plan; nothing is filled */
};

/* Whether a copy with LAYOUT=GTIFF should have overviews. RT_ERR_ARGUMENT. */
RT_MUST_CHECK rt_status RetileAsksForOverviews(GDALDataset *poSrcDS,
                                               CSLConstList papszOptions,
                                               bool &bAsks, rt_error *err);

/* Writes the whole file. bCog: LAYOUT=COG; otherwise papszOptions are GTiff's
 * and those for overviews. oHeader has the failures that did not stop GTiff.
 * bClamped is as in rt_image_result. RT_ERR_ARGUMENT for options and budgets,
 * RT_ERR_RANGE if a classic TIFF was requested and is too small, RT_ERR_SOURCE,
 * RT_ERR_IO, RT_ERR_CANCELLED. */
RT_MUST_CHECK rt_status RetileWriteCog(const RetileCogCopyRequest &oRequest,
                                       bool bCog, RetileHeader &oHeader,
                                       bool &bClamped, rt_error *err);

#endif
