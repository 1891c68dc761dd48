/* reduce_pick.h - nearest neighbour and complex numbers. GDAL computes these
 * with plain loops, which it offers for whole images only. */
#ifndef RETILE_GDAL_OVERVIEWS_REDUCE_PICK_H
#define RETILE_GDAL_OVERVIEWS_REDUCE_PICK_H

#include "core/base/grid.h"
#include "gdal/overviews/reduce_axis.h"

#include "gdal_priv.h"

struct RetileReducePick {
    RetileReduceAxis oX, oY;
    GDALDataType eType;
    rt_window oLower; /* window of the given pixels, row by row */
    const void *pLower;
    rt_window oUpper; /* window of the wanted pixels, row by row */
    void *pUpper;
};

void RetileReducePickNearest(const RetileReducePick &oPick);

/* The average, or the root of the mean square, of real and imaginary parts. */
void RetileReducePickComplex(const RetileReducePick &oPick);

#endif
