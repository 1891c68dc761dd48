/* levels.h - which overviews a COG has: those of the source, or new ones, and
 * the sizes of the new ones. */
#ifndef RETILE_GDAL_COG_LEVELS_H
#define RETILE_GDAL_COG_LEVELS_H

#include <utility>
#include <vector>

#include "gdal/cog/options.h"
#include "gdal/cog/target.h"
#include "gdal_priv.h"

struct RetileCogLevels {
    /* Width and height in pixels, the finest first. Empty: no overviews. */
    std::vector<std::pair<int, int>> anSizes{};
    /* Whether they are computed from the full resolution. Otherwise they are
     * copies of the overviews of poDS, in that order. */
    bool bCompute = false;
    /* The same for masks, if poDS has one mask for all bands. Otherwise the
     * overviews of its mask are copied. */
    bool bComputeMasks = false;
};

/* Whether the file has a mask for all bands: if poDS has one, or if it has a
 * single band with a mask of its own, as views with padding do. */
bool RetileCogHasMask(GDALDataset *poDS);

/* Whether a file of one type, with one mask for all bands, can hold poDS with
 * these levels. RT_ERR_ARGUMENT if levels must be computed for bands of
 * different types, as in the COG driver, or if several bands have masks of
 * their own, which the COG driver would drop. */
RT_MUST_CHECK rt_status RetileCheckCogBands(GDALDataset *poDS,
                                            const RetileCogLevels &oLevels,
                                            rt_error *err);

/* Decides as GDAL's COG driver does for poDS, which is what is copied, after
 * reprojection. nBlockSize: of the file, in pixels. poTarget: its zoom level is
 * that of poDS; nullptr if nothing is reprojected. bWarped: poDS comes from a
 * warp, and the overviews that it shows are not its own. */
RetileCogLevels
RetileChooseCogLevels(GDALDataset *poDS, const RetileCopyOverviews &oOptions,
                      int nBlockSize, const RetileTileMatrixSet *poScheme,
                      const RetileCogTarget *poTarget, bool bWarped);

#endif
