/* reduce_nodata.h - nodata values that GDAL's functions for overviews round.
 *
 * GDAL 3.6 computes overviews of all types except bytes and 16 bits in floats.
 * A nodata value such as -2147483647 becomes another number, which then counts
 * as valid. Such results are set back to nodata.
 */
#ifndef RETILE_GDAL_OVERVIEWS_REDUCE_NODATA_H
#define RETILE_GDAL_OVERVIEWS_REDUCE_NODATA_H

#include "core/base/grid.h"
#include "gdal/overviews/reduce_shape.h"

/* One plane. All pixels are row by row without gaps. */
struct RetileReducedPlane {
    RetileReduceAxis oX, oY;
    const RetileReducePlane &oPlane;
    rt_window oLower;
    const void *pLower;
    /* Mask of oLower: 0 leaves a pixel out. NULL: nodata decides. */
    const GByte *pabyMask;
    bool bAnyBand; /* pixels may be left out because of another band */
    rt_window oUpper;
    void *pUpper;
};

/* Sets a pixel to nodata if everything that it was computed from was left out.
 * That is assumed if its value is one that nodata rounds to and at least one
 * pixel that it was computed from was left out. */
void RetileKeepNoData(const RetileReducedPlane &oReduced);

#endif
