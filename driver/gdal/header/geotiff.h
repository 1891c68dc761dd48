/* geotiff.h - a tiled GeoTIFF without pixels, for tiles to be put in.
 *
 * The GTiff driver writes it, so every tag, option, warning and error is
 * GTiff's. Its copy is interrupted before the first pixel.
 */
#ifndef RETILE_GDAL_HEADER_GEOTIFF_H
#define RETILE_GDAL_HEADER_GEOTIFF_H

#include "core/base/status.h"
#include "cpl_string.h"
#include "gdal/header/image.h"
#include "gdal_priv.h"

/* Adds TILED=YES to GTiff's options, and a block size of 512 if none is given.
 */
void RetileAskForTiles(CPLStringList &aosOptions);

/* Adds an option that stops GDALDriver from deleting anything before the copy.
 * Newer versions have its name with '@'. */
void RetileLeaveOlderFile(CPLStringList &aosOptions);

/* Writes pszPath and the files that the GTiff driver writes beside it
 * (.aux.xml, .msk, .tfw, _RPC.TXT, ...). They have all tags and metadata that
 * GTiff's copy of poSrcDS with papszOptions has. papszOptions are creation
 * options of GTiff; tiles are requested as above. A file of that name is
 * replaced. oHeader lists the images to be filled.
 *
 * Options that do not allow such a header are refused (COPY_SRC_OVERVIEWS,
 * STREAMABLE_OUTPUT, APPEND_SUBDATASET, TILED=NO).
 *
 * GTiff's warnings are reported unchanged. On failure, err has GTiff's first
 * message, and the caller removes the files written so far. RT_ERR_ARGUMENT if
 * GTiff or this function refuses the request, RT_ERR_RANGE if the disk is too
 * small.
 */
RT_MUST_CHECK rt_status RetileWriteGeoTiffHeader(
    const char *pszPath, GDALDataset *poSrcDS, bool bStrict,
    CSLConstList papszOptions, RetileHeader &oHeader, rt_error *err);

#endif
