/* reduce_pick.h - the pixels of a level that GDAL computes by plain loops which
 * it offers for whole images only: nearest neighbour, and complex numbers. */
#ifndef RETILE_GDAL_OVERVIEWS_REDUCE_PICK_H
#define RETILE_GDAL_OVERVIEWS_REDUCE_PICK_H

#include "core/base/grid.h"
#include "gdal/overviews/reduce_axis.h"

#include "gdal_priv.h"

struct RetileReducePick {
    RetileReduceAxis oX, oY;
    GDALDataType eType;
    rt_window oLower; /* of the pixels that are given, row by row */
    const void *pLower;
    rt_window oUpper; /* of those wanted, row by row */
    void *pUpper;
};

void RetileReducePickNearest(const RetileReducePick &oPick);

/* Average, or the root of the mean square, of real and imaginary parts. */
void RetileReducePickComplex(const RetileReducePick &oPick);

#endif
