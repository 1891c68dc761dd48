/* tile_matrix_set.h - the tiling schemes of web maps, as TILING_SCHEME names
 * them: OGC's tile matrix sets.
 *
 * GDAL has a class for them that is not part of its interface; what it has
 * built in is built in here, and everything else is read from the same JSON:
 * the tms_*.json of GDAL's data folder, a file, a URL, or the text itself.
 */
#ifndef RETILE_GDAL_COG_TILE_MATRIX_SET_H
#define RETILE_GDAL_COG_TILE_MATRIX_SET_H

#include <limits>
#include <string>
#include <vector>

#include "core/base/status.h"

/* One zoom level. */
struct RetileTileMatrix {
    double dfRes = 0.0; /* of a pixel, in units of the reference system */
    int nWidth = 0, nHeight = 0; /* in tiles */
};

/* Coordinates are in the axis order of the reference system's authority. */
struct RetileTileMatrixSet {
    static constexpr double NOT_TOLD = std::numeric_limits<double>::quiet_NaN();

    std::string osCrs{};
    std::string osBoxCrs{}; /* of the bounding box; empty where there is none */
    double dfBoxMinX = NOT_TOLD, dfBoxMinY = NOT_TOLD;
    double dfBoxMaxX = NOT_TOLD, dfBoxMaxY = NOT_TOLD;
    double dfTopLeftX = NOT_TOLD, dfTopLeftY = NOT_TOLD;
    int nTileSize = 0;                        /* in pixels */
    std::vector<RetileTileMatrix> aoLevels{}; /* the coarsest first */
};

/* Reads one whose levels have their top left corner and the size of their
 * tiles in common, which is what a GeoTIFF can be cut by. RT_ERR_ARGUMENT in
 * the words of GDAL's COG driver. */
RT_MUST_CHECK rt_status RetileReadTileMatrixSet(const char *pszNameOrText,
                                                RetileTileMatrixSet &oSet,
                                                rt_error *err);

#endif
