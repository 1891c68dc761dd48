/* cog.h - a Cloud Optimized GeoTIFF without pixels, for tiles to be put
 * in (io/output/cog_file.h).
 *
 * The GTiff driver writes it, as it does for the COG driver: a copy with
 * overviews, interrupted before the first pixel. Every tag and option is its
 * own therefore, and so are the order of the directories and the area before
 * them that tells readers of the file's layout.
 */
#ifndef RETILE_GDAL_HEADER_COG_H
#define RETILE_GDAL_HEADER_COG_H

#include <vector>

#include "gdal/header/geotiff.h"
#include "gdal/header/source.h"

/* All of it is borrowed. */
struct RetileCogRequest {
    const char *pszPath;
    GDALDataset *poSrcDS;            /* of the pixels, at full resolution */
    const RetileShownLevels &oShown; /* overviews, the largest first */
    /* As the GTiff driver calls them. With BLOCKXSIZE and BLOCKYSIZE; what
     * the COG driver hands down under names with '@' goes here, too. */
    CSLConstList papszOptions;
    /* What is different for overviews: COMPRESS, PREDICTOR, PHOTOMETRIC,
     * JPEG_QUALITY, WEBP_LEVEL, WEBP_LOSSLESS, MAX_Z_ERROR, ZLEVEL, ... A
     * configuration option of that name and _OVERVIEW goes before it, as it
     * does with the COG driver. */
    CSLConstList papszOverviewOptions;
    bool bStrict = false;
};

struct RetileCogHeader : public RetileHeader {
    std::vector<uint32_t> anTiles{}; /* of each level, of image or mask */
    /* The options for rt_tile_format_open() of overviews' images; of the full
     * resolution they are those of the request. Masks have SPARSE_OK only. */
    CPLStringList aosOverviewOptions{};
};

/* Writes pszPath, and what GTiff writes beside it. oHeader.aoImages are the
 * directories of the file, in their order. Calling it again with the same
 * levels and options gives a frame for the same tiles: under BIGTIFF=YES, or
 * with metadata that were not known the first time.
 *
 * On failure err has GTiff's first message, and what was written by then is
 * the caller's to remove. RT_ERR_ARGUMENT for what GTiff or this refuses. */
RT_MUST_CHECK rt_status RetileWriteCogHeader(const RetileCogRequest &oRequest,
                                             RetileCogHeader &oHeader,
                                             rt_error *err);

#endif
