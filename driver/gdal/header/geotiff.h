/* geotiff.h - a tiled GeoTIFF without pixels, for tiles to be put in.
 *
 * The GTiff driver writes it, so that every tag, option, warning and error
 * is its own: its copy is interrupted before the first pixel.
 */
#ifndef RETILE_GDAL_HEADER_GEOTIFF_H
#define RETILE_GDAL_HEADER_GEOTIFF_H

#include "core/base/status.h"
#include "cpl_string.h"
#include "gdal/header/image.h"
#include "gdal_priv.h"

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
