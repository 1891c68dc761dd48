/* levels.h - which overviews a COG has: those of the source as they are,
 * or new ones, and then of what sizes.
 */
#ifndef RETILE_GDAL_COG_LEVELS_H
#define RETILE_GDAL_COG_LEVELS_H

#include <utility>
#include <vector>

#include "gdal/cog/options.h"
#include "gdal/cog/target.h"
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

/* Whether the file has a mask for all bands: where poDS has one, and of a
 * single band also its own, as views with padding have it. */
bool RetileCogHasMask(GDALDataset *poDS);

/* Whether a file of one type, with one mask for all bands, can hold poDS with
 * these levels: RT_ERR_ARGUMENT for levels to be computed of bands of
 * different types, as in the COG driver, and for several bands with masks of
 * their own, which it would leave out. */
RT_MUST_CHECK rt_status RetileCheckCogBands(GDALDataset *poDS,
                                            const RetileCogLevels &oLevels,
                                            rt_error *err);

/* As GDAL's COG driver decides for poDS: what is copied, after reprojection.
 * nBlockSize: of the file, in pixels. poTarget, nullptr where nothing is
 * reprojected: its zoom level is that of poDS. bWarped: poDS comes out of a
 * warp, and the overviews that it shows are none of its own. */
RetileCogLevels
RetileChooseCogLevels(GDALDataset *poDS, const RetileCopyOverviews &oOptions,
                      int nBlockSize, const RetileTileMatrixSet *poScheme,
                      const RetileCogTarget *poTarget, bool bWarped);

#endif
