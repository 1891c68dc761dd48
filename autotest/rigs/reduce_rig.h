/* reduce_rig.h - levels as GDAL makes them, and as RetileLevelReducer does. */
#ifndef RETILE_AUTOTEST_REDUCE_RIG_H
#define RETILE_AUTOTEST_REDUCE_RIG_H

#include <vector>

#include "gdal/overviews/level_reduce.h"
#include "helper.h"

/* All pixels of a level. */
struct Level {
    int nWidth = 0, nHeight = 0;
    std::vector<std::vector<GByte>> aabyPlanes{};
    std::vector<GByte> abyMask{}; /* of all planes; empty: none */
};

/* The level of the raster itself (-1), or of one of its overviews. */
Level LevelOf(GDALDataset *poDS, int nOverview, bool bWithMask);

/* How a level is cut into windows: cells of this size, the first ones shortened
 * to nShift. */
struct Cutting {
    int nWidth, nHeight, nShift;
};

RetileReduceShape ShapeOf(GDALDataset *poDS, const char *pszMethod,
                          const Level &oLower, const Level &oUpper);

/* The planes of the upper level. The reducer gets only the lower pixels that it
 * asks for. */
std::vector<std::vector<GByte>> Reduced(const RetileReduceShape &oShape,
                                        const Level &oLower,
                                        const Cutting &oCutting);

/* Expects that every cutting gives the upper level's planes. */
void ExpectReduced(const RetileReduceShape &oShape, const Level &oLower,
                   const Level &oUpper, const std::string &osWhat);

#endif
