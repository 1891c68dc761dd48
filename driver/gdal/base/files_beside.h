/* files_beside.h - the files that GDAL keeps beside a GeoTIFF. */
#ifndef RETILE_GDAL_BASE_FILES_BESIDE_H
#define RETILE_GDAL_BASE_FILES_BESIDE_H

#include <string>

#include "cpl_string.h"

/* Whether there is a file of this name. A folder does not count. */
bool RetileIsThere(const std::string &osPath);

/* The existing files beside pszFilename that GDAL uses for the metadata,
 * overviews and masks of any GeoTIFF of this name: its whole name and a suffix.
 */
CPLStringList RetileFilesBeside(const char *pszFilename);

#endif
