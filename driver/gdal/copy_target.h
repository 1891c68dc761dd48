/* copy_target.h - the file that a copy is to become, and what is there before.
 */
#ifndef RETILE_GDAL_COPY_TARGET_H
#define RETILE_GDAL_COPY_TARGET_H

#include "core/status.h"
#include "gdal_priv.h"

/* RT_ERR_ARGUMENT where pszFilename is poSrcDS, or a file of it. */
RT_MUST_CHECK rt_status RetileCheckTarget(const char *pszFilename,
                                          GDALDataset *poSrcDS, rt_error *err);

/* Files of an older dataset of the target's name that are not the source's. */
CPLStringList RetileOlderFiles(const char *pszFilename, GDALDataset *poSrcDS);

#endif
