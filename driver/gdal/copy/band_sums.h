/* band_sums.h - the sums from which a band's statistics are computed, for one
 * tile or for several tiles joined in any order. */
#ifndef RETILE_GDAL_COPY_BAND_SUMS_H
#define RETILE_GDAL_COPY_BAND_SUMS_H

#include <cstdint>

#include "cpl_string.h"

struct RetileBandSums {
    uint64_t nValid = 0, nAll = 0;
    double dfMin = 0, dfMax = 0;
    double dfMean = 0, dfSquares = 0; /* of the differences from the mean */
    /* Exact sums of whole numbers of at most 16 bits. The squares of one tile
     * fit into the low half; those of some 4e9 bright pixels do not. */
    int64_t nSum = 0;
    uint64_t nSquaresLow = 0, nSquaresHigh = 0;

    /* Adds one valid pixel. bWhole: it is a whole number of at most 16 bits. */
    void Add(double dfValue, bool bWhole);
    void Join(const RetileBandSums &oFrom);

    /* GDAL's metadata items, empty if there is no valid pixel. bWhole must be
     * the same as in all calls of Add. */
    CPLStringList Items(bool bWhole) const;
};

#endif
