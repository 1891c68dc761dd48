/* reduce_axis.cpp - see reduce_axis.h. */
#include "gdal/overviews/reduce_axis.h"

#include <algorithm>
#include <cmath>

/* Half the width of a filter, in pixels of the upper level. */
static int Radius(RetileReduce eMethod)
{
    switch (eMethod) {
    case RetileReduce::Bilinear:
        return 1;
    case RetileReduce::Cubic:
    case RetileReduce::CubicSpline:
        return 2;
    case RetileReduce::Lanczos:
        return 3;
    default:
        return 0;
    }
}

static int32_t Rounded(double dfAt)
{
    return static_cast<int32_t>(0.5 + dfAt);
}

static RetileReduceSpan Filter(const RetileReduceAxis &oAxis, int32_t nFirst,
                               int32_t nLast)
{
    const double dfRatio = oAxis.Ratio();
    const double dfRadius = Radius(oAxis.eMethod) / std::min(1.0, 1 / dfRatio);

    return {static_cast<int32_t>(
                std::floor((nFirst + 0.5) * dfRatio - dfRadius + 0.5)),
            static_cast<int32_t>((nLast + 0.5) * dfRatio + dfRadius + 0.5)};
}

/* The 3, 5 or 7 pixels (for ratios up to 2, up to 4, and above) around the
 * middle of what an upper pixel covers. */
static RetileReduceSpan Gauss(const RetileReduceAxis &oAxis, int32_t nFirst,
                              int32_t nLast)
{
    const double dfRatio = oAxis.Ratio();
    const int nFactor = Rounded(dfRatio);
    const int nDim = nFactor <= 2 ? 3 : nFactor <= 4 ? 5 : 7;
    const auto Start = [dfRatio, nDim](int32_t nPixel) {
        const int32_t nFrom = Rounded(nPixel * dfRatio);
        const int32_t nTo = Rounded((nPixel + 1) * dfRatio) + 1;
        return nFrom + (nTo - nFrom) / 2 - nDim / 2;
    };

    return {Start(nFirst), Start(nLast) + nDim};
}

static RetileReduceSpan Looks(const RetileReduceAxis &oAxis, int32_t nFirst,
                              int32_t nLast)
{
    const double dfRatio = oAxis.Ratio();

    if (oAxis.eMethod == RetileReduce::Nearest)
        return {Rounded(nFirst * dfRatio), Rounded(nLast * dfRatio) + 1};
    if (oAxis.bComplex)
        return {Rounded(nFirst * dfRatio),
                nLast == oAxis.nUpper - 1 ? oAxis.nLower
                                          : Rounded((nLast + 1) * dfRatio)};
    if (oAxis.eMethod == RetileReduce::Gauss)
        return Gauss(oAxis, nFirst, nLast);
    if (Radius(oAxis.eMethod) > 0)
        return Filter(oAxis, nFirst, nLast);
    return {static_cast<int32_t>(nFirst * dfRatio + 1e-8),
            static_cast<int32_t>(std::ceil((nLast + 1) * dfRatio - 1e-8))};
}

RetileReduceSpan RetileReduceLooksAt(const RetileReduceAxis &oAxis,
                                     int32_t nFirst, int32_t nLast)
{
    RetileReduceSpan oSpan = Looks(oAxis, nFirst, nLast);

    oSpan.nBegin = std::clamp(oSpan.nBegin, 0, oAxis.nLower - 1);
    oSpan.nEnd = std::clamp(oSpan.nEnd, oSpan.nBegin + 1, oAxis.nLower);
    return oSpan;
}

int32_t RetileReduceHalo(const RetileReduceAxis &oAxis)
{
    const int nFactor = static_cast<int>(std::ceil(oAxis.Ratio()));

    if (oAxis.eMethod == RetileReduce::Gauss)
        return nFactor;
    return Radius(oAxis.eMethod) * nFactor;
}

/* A filter of radius r is centred on the middle of a pixel. The other methods
 * round to the pixels in which the covered range begins and ends, or one
 * further. */
int32_t RetileReduceReach(const RetileReduceAxis &oAxis)
{
    const int nRadius = Radius(oAxis.eMethod);

    if (oAxis.eMethod == RetileReduce::Gauss)
        return RetileReduceHalo(oAxis) + 1;
    if (oAxis.bComplex || oAxis.eMethod == RetileReduce::Nearest)
        return 1;
    if (nRadius == 0)
        return 0;
    return static_cast<int32_t>(
        std::ceil((nRadius - 0.5) * std::max(1.0, oAxis.Ratio()) + 0.5));
}
