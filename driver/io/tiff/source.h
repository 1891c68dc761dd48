/* source.h - decodes the blocks of a plain TIFF with libtiff, into the caller's
 * memory.
 *
 * GDAL holds a block several times: encoded, decoded with all its bands, split
 * into bands in its cache, and in the caller's buffer. Here it is held encoded
 * and in the caller's buffer. A second decoded copy is needed only if the
 * caller's layout differs from the file's.
 *
 * Only files whose samples GDAL shows exactly as libtiff decodes them are read
 * this way. GDAL reads all others.
 */
#ifndef RETILE_IO_TIFF_SOURCE_H
#define RETILE_IO_TIFF_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/grid.h"
#include "core/base/status.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is known about a file. Fixed after open; any threads may share it. */
struct rt_tiff_source;

/* dataset: the file name as GDAL shows it when opened with options (NULL for
 * none); borrowed for the call. type: the type in which pixels are delivered.
 * NULL if the file has to be read through GDAL, or if out of memory. */
struct rt_tiff_source *rt_tiff_source_open(GDALDatasetH dataset,
                                           const char *name,
                                           CSLConstList options,
                                           GDALDataType type);
/* Close its readers first. NULL is allowed. */
void rt_tiff_source_close(struct rt_tiff_source *source);

/* Whether bands (from 1) are all bands of the file, in its order and more than
 * one, and a block stores them side by side. */
bool rt_tiff_source_is_packed(const struct rt_tiff_source *source,
                              const int *bands, int32_t n_bands);

/* Bytes that the source itself holds until close. */
uint64_t rt_tiff_source_table_bytes(const struct rt_tiff_source *source);

/* The most bytes that a reader holds, in addition to the caller's buffer, while
 * it reads whole blocks, clipped only by the edges of window and file. packed:
 * as in the read. */
uint64_t rt_tiff_source_held_bytes(const struct rt_tiff_source *source,
                                   const struct rt_window *window, bool packed);

/* Reads, for one thread at a time. */
struct rt_tiff_reader;

/* RT_ERR_SOURCE, RT_ERR_MEMORY. The source is borrowed until close. */
RT_MUST_CHECK enum rt_status
rt_tiff_reader_open(const struct rt_tiff_source *source,
                    struct rt_tiff_reader **reader, struct rt_error *err);
/* NULL is allowed. */
void rt_tiff_reader_close(struct rt_tiff_reader *reader);

/* From now on buffers of at most most_bytes together are kept for the next
 * read. Fresh pages cost as much as copying them. */
void rt_tiff_reader_keep(struct rt_tiff_reader *reader, uint64_t most_bytes);

/* Reads window, which must lie inside the file, of bands (from 1, any order).
 * pixels receives band after band, row by row, without gaps. With packed, which
 * requires rt_tiff_source_is_packed for these bands, it receives pixel by pixel
 * with the samples side by side. Blocks that the file does not store are
 * nodata, or else 0, as in GDAL. RT_ERR_SOURCE with libtiff's message,
 * RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_tiff_reader_read(struct rt_tiff_reader *reader,
                                                 const int *bands,
                                                 int32_t n_bands, bool packed,
                                                 const struct rt_window *window,
                                                 void *pixels,
                                                 struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
