/* files.h - all local files that a dataset is read from.
 */
#ifndef RETILE_IO_VRT_FILES_H
#define RETILE_IO_VRT_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "gdal.h"
#include "io/dataset/version.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The files that dataset, opened as name, lists, and those of all VRTs and
 * views below it. GDAL does not list these: for a mosaic of mosaics it lists
 * only the inner mosaics. Each file appears once. most limits the files from
 * below (0: all).
 *
 * If name is behind a network, it is the only file, because each further one
 * would be a request. Other files behind a network are listed, but not read
 * unless they end in .vrt.
 *
 * NULL if there are none. The caller frees the list with CSLDestroy. Reports
 * nothing to GDAL. */
char **rt_vrt_files(GDALDatasetH dataset, const char *name, size_t most);

/* The identity (rt_source_identity) of a dataset with all these files, or with
 * those that the pixels of its full resolution are in. The caller frees it with
 * CPLFree. */
char *rt_vrt_identity(GDALDatasetH dataset, const char *name,
                      CSLConstList open_options, const char *settings,
                      bool only_image);

/* The version (rt_source_version_take) of the first of these files. NULL if out
 * of memory. */
struct rt_source_version *rt_vrt_version(GDALDatasetH dataset, const char *name,
                                         bool only_image);

#ifdef __cplusplus
}
#endif
#endif
