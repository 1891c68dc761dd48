/* create_copy.h - what `-of RETILE` writes. */
#ifndef RETILE_GDAL_CREATE_COPY_H
#define RETILE_GDAL_CREATE_COPY_H

#include <string>

#include "gdal_priv.h"

/* GDALDriver::pfnCreateCopy. Writes a descriptor that names poSrcDS, or a
 * GeoTIFF, depending on LAYOUT. */
GDALDataset *RetileCreateCopy(const char *pszFilename, GDALDataset *poSrcDS,
                              int bStrict, CSLConstList papszOptions,
                              GDALProgressFunc pfnProgress,
                              void *pProgressData);

/* What a copy of poSrcDS with these creation options would do, as JSON: layout,
 * budget, and for each pass over the source how it is decoded, the tiles and
 * the memory. Nothing is decoded, and nothing is written to disk. Empty after
 * an error, which is reported. */
std::string RetileTellPlan(GDALDataset *poSrcDS, CSLConstList papszOptions);

#endif
