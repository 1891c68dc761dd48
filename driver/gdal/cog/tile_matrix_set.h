/* tile_matrix_set.h - the tiling schemes of web maps that TILING_SCHEME names:
 * OGC's tile matrix sets.
 *
 * GDAL's class for them is not part of its interface. Its built-in schemes are
 * built in here. All others are read from the same JSON: the tms_*.json files
 * of GDAL's data folder, a file, a URL, or the text itself.
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
    static constexpr double NOT_REPORTED =
        std::numeric_limits<double>::quiet_NaN();

    std::string osCrs{};
    std::string osBoxCrs{}; /* of the bounding box; empty: none */
    double dfBoxMinX = NOT_REPORTED, dfBoxMinY = NOT_REPORTED;
    double dfBoxMaxX = NOT_REPORTED, dfBoxMaxY = NOT_REPORTED;
    double dfTopLeftX = NOT_REPORTED, dfTopLeftY = NOT_REPORTED;
    int nTileSize = 0;                        /* in pixels */
    std::vector<RetileTileMatrix> aoLevels{}; /* the coarsest first */
};

/* Reads a set. All levels must have the same top left corner and tile size,
 * because a GeoTIFF cannot have anything else. RT_ERR_ARGUMENT with the message
 * of GDAL's COG driver. */
RT_MUST_CHECK rt_status RetileReadTileMatrixSet(const char *pszNameOrText,
                                                RetileTileMatrixSet &oSet,
                                                rt_error *err);

#endif
