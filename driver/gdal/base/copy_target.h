/* copy_target.h - the file that a copy writes, and the files that it replaces.
 */
#ifndef RETILE_GDAL_BASE_COPY_TARGET_H
#define RETILE_GDAL_BASE_COPY_TARGET_H

#include "core/base/status.h"
#include "gdal_priv.h"

/* RT_ERR_ARGUMENT if pszFilename is poSrcDS or one of its files, or if it names
 * a view rather than a file. */
RT_MUST_CHECK rt_status RetileCheckTarget(const char *pszFilename,
                                          GDALDataset *poSrcDS, rt_error *err);

/* RT_ERR_ARGUMENT if GTiff takes pszFilename for another file or a part of one,
 * as it does with GTIFF_DIR:1:a.tif, so that a file of this name would not
 * open. */
RT_MUST_CHECK rt_status RetileCheckTiffName(const char *pszFilename,
                                            rt_error *err);

/* The files that are removed when a GeoTIFF replaces pszFilename: those of
 * RetileFilesBeside, and the world file and RPC file if the older dataset lists
 * them and a GeoTIFF of this name would read them. Never a file of the source.
 * Empty if there is no older file. */
CPLStringList RetileOlderFiles(const char *pszFilename, GDALDataset *poSrcDS);

#endif
