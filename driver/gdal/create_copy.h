/* create_copy.h - what `-of RETILE` writes. */
#ifndef RETILE_GDAL_CREATE_COPY_H
#define RETILE_GDAL_CREATE_COPY_H

#include "gdal_priv.h"

/* GDALDriver::pfnCreateCopy. Writes a descriptor that names poSrcDS, or a
 * GeoTIFF, depending on LAYOUT. */
GDALDataset *RetileCreateCopy(const char *pszFilename, GDALDataset *poSrcDS,
                              int bStrict, CSLConstList papszOptions,
                              GDALProgressFunc pfnProgress,
                              void *pProgressData);

#endif
