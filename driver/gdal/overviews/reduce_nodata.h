/* reduce_nodata.h - nodata values that GDAL's functions for overviews round.
 *
 * GDAL 3.6 computes overviews of all types but bytes and 16 bits in floats, so
 * that a nodata value such as -2147483647 comes out as another number, which
 * is valid then. What they made of it becomes nodata again.
 */
#ifndef RETILE_GDAL_OVERVIEWS_REDUCE_NODATA_H
#define RETILE_GDAL_OVERVIEWS_REDUCE_NODATA_H

#include "core/base/grid.h"
#include "gdal/overviews/reduce_shape.h"

/* One plane; all row by row without gaps. */
struct RetileReducedPlane {
    RetileReduceAxis oX, oY;
    const RetileReducePlane &oPlane;
    rt_window oLower;
    const void *pLower;
    const GByte *pabyMask; /* of oLower: 0 leaves a pixel out; NULL: nodata
                              says it */
    bool bAnyBand;         /* pixels may be left out for another band's sake */
    rt_window oUpper;
    void *pUpper;
};

/* Sets nodata where all that a pixel was computed from was left out: where it
 * has a value that nodata rounds to, and something that it was computed from
 * was left out. */
void RetileKeepNoData(const RetileReducedPlane &oReduced);

#endif
