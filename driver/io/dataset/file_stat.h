/* file_stat.h - what a file's entry says, without a look into the file.
 */
#ifndef RETILE_IO_DATASET_FILE_STAT_H
#define RETILE_IO_DATASET_FILE_STAT_H

#include <stdbool.h>

#include "cpl_vsi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As VSIStatL, of the file that has the bytes: of /vsigzip/x, of x. GDAL would
 * unpack all of it for its size, and leave x.properties beside it. 0 or -1,
 * which it is for the standard input, of which nothing is asked. */
int rt_file_stat(const char *path, VSIStatBufL *stat);

/* Whether path is a regular file of which any part can be read at the cost of
 * that part; one through /vsigzip/ is not. */
bool rt_file_is_random(const char *path);

#ifdef __cplusplus
}
#endif
#endif
