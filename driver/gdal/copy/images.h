/* images.h - copies a source's pixels and masks into the images of a GeoTIFF
 * whose header exists (gdal/header/geotiff.h).
 *
 * Tiles are copied raw from the source if possible, otherwise decoded and
 * encoded.
 */
#ifndef RETILE_GDAL_COPY_IMAGES_H
#define RETILE_GDAL_COPY_IMAGES_H

#include <vector>

#include "gdal/copy/creation_options.h"
#include "gdal/copy/plan_report.h"
#include "gdal/header/geotiff.h"

/* Everything is borrowed. */
struct RetileFillRequest {
    const char *pszFilename; /* the file's name in debug messages */
    GDALDataset *poSrcDS;
    CSLConstList papszOptions;         /* as given, with GTiff's */
    const RetileCopyOptions &oOptions; /* the same, parsed */
    GDALProgressFunc pfnProgress;
    void *pProgressData;
    RetilePlanReport
        *poPlan; /* not nullptr: told the plan; nothing is filled */
};

/* Fills aoImages one after the other. bClamped: some samples did not fit into
 * the bits of the file. Before anything is decoded or written, it is checked
 * that every image fits the budget (RT_ERR_ARGUMENT). Errors are those of
 * rt_copy_source_open, rt_tile_format_open, rt_raw_tile_copy_run and
 * rt_image_copy_run. */
RT_MUST_CHECK rt_status RetileFillImages(
    const RetileFillRequest &oRequest, const std::vector<RetileImage> &aoImages,
    bool &bClamped, rt_error *err);

#endif
