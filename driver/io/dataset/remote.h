/* remote.h - whether a file lies behind a network. */
#ifndef RETILE_IO_DATASET_REMOTE_H
#define RETILE_IO_DATASET_REMOTE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of a file's name as GDAL takes it: /vsicurl/, /vsis3/ and their like, and
 * archives that lie there. */
bool rt_is_remote(const char *name);

#ifdef __cplusplus
}
#endif
#endif
