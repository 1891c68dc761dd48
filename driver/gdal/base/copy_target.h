/* copy_target.h - the file that a copy is to become, and what is there before.
 */
#ifndef RETILE_GDAL_BASE_COPY_TARGET_H
#define RETILE_GDAL_BASE_COPY_TARGET_H

#include "core/base/status.h"
#include "gdal_priv.h"

/* RT_ERR_ARGUMENT where pszFilename is poSrcDS, or a file of it, or names a
 * view rather than a file. */
RT_MUST_CHECK rt_status RetileCheckTarget(const char *pszFilename,
                                          GDALDataset *poSrcDS, rt_error *err);

/* What goes when a GeoTIFF replaces the file pszFilename: RetileFilesBeside,
 * and the world file and RPCs that the older dataset lists and a GeoTIFF of
 * this name would take for its own. None of a file of the source, and none
 * where there is no older file. */
CPLStringList RetileOlderFiles(const char *pszFilename, GDALDataset *poSrcDS);

#endif
