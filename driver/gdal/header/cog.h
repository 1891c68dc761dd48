/* cog.h - a Cloud Optimized GeoTIFF without pixels, for tiles to be put in
 * (io/output/cog_file.h).
 *
 * The GTiff driver writes it as it does for the COG driver: a copy with
 * overviews, interrupted before the first pixel. Every tag and option is
 * therefore GTiff's. So are the order of the directories and the ghost area in
 * front of them, which describes the file's layout to readers.
 */
#ifndef RETILE_GDAL_HEADER_COG_H
#define RETILE_GDAL_HEADER_COG_H

#include <vector>

#include "gdal/header/geotiff.h"
#include "gdal/header/source.h"

/* Everything is borrowed. */
struct RetileCogRequest {
    const char *pszPath;
    GDALDataset *poSrcDS; /* describes the pixels at full resolution */
    const RetileShownLevels &oShown; /* overviews, the largest first */
    /* In the GTiff driver's words, with BLOCKXSIZE and BLOCKYSIZE. Also has the
     * options that the COG driver passes on under names with '@'. */
    CSLConstList papszOptions;
    /* What is different for overviews: COMPRESS, PREDICTOR, PHOTOMETRIC,
     * JPEG_QUALITY, WEBP_LEVEL, WEBP_LOSSLESS, MAX_Z_ERROR, ZLEVEL, ... A
     * configuration option of that name with _OVERVIEW comes first, as with the
     * COG driver. */
    CSLConstList papszOverviewOptions;
    bool bStrict = false;
};

struct RetileCogHeader : public RetileHeader {
    std::vector<uint32_t> anTiles{}; /* of each level: image or mask */
    /* The options for rt_tile_format_open() of the overviews' images. Those of
     * the full resolution are the request's. Masks have SPARSE_OK only. */
    CPLStringList aosOverviewOptions{};
};

/* Writes pszPath and the files that GTiff writes beside it. oHeader.aoImages
 * lists the directories of the file in their order. A second call with the same
 * levels and options writes a header skeleton for the same tiles, for example
 * with BIGTIFF=YES or with metadata that were not known before.
 *
 * On failure, err has GTiff's first message, and the caller removes the files
 * written so far. RT_ERR_ARGUMENT if GTiff or this function refuses the
 * request.
 */
RT_MUST_CHECK rt_status RetileWriteCogHeader(const RetileCogRequest &oRequest,
                                             RetileCogHeader &oHeader,
                                             rt_error *err);

#endif
