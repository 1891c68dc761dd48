/* reduce_axis.h - along one axis: which pixels of a level GDAL looks at for
 * those of the level above it.
 *
 * The formulas are those of GDAL's overviews, in the same floating-point
 * operations, for at odd sizes a rounding decides. Pure arithmetic.
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
    int32_t nUpper; /* and of the one that is computed: 1 to nLower */

    double Ratio() const { return static_cast<double>(nLower) / nUpper; }
};

struct RetileReduceSpan {
    int32_t nBegin, nEnd; /* pixels of the level below */
};

/* What the pixels nFirst to nLast of the upper level are computed from. */
RetileReduceSpan RetileReduceLooksAt(const RetileReduceAxis &oAxis,
                                     int32_t nFirst, int32_t nLast);

/* The same as a whole number that no window exceeds, seen from the pixels that
 * those of the window cover or touch: RetileReduceLooksAt lies within
 * floor(nFirst * Ratio()) - reach and ceil((nLast + 1) * Ratio()) + reach. */
int32_t RetileReduceReach(const RetileReduceAxis &oAxis);

/* How far that can lie outside the pixels that the upper level's cover. */
int32_t RetileReduceHalo(const RetileReduceAxis &oAxis);

#endif
