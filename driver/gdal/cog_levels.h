/* cog_levels.h - which overviews a COG has: those of the source as they are,
 * or new ones, and then of what sizes.
 */
#ifndef RETILE_GDAL_COG_LEVELS_H
#define RETILE_GDAL_COG_LEVELS_H

#include <utility>
#include <vector>

#include "gdal/cog_options.h"
#include "gdal/cog_target.h"
#include "gdal_priv.h"

struct RetileCogLevels {
    /* Width and height in pixels, the finest first; empty: no overviews. */
    std::vector<std::pair<int, int>> anSizes{};
    /* Whether they are computed from the full resolution; otherwise they are
     * copies of those that poDS has, in that order. */
    bool bCompute = false;
    /* The same of the masks, where poDS has one of its own for all bands:
     * otherwise those of its mask's overviews are copied. */
    bool bComputeMasks = false;
};

/* As GDAL's COG driver decides for poDS: what is copied, after reprojection.
 * nBlockSize: of the file, in pixels. poTarget, nullptr where nothing is
 * reprojected: its zoom level is that of poDS. bWarped: poDS comes out of a
 * warp, and the overviews that it shows are none of its own. */
RetileCogLevels
RetileChooseCogLevels(GDALDataset *poDS, const RetileCopyOverviews &oOptions,
                      int nBlockSize, const RetileTileMatrixSet *poScheme,
                      const RetileCogTarget *poTarget, bool bWarped);

#endif
