/* handle.h - libtiff handles that print nothing.
 *
 * What libtiff reports goes into a struct rt_tiff_messages of the handle's
 * owner. Warnings are dropped: a template is GTiff's own work, and what it is
 * read for is checked by the reader.
 */
#ifndef RETILE_IO_TIFF_HANDLE_H
#define RETILE_IO_TIFF_HANDLE_H

#include <stdbool.h>
#include <stdint.h>

#include <tiffio.h>

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_tiff_messages {
    char first_error[RT_ERROR_TEXT_BYTES]; /* empty: none */
};

/* Where a handle reads and writes; see TIFFClientOpen. Nothing is mapped. */
struct rt_tiff_client {
    TIFFReadWriteProc read, write;
    TIFFSeekProc seek;
    TIFFCloseProc close;
    TIFFSizeProc size;
};

/* NULL on failure. client and messages are borrowed until TIFFClose. */
TIFF *rt_tiff_open_client(const char *name, const char *mode,
                          const struct rt_tiff_client *client, void *data,
                          struct rt_tiff_messages *messages);

/* Opens any path of GDAL's virtual file systems for reading; tables of tiles
 * are not loaded before they are asked for. NULL on failure. */
TIFF *rt_tiff_open_file(const char *path, struct rt_tiff_messages *messages);

/* Reads n_bytes of a file at `at`, or as many as there are: *done. False with
 * errno where that fails. */
bool rt_tiff_pread(int descriptor, uint64_t at, void *bytes, size_t n_bytes,
                   size_t *done);

/* The first error since messages were cleared, or text. */
const char *rt_tiff_messages_text(const struct rt_tiff_messages *messages,
                                  const char *text);

#ifdef __cplusplus
}
#endif
#endif
