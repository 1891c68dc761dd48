/* file.h - an existing TIFF file under libtiff, with errors that are not
 * lost.
 *
 * libtiff ignores the failure of much that it writes. Here the first failed
 * call is kept, with the system's reason; from then on nothing more reaches
 * the file, and close reports it. What libtiff says is kept as well, and is
 * never printed. One thread at a time.
 */
#ifndef RETILE_IO_TIFF_FILE_H
#define RETILE_IO_TIFF_FILE_H

#include <stdint.h>
#include <tiffio.h>

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_tiff_file;

/* Opens any path of GDAL's (copied) for update and reads its header, not a
 * directory. RT_ERR_IO, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_tiff_file_open(const char *path,
                                               struct rt_tiff_file **file,
                                               struct rt_error *err);

/* Borrowed; NULL never. To be cleaned up by close or abandon only. */
TIFF *rt_tiff_file_handle(const struct rt_tiff_file *file);

/* The first failure so far, of the system or else of libtiff: RT_ERR_IO, or
 * RT_ERR_RANGE where a classic TIFF is full. `what` says what was attempted,
 * where neither said anything. */
enum rt_status rt_tiff_file_error(const struct rt_tiff_file *file,
                                  const char *what, struct rt_error *err);

/* Closes and frees file, also on failure, which is that of the first call
 * that failed since open. */
RT_MUST_CHECK enum rt_status rt_tiff_file_close(struct rt_tiff_file *file,
                                                struct rt_error *err);

/* Closes and frees file without writing anything more. NULL is allowed. */
void rt_tiff_file_abandon(struct rt_tiff_file *file);

#ifdef __cplusplus
}
#endif
#endif
