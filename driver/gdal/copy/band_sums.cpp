/* band_sums.cpp - see band_sums.h. */
#include "gdal/copy/band_sums.h"

#include <algorithm>
#include <cmath>

void RetileBandSums::Add(double dfValue, bool bWhole)
{
    dfMin = nValid == 0 ? dfValue : std::min(dfMin, dfValue);
    dfMax = nValid == 0 ? dfValue : std::max(dfMax, dfValue);
    nValid++;
    if (bWhole) {
        const auto nValue = static_cast<int64_t>(dfValue);

        nSum += nValue;
        nSquaresLow += static_cast<uint64_t>(nValue * nValue);
        return;
    }
    const double dfDelta = dfValue - dfMean;
    dfMean += dfDelta / static_cast<double>(nValid);
    dfSquares += dfDelta * (dfValue - dfMean);
}

void RetileBandSums::Join(const RetileBandSums &oFrom)
{
    const double dfBefore = static_cast<double>(nValid);
    const double dfCame = static_cast<double>(oFrom.nValid);
    const double dfDelta = oFrom.dfMean - dfMean;
    const uint64_t nLow = nSquaresLow + oFrom.nSquaresLow;

    if (oFrom.nValid > 0) {
        dfMin = nValid == 0 ? oFrom.dfMin : std::min(dfMin, oFrom.dfMin);
        dfMax = nValid == 0 ? oFrom.dfMax : std::max(dfMax, oFrom.dfMax);
        dfMean += dfDelta * dfCame / (dfBefore + dfCame);
        dfSquares += oFrom.dfSquares + dfDelta * dfDelta * dfBefore * dfCame /
                                           (dfBefore + dfCame);
    }
    nAll += oFrom.nAll;
    nValid += oFrom.nValid;
    nSum += oFrom.nSum;
    nSquaresHigh += oFrom.nSquaresHigh + (nLow < nSquaresLow ? 1 : 0);
    nSquaresLow = nLow;
}

/* The square root of n * squares - sum * sum. This is the difference of two
 * nearly equal products. With 128-bit integers it is exact up to 2^47 pixels,
 * as in GDAL. */
static double Spread(const RetileBandSums &oSums)
{
#ifdef __SIZEOF_INT128__
    __extension__ typedef unsigned __int128 Wide;
    const auto nSum = static_cast<uint64_t>(std::abs(oSums.nSum));
    const Wide nSquares =
        (static_cast<Wide>(oSums.nSquaresHigh) << 64) | oSums.nSquaresLow;

    return std::sqrt(static_cast<double>(nSquares * oSums.nValid -
                                         static_cast<Wide>(nSum) * nSum));
#else
    const long double dfSum = static_cast<long double>(oSums.nSum);
    const long double dfSquares =
        std::ldexp(static_cast<long double>(oSums.nSquaresHigh), 64) +
        static_cast<long double>(oSums.nSquaresLow);

    return static_cast<double>(std::sqrt(std::max<long double>(
        dfSquares * static_cast<long double>(oSums.nValid) - dfSum * dfSum,
        0)));
#endif
}

CPLStringList RetileBandSums::Items(bool bWhole) const
{
    const double dfCount = static_cast<double>(nValid);
    CPLStringList aosItems;

    if (nValid == 0)
        return aosItems;
    const double dfMiddle =
        bWhole ? static_cast<double>(nSum) / dfCount : dfMean;
    const double dfDeviation =
        bWhole ? Spread(*this) / dfCount : std::sqrt(dfSquares / dfCount);
    aosItems.SetNameValue("STATISTICS_MINIMUM", CPLSPrintf("%.14g", dfMin));
    aosItems.SetNameValue("STATISTICS_MAXIMUM", CPLSPrintf("%.14g", dfMax));
    aosItems.SetNameValue("STATISTICS_MEAN", CPLSPrintf("%.14g", dfMiddle));
    aosItems.SetNameValue("STATISTICS_STDDEV",
                          CPLSPrintf("%.14g", dfDeviation));
    aosItems.SetNameValue(
        "STATISTICS_VALID_PERCENT",
        CPLSPrintf("%.4g", 100.0 * dfCount / static_cast<double>(nAll)));
    return aosItems;
}
