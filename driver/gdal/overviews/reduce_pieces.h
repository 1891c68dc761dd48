/* reduce_pieces.h - splits a window of a level into pieces, so that GDAL's
 * functions compute each pixel as they do for the whole level.
 *
 * How the sums are rounded depends on the other pixels of the same call:
 * - GDAL gets a piece's size in pixels of the level below and divides it by the
 *   size above. The quotient must equal the levels' factor to the last bit.
 * - GDAL computes 4 to 16 pixels of a line at once, and the rest of the line in
 *   another way. So pieces end at multiples of 16, or with the level.
 * - An average of a single column is not weighted.
 * - If a mask is 255 in all that is read, GDAL computes without it. So a
 *   piece must read a pixel that does not matter (see lower_dataset.cpp).
 *
 * Pure arithmetic.
 */
#ifndef RETILE_GDAL_OVERVIEWS_REDUCE_PIECES_H
#define RETILE_GDAL_OVERVIEWS_REDUCE_PIECES_H

#include "gdal/overviews/reduce_axis.h"

/* The longest side of a piece in pixels of the level below. */
#define RETILE_REDUCE_PIECE_PX 530

struct RetileReducePiece {
    int32_t nFirst, nEnd;        /* what is computed */
    int32_t nWanted, nWantedEnd; /* the part of it that is wanted */
    double dfLower; /* the size below: exactly the factor times the size */
};

/* The piece that begins with line nWanted. nEnd is the end of the lines. */
RetileReducePiece RetileReduceLines(const RetileReduceAxis &oAxis,
                                    int32_t nWanted, int32_t nEnd);

/* The piece whose wanted columns begin with nWanted. bCorner: there is a mask,
 * and the piece has the level's last lines. */
RetileReducePiece RetileReduceColumns(const RetileReduceAxis &oAxis,
                                      int32_t nWanted, int32_t nEnd,
                                      bool bCorner);

#endif
