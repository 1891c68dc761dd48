/* band_sums.h - what the statistics of a band are made of: of a tile, or of
 * several together, in any order.
 */
#ifndef RETILE_GDAL_VIEW_BAND_SUMS_H
#define RETILE_GDAL_VIEW_BAND_SUMS_H

#include <cstdint>

#include "cpl_string.h"

struct RetileBandSums {
    uint64_t nValid = 0, nAll = 0;
    double dfMin = 0, dfMax = 0;
    double dfMean = 0, dfSquares = 0; /* of the differences from it */
    /* Of whole numbers of 16 bits at most, exactly. A tile's squares fit into
     * the low half; those of some 4e9 bright pixels do not. */
    int64_t nSum = 0;
    uint64_t nSquaresLow = 0, nSquaresHigh = 0;

    /* One pixel that counts. bWhole: a whole number of 16 bits at most. */
    void Add(double dfValue, bool bWhole);
    void Join(const RetileBandSums &oFrom);

    /* GDAL's metadata items; empty where no pixel counts. bWhole: as all were
     * added. */
    CPLStringList Items(bool bWhole) const;
};

#endif
