/* row_demand.h - the rows of its sources that a VRT reads.
 *
 * A copy goes through a VRT from top to bottom, in steps of some rows. How far
 * apart the rows are that a source has to have ready at the same time decides
 * on the size of the cache between the source and the VRT.
 */
#ifndef RETILE_GDAL_COPY_ROW_DEMAND_H
#define RETILE_GDAL_COPY_ROW_DEMAND_H

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "gdal_priv.h"

/* Rows or columns from nFirst to the one before nEnd; none if nEnd <= nFirst.
 * Some may lie outside of the source. */
struct RetileRows {
    int64_t nFirst = std::numeric_limits<int64_t>::max();
    int64_t nEnd = std::numeric_limits<int64_t>::min();

    void Add(double dfFirst, double dfEnd);
};

/* What a VRT reads of a source. May be too much, never too little. */
struct RetileSourceDemand {
    std::vector<RetileRows> aoSteps{}; /* by step */
    RetileRows oColumns{};             /* of all steps */
};

/* By the sources' names as they are in the XML. */
using RetileRowDemand = std::map<std::string, RetileSourceDemand>;

/* The demand of a VRT of nWidth x nHeight pixels. Opens the source of a warp.
 * Sources whose place in the VRT cannot be told from the XML are missing. */
RetileRowDemand RetileFindRowDemand(const char *pszXML, int nWidth, int nHeight,
                                    int nStepHeight);

/* The demand on a source of this size that covers a VRT of nHeight rows. */
RetileSourceDemand RetileDemandInProportion(int nSourceWidth, int nSourceHeight,
                                            int nHeight, int nStepHeight);

/* For each step, the rows that must be ready during this step and the next
 * one: from the first row that a later step reads to the last that an earlier
 * one has read. */
std::vector<RetileRows>
RetileRowsToKeep(const std::vector<RetileRows> &aoDemand);

#endif
