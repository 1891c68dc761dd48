/* file_stat.h - size and times of a file, without reading the file.
 */
#ifndef RETILE_IO_DATASET_FILE_STAT_H
#define RETILE_IO_DATASET_FILE_STAT_H

#include <stdbool.h>

#include "cpl_vsi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Like VSIStatL, but for the file that holds the bytes: for /vsigzip/x it asks
 * about x. GDAL would unpack all of x to find its size, and leave a file
 * x.properties next to it. Returns 0 or -1. The standard input always gives -1,
 * because a question about it would consume it. */
int rt_file_stat(const char *path, VSIStatBufL *stat);

/* Whether path is a regular file in which a read costs only the bytes that it
 * asks for. A file behind /vsigzip/ is not. */
bool rt_file_is_random(const char *path);

#ifdef __cplusplus
}
#endif
#endif
