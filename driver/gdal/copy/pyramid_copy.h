/* pyramid_copy.h - copies a source's pixels into the tiles of a GeoTIFF with
 * overviews and masks whose header exists (gdal/header/cog.h).
 *
 * Computed overviews come from the full resolution while that is copied. Each
 * tile of each level is encoded once. The tiles wait in a temporary file until
 * all are encoded (io/output/cog_file.h).
 */
#ifndef RETILE_GDAL_COPY_PYRAMID_COPY_H
#define RETILE_GDAL_COPY_PYRAMID_COPY_H

#include <string>

#include "gdal/copy/creation_options.h"
#include "gdal/copy/plan_report.h"
#include "gdal/header/cog.h"
#include "gdal/overviews/reduce_axis.h"
#include "io/output/cog_file.h"

/* Everything is borrowed. */
struct RetilePyramidRequest {
    const char *pszFilename; /* the file's name in debug messages */
    GDALDataset *poSrcDS;
    const RetileCopyOptions &oOptions;
    /* The levels with their sizes and masks, and the header made for them. */
    const RetileShownLevels &oShown;
    const RetileCogHeader &oHeader;
    CSLConstList papszOptions; /* of the full resolution, in GTiff's words */
    /* Whether overviews, and those of the mask, are computed. Otherwise they
     * are the source's, in that order. */
    bool bCompute, bComputeMasks;
    RetileReduce eMethod;
    bool bStatistics; /* of the full resolution */
    bool bCog;        /* for LAYOUT=COG */
    GDALProgressFunc pfnProgress;
    void *pProgressData;
    RetilePlanReport
        *poPlan; /* not nullptr: told the plan; nothing is filled */
};

/* Results that are known after the copy. */
struct RetilePyramidResult {
    bool bClamped = false;                       /* as in rt_image_result */
    std::vector<CPLStringList> aaosStatistics{}; /* metadata items by band */
};

/* Puts all tiles into poFile. With PASSTHROUGH=REQUIRED they are copied raw,
 * which is possible if nothing is computed (RT_ERR_ARGUMENT otherwise). Before
 * anything is decoded, it is checked that every pass fits the budget
 * (RT_ERR_ARGUMENT). Errors are those of rt_copy_source_open,
 * rt_tile_format_open, RetilePyramidReducer::Create, rt_image_copy_run and
 * rt_cog_file_put. */
RT_MUST_CHECK rt_status RetileFillPyramid(const RetilePyramidRequest &oRequest,
                                          rt_cog_file *poFile,
                                          RetilePyramidResult &oResult,
                                          rt_error *err);

#endif
