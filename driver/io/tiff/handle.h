/* handle.h - libtiff handles that print nothing.
 *
 * Errors go into a struct rt_tiff_messages of the handle's owner. Warnings are
 * dropped: a template comes from GTiff itself, and the reader checks everything
 * that it uses.
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

/* The functions for reading and writing; see TIFFClientOpen. Nothing is
 * mapped. */
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

/* Opens any path of GDAL's virtual file systems for reading. Arrays of offsets
 * are loaded only when they are needed. NULL on failure. */
TIFF *rt_tiff_open_file(const char *path, struct rt_tiff_messages *messages);

/* Reads n_bytes of a file at `at`, or fewer at its end; *done is the number.
 * False, with errno set, if reading fails. */
bool rt_tiff_pread(int descriptor, uint64_t at, void *bytes, size_t n_bytes,
                   size_t *done);

/* The first error since messages was cleared; text if there was none. */
const char *rt_tiff_messages_text(const struct rt_tiff_messages *messages,
                                  const char *text);

#ifdef __cplusplus
}
#endif
#endif
