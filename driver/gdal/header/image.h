/* image.h - the images of a TIFF file whose tiles are to be filled. */
#ifndef RETILE_GDAL_HEADER_IMAGE_H
#define RETILE_GDAL_HEADER_IMAGE_H

#include <string>
#include <vector>

#include "gdal_priv.h"

/* One image of a TIFF file. Its tile arrays are there, in full and all 0, so
 * that TIFFWriteRawTile() on the file opened for update fills them in place.
 */
struct RetileImage {
    std::string osPath{}; /* of the file */
    int nDirectory = 0;   /* of libtiff, from 0 */
    int nLevel = 0;       /* 0: full resolution; else the overview */
    bool bMask = false;   /* holds masks of the source, not its bands */
    /* For each plane of the file, in order, the band (from 1) of the source
     * whose pixels, or whose mask, it holds. 0: a plane of a mask file for
     * a band without a mask; it is 0 throughout. A mask that all bands share
     * is that of band 1. */
    std::vector<int> anBands{};
    bool bInterleaved = false; /* a tile holds all planes, pixel by pixel */
    bool bSparse = false;      /* tiles of nothing but nodata, or 0 where there
                                * is none, are to stay holes */
    int nBlockXSize = 0, nBlockYSize = 0;
    /* Of the pixels before they are encoded; masks are 0 and 255, also where
     * the file has one bit for each. */
    GDALDataType eType = GDT_Unknown;
};

struct RetileHeader {
    std::vector<RetileImage> aoImages{}; /* bands first, then masks */
    /* What GTiff reports as failures and copies in spite of, such as a colour
     * table that it cannot write: to be reported when the copy is done, for
     * one that fails has one failure only. */
    std::vector<std::string> aosFailures{};
};

#endif
