/* reduce_axis.h - along one axis: which pixels of a level GDAL reads to compute
 * pixels of the level above it.
 *
 * The formulas are those of GDAL's overviews, in the same floating-point
 * operations, because at odd sizes the result depends on rounding. Pure
 * arithmetic.
 */
#ifndef RETILE_GDAL_OVERVIEWS_REDUCE_AXIS_H
#define RETILE_GDAL_OVERVIEWS_REDUCE_AXIS_H

#include <cstdint>

enum class RetileReduce {
    Nearest,
    Average,
    Rms,
    Mode,
    Gauss,
    Bilinear,
    Cubic,
    CubicSpline,
    Lanczos,
    None /* levels of nodata, or 0 */
};

struct RetileReduceAxis {
    RetileReduce eMethod;
    bool bComplex;  /* GDAL has other formulas for complex pixels */
    int32_t nLower; /* pixels of the level below */
    int32_t nUpper; /* pixels of the computed level: 1 to nLower */

    double Ratio() const { return static_cast<double>(nLower) / nUpper; }
};

struct RetileReduceSpan {
    int32_t nBegin, nEnd; /* pixels of the level below */
};

/* The pixels from which the pixels nFirst to nLast of the upper level are
 * computed. */
RetileReduceSpan RetileReduceLooksAt(const RetileReduceAxis &oAxis,
                                     int32_t nFirst, int32_t nLast);

/* The reach of the method: for any window, RetileReduceLooksAt lies between
 * floor(nFirst * Ratio()) - reach and ceil((nLast + 1) * Ratio()) + reach. */
int32_t RetileReduceReach(const RetileReduceAxis &oAxis);

/* How far RetileReduceLooksAt can extend beyond the pixels that the upper ones
 * cover. */
int32_t RetileReduceHalo(const RetileReduceAxis &oAxis);

#endif
