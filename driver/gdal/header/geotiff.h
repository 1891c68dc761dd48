/* geotiff.h - a tiled GeoTIFF without pixels, for tiles to be put in.
 *
 * The GTiff driver writes it, so that every tag, option, warning and error
 * is its own: its copy is interrupted before the first pixel.
 */
#ifndef RETILE_GDAL_HEADER_GEOTIFF_H
#define RETILE_GDAL_HEADER_GEOTIFF_H

#include <string>
#include <vector>

#include "core/base/status.h"
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

/* Adds TILED=YES to GTiff's options, and 512 for a block size not given. */
void RetileAskForTiles(CPLStringList &aosOptions);

/* Adds options of GDALDriver's own: before a copy there is nothing to delete.
 * Newer versions have the name with '@'. */
void RetileLeaveOlderFile(CPLStringList &aosOptions);

/* Writes pszPath, and what the GTiff driver writes beside it (.aux.xml, .msk,
 * .tfw, _RPC.TXT, ...), with all tags and metadata that its copy of poSrcDS
 * under papszOptions has: creation options of GTiff, tiles asked for as above.
 * A file of that name is replaced. oHeader says what is to be filled.
 *
 * Options under which the file would be no such frame are refused
 * (COPY_SRC_OVERVIEWS, STREAMABLE_OUTPUT, APPEND_SUBDATASET, TILED=NO).
 *
 * GTiff's warnings come out as they are. On failure err has GTiff's first
 * message, and what was written by then is the caller's to remove.
 * RT_ERR_ARGUMENT for what GTiff or this refuses, RT_ERR_RANGE where the disk
 * is too small. */
RT_MUST_CHECK rt_status RetileWriteGeoTiffHeader(
    const char *pszPath, GDALDataset *poSrcDS, bool bStrict,
    CSLConstList papszOptions, RetileHeader &oHeader, rt_error *err);

#endif
