/* files_beside.h - what GDAL keeps beside a GeoTIFF. */
#ifndef RETILE_GDAL_BASE_FILES_BESIDE_H
#define RETILE_GDAL_BASE_FILES_BESIDE_H

#include <string>

#include "cpl_string.h"

/* Whether there is a file, not a folder, of this name. */
bool RetileIsThere(const std::string &osPath);

/* The files beside pszFilename that any GeoTIFF of this name has for its
 * metadata, overviews and masks: those under its whole name and a suffix. */
CPLStringList RetileFilesBeside(const char *pszFilename);

#endif
