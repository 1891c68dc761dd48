/* images.h - from a source's pixels and masks into the images of a
 * GeoTIFF whose header is there (gdal/header/geotiff.h).
 *
 * Tiles are taken over from the source where that is possible, else decoded
 * and encoded.
 */
#ifndef RETILE_GDAL_COPY_IMAGES_H
#define RETILE_GDAL_COPY_IMAGES_H

#include <vector>

#include "gdal/copy/creation_options.h"
#include "gdal/header/geotiff.h"

/* All of it is borrowed. */
struct RetileFillRequest {
    const char *pszFilename; /* what debug messages call the file */
    GDALDataset *poSrcDS;
    CSLConstList papszOptions;         /* as given, GTiff's among them */
    const RetileCopyOptions &oOptions; /* the same, parsed */
    GDALProgressFunc pfnProgress;      /* told of less than 1 */
    void *pProgressData;
};

/* Fills aoImages, one after the other. bClamped: whether samples did not fit
 * into the bits that the file has for them. Nothing is decoded or written
 * before it is known that every image fits the budget (RT_ERR_ARGUMENT
 * otherwise); the errors are those of rt_copy_source_open, rt_tile_format_open,
 * rt_raw_tile_copy_run and rt_image_copy_run. */
RT_MUST_CHECK rt_status RetileFillImages(
    const RetileFillRequest &oRequest, const std::vector<RetileImage> &aoImages,
    bool &bClamped, rt_error *err);

#endif
