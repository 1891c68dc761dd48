/* jpeg.h - copies from JPEG to JPEG in which the GTiff driver decodes no pixel.
 */
#ifndef RETILE_GDAL_COPY_JPEG_H
#define RETILE_GDAL_COPY_JPEG_H

#include "core/base/status.h"
#include "gdal_priv.h"

/* Whether GTiff's CreateCopy of poSrcDS into tiles with papszOptions (GTiff's
 * creation options) would copy the DCT coefficients of a JPEG file instead of
 * encoding its pixels again. Such a copy loses nothing, and its tags differ
 * (PHOTOMETRIC, JPEGTables), so GTiff makes it. The source is a JPEG file, or a
 * VRT that shows all of one. */
bool RetileCopiesJpegCoefficients(GDALDataset *poSrcDS,
                                  CSLConstList papszOptions);

/* Lets GTiff make such a copy, tiled, at pszPath. RT_ERR_IO with GTiff's
 * message. */
RT_MUST_CHECK rt_status RetileCopyJpegCoefficients(
    const char *pszPath, GDALDataset *poSrcDS, bool bStrict,
    CSLConstList papszOptions, GDALProgressFunc pfnProgress,
    void *pProgressData, rt_error *err);

#endif
