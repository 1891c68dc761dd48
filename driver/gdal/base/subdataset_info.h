/* subdataset_info.h - the file in the name of a view, for GDAL 3.8 and later.
 *
 * GDAL writes the sources of a VRT relative to it if it knows which part of a
 * name is a file. It asks the drivers for that.
 */
#ifndef RETILE_GDAL_BASE_SUBDATASET_INFO_H
#define RETILE_GDAL_BASE_SUBDATASET_INFO_H

#include <string>

#include "io/dataset/gdal_versions.h"

/* Where the file is in a name with the prefix. Empty if there is none, or if
 * the name does not tell. */
struct RetileNamedFile {
    size_t nAt = 0;
    std::string osPath{};
};

RetileNamedFile RetileFindNamedFile(const char *pszName);

#if RT_GDAL_HAS_SUBDATASET_INFO
/* For GDALDriver::pfnGetSubdatasetInfoFunc. nullptr if pszName names no file
 * through the prefix. The caller deletes the result. */
GDALSubdatasetInfo *RetileSubdatasetInfo(const char *pszName);
#endif

#endif
