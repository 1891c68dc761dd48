/* image.h - the images of a TIFF file whose tiles are to be filled. */
#ifndef RETILE_GDAL_HEADER_IMAGE_H
#define RETILE_GDAL_HEADER_IMAGE_H

#include <string>
#include <vector>

#include "gdal_priv.h"

/* One image of a TIFF file. Its tile arrays already have their full length and
 * are all 0. If the file is opened for update, TIFFWriteRawTile() fills them in
 * place. */
struct RetileImage {
    std::string osPath{}; /* of the file */
    int nDirectory = 0;   /* libtiff's number, from 0 */
    int nLevel = 0;       /* 0: full resolution; otherwise the overview */
    bool bMask = false;   /* holds masks of the source instead of bands */
    /* For each plane of the file, in order: the band (from 1) of the source
     * whose pixels or mask it holds. 0 is a plane of a mask file for a band
     * without a mask; the plane is 0 everywhere. A mask that all bands share is
     * that of band 1. */
    std::vector<int> anBands{};
    bool bInterleaved = false; /* a tile holds all planes, pixel by pixel */
    /* Tiles with only nodata, or only 0 if there is none, stay holes. */
    bool bSparse = false;
    int nBlockXSize = 0, nBlockYSize = 0;
    /* The type before encoding. Masks are 0 and 255, even if the file has one
     * bit for each pixel. */
    GDALDataType eType = GDT_Unknown;
};

struct RetileHeader {
    std::vector<RetileImage> aoImages{}; /* bands first, then masks */
    /* Failures that GTiff reports without giving up the copy, such as a colour
     * table that it cannot write. They are reported when the copy is done,
     * because a copy that fails must report one failure only. */
    std::vector<std::string> aosFailures{};
};

#endif
