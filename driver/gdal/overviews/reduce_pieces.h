/* reduce_pieces.h - in what pieces a window of a level is computed, so that
 * GDAL's functions do for each of its pixels what they do for the whole level.
 *
 * Where the sums round depends on what surrounds a pixel in the same call:
 * - GDAL is told a piece's size in pixels of the level below and divides it by
 *   the size above; the quotient must be the levels' factor to the last bit.
 * - It computes 4 to 16 pixels of a line at once, and what is left over at the
 *   end in another way: pieces end at multiples of 16, or with the level.
 * - A single column of an average is not weighted.
 * - Where a mask is 255 throughout what is read, it computes without; so some
 *   of that must be no pixel that is looked at (see lower_dataset.cpp).
 * Pure arithmetic.
 */
#ifndef RETILE_GDAL_OVERVIEWS_REDUCE_PIECES_H
#define RETILE_GDAL_OVERVIEWS_REDUCE_PIECES_H

#include "gdal/overviews/reduce_axis.h"

/* The most pixels of the level below along a side of a piece. */
#define RETILE_REDUCE_PIECE_PX 530

/* Along one axis. */
struct RetileReducePiece {
    int32_t nFirst, nEnd;        /* what is computed */
    int32_t nWanted, nWantedEnd; /* ... of which this is wanted */
    double dfLower; /* the size below: the factor times the size, exactly */
};

/* The piece that begins with line nWanted, of lines up to nEnd. */
RetileReducePiece RetileReduceLines(const RetileReduceAxis &oAxis,
                                    int32_t nWanted, int32_t nEnd);

/* The piece whose wanted columns begin with nWanted. bCorner: there is a mask,
 * and the piece's lines are the level's last. */
RetileReducePiece RetileReduceColumns(const RetileReduceAxis &oAxis,
                                      int32_t nWanted, int32_t nEnd,
                                      bool bCorner);

#endif
