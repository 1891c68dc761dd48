/* remote.h - whether a file is behind a network. */
#ifndef RETILE_IO_DATASET_REMOTE_H
#define RETILE_IO_DATASET_REMOTE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* For a file name as GDAL takes it: true for /vsicurl/, /vsis3/ and the like,
 * and for archives stored there. */
bool rt_is_remote(const char *name);

#ifdef __cplusplus
}
#endif
#endif
