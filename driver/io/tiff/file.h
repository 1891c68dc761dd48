/* file.h - an existing TIFF file, opened with libtiff, that loses no errors.
 *
 * libtiff ignores many failed writes. Here the first failed call is kept, with
 * the system's reason. From then on nothing more is written to the file, and
 * close reports the failure. libtiff's messages are kept as well and never
 * printed. One thread at a time.
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

/* Opens any GDAL path (copied) for update. Reads the file's header, but no
 * directory. RT_ERR_IO, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_tiff_file_open(const char *path,
                                               struct rt_tiff_file **file,
                                               struct rt_error *err);

/* Borrowed; never NULL. Only close and abandon may clean it up. */
TIFF *rt_tiff_file_handle(const struct rt_tiff_file *file);

/* The first failure so far, the system's or else libtiff's: RT_ERR_IO, or
 * RT_ERR_RANGE if a classic TIFF is full. If neither gave a message, `what`
 * says what was attempted. */
enum rt_status rt_tiff_file_error(const struct rt_tiff_file *file,
                                  const char *what, struct rt_error *err);

/* Closes and frees file, also on failure. Fails if any call since open failed,
 * with the error of the first one. */
RT_MUST_CHECK enum rt_status rt_tiff_file_close(struct rt_tiff_file *file,
                                                struct rt_error *err);

/* Closes and frees file without writing anything more. NULL is allowed. */
void rt_tiff_file_abandon(struct rt_tiff_file *file);

/* Lets the disk begin to write a file that is written in order, because its
 * commit will wait for the disk. Does so every 8 MB: from *started_bytes, which
 * moves along, to end_bytes. A failure is ignored. descriptor: -1 for a file
 * that is not local, of which nothing is started. */
void rt_tiff_start_disk(int descriptor, uint64_t *started_bytes,
                        uint64_t end_bytes);

#ifdef __cplusplus
}
#endif
#endif
