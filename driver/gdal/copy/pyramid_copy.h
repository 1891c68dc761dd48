/* pyramid_copy.h - from a source's pixels into the tiles of a GeoTIFF with
 * overviews and masks, whose frame is there (gdal/header/cog.h).
 *
 * Overviews that are computed come from the full resolution while that is
 * copied; each tile of each level is encoded once. Tiles wait in a temporary
 * file until all are there (io/output/cog_file.h).
 */
#ifndef RETILE_GDAL_COPY_PYRAMID_COPY_H
#define RETILE_GDAL_COPY_PYRAMID_COPY_H

#include <string>

#include "gdal/copy/creation_options.h"
#include "gdal/header/cog.h"
#include "gdal/overviews/reduce_axis.h"
#include "io/output/cog_file.h"

/* All of it is borrowed. */
struct RetilePyramidRequest {
    const char *pszFilename; /* what debug messages call the file */
    GDALDataset *poSrcDS;
    const RetileCopyOptions &oOptions;
    /* Levels, masks among them: the sizes and the frame made for them. */
    const RetileShownLevels &oShown;
    const RetileCogHeader &oHeader;
    CSLConstList papszOptions; /* of the full resolution, in GTiff's words */
    /* Whether overviews, and those of the mask, are computed; otherwise they
     * are the source's, in that order. */
    bool bCompute, bComputeMasks;
    RetileReduce eMethod;
    bool bStatistics;             /* of the full resolution */
    bool bCog;                    /* for LAYOUT=COG */
    GDALProgressFunc pfnProgress; /* told of less than 1 */
    void *pProgressData;
};

/* What is known when all has been copied. */
struct RetilePyramidResult {
    bool bClamped = false;                       /* as rt_image_result has it */
    std::vector<CPLStringList> aaosStatistics{}; /* metadata items by band */
};

/* Puts all tiles into poFile. Nothing is decoded before it is known that every
 * pass fits the budget (RT_ERR_ARGUMENT otherwise). The errors are those of
 * rt_copy_source_open, rt_tile_format_open, RetilePyramidReducer::Create,
 * rt_image_copy_run and rt_cog_file_put. */
RT_MUST_CHECK rt_status RetileFillPyramid(const RetilePyramidRequest &oRequest,
                                          rt_cog_file *poFile,
                                          RetilePyramidResult &oResult,
                                          rt_error *err);

#endif
