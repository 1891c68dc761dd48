/* reduce_pieces.cpp - see reduce_pieces.h. */
#include "gdal/overviews/reduce_pieces.h"

#include <algorithm>
#include <cmath>

constexpr int32_t GROUP = 16; /* GDAL's group of pixels, or a multiple */

/* Finds the size below that gives exactly the factor when divided by nCount. */
static bool Exact(const RetileReduceAxis &oAxis, int32_t nCount,
                  double *pdfLower)
{
    const double dfRatio = oAxis.Ratio();
    const double dfSize = nCount * dfRatio;

    for (const double dfLower : {dfSize, std::nextafter(dfSize, 0.0),
                                 std::nextafter(dfSize, 2 * dfSize)})
        if (dfLower / nCount == dfRatio) {
            *pdfLower = dfLower;
            return true;
        }
    return false;
}

static int32_t MostPixels(const RetileReduceAxis &oAxis)
{
    return std::max(
        GROUP, static_cast<int32_t>(RETILE_REDUCE_PIECE_PX / oAxis.Ratio()) /
                   GROUP * GROUP);
}

RetileReducePiece RetileReduceLines(const RetileReduceAxis &oAxis,
                                    int32_t nWanted, int32_t nEnd)
{
    int32_t nCount = std::min(nEnd - nWanted, MostPixels(oAxis));
    double dfLower = 0;

    /* Ends at 1 at the latest. */
    while (!Exact(oAxis, nCount, &dfLower))
        nCount--;
    return {nWanted, nWanted + nCount, nWanted, nWanted + nCount, dfLower};
}

/* The piece at the level's end. It begins early enough for an exact size, at
 * the latest with the level. */
static RetileReducePiece LastColumns(const RetileReduceAxis &oAxis,
                                     RetileReducePiece oPiece, bool bCorner)
{
    const bool bSingle = oPiece.nEnd - oPiece.nFirst == 1;

    oPiece.nEnd = oAxis.nUpper;
    if (bCorner && oPiece.nFirst == 0)
        oPiece.nWantedEnd = std::max(
            oPiece.nWanted + 1, std::min(oPiece.nWantedEnd, oAxis.nUpper / 2));
    else if (bCorner || bSingle)
        oPiece.nFirst = std::max(0, oPiece.nFirst - GROUP);
    while (!Exact(oAxis, oPiece.nEnd - oPiece.nFirst, &oPiece.dfLower))
        oPiece.nFirst -= GROUP;
    return oPiece;
}

RetileReducePiece RetileReduceColumns(const RetileReduceAxis &oAxis,
                                      int32_t nWanted, int32_t nEnd,
                                      bool bCorner)
{
    const int32_t nFirst = nWanted / GROUP * GROUP;
    int32_t nTo = (std::min(nEnd, nFirst + MostPixels(oAxis)) + GROUP - 1) /
                  GROUP * GROUP;
    double dfLower = 0;

    if (nTo >= oAxis.nUpper)
        return LastColumns(oAxis, {nFirst, oAxis.nUpper, nWanted, nEnd, 0},
                           bCorner);
    /* Ends with one group at the latest. */
    while (!Exact(oAxis, nTo - nFirst, &dfLower))
        nTo -= GROUP;
    return {nFirst, nTo, nWanted, std::min(nEnd, nTo), dfLower};
}
