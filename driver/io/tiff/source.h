/* source.h - the blocks of a plain TIFF, decoded by libtiff into the
 * caller's memory.
 *
 * Read through GDAL, a block is held several times: encoded, decoded with all
 * its bands, cut into bands in GDAL's cache, and in the caller's buffer. Here
 * it is held encoded, and in the caller's buffer; decoded once more only where
 * it lies otherwise there than in the file.
 *
 * Only files that GDAL shows sample by sample as libtiff decodes them are
 * read so; every other one is left to GDAL.
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

/* What is known of a file. Fixed after open; any threads may share it. */
struct rt_tiff_source;

/* dataset: what GDAL shows of the file called name when it is opened with
 * options (NULL for none); borrowed for the call. type: what pixels are
 * delivered as. NULL where the file is to be read through GDAL, also where
 * memory is short. */
struct rt_tiff_source *rt_tiff_source_open(GDALDatasetH dataset,
                                           const char *name,
                                           CSLConstList options,
                                           GDALDataType type);
/* Its readers are closed before. NULL is allowed. */
void rt_tiff_source_close(struct rt_tiff_source *source);

/* Whether bands, from 1, are all of the file's, more than one, in its order,
 * and a block holds them side by side. */
bool rt_tiff_source_is_packed(const struct rt_tiff_source *source,
                              const int *bands, int32_t n_bands);

/* What the source itself holds, until close. */
uint64_t rt_tiff_source_table_bytes(const struct rt_tiff_source *source);

/* What a reader holds at most while it reads whole blocks, cut by the edges of
 * window and of the file only, beyond the caller's buffer. packed: as it is to
 * be given to the reader. */
uint64_t rt_tiff_source_held_bytes(const struct rt_tiff_source *source,
                                   const struct rt_window *window, bool packed);

/* Reads for one thread at a time. */
struct rt_tiff_reader;

/* RT_ERR_SOURCE, RT_ERR_MEMORY. The source is borrowed until close. */
RT_MUST_CHECK enum rt_status
rt_tiff_reader_open(const struct rt_tiff_source *source,
                    struct rt_tiff_reader **reader, struct rt_error *err);
/* NULL is allowed. */
void rt_tiff_reader_close(struct rt_tiff_reader *reader);

/* From now on buffers that take no more than most_bytes together stay for the
 * next read: fresh pages cost as much as a copy of them. */
void rt_tiff_reader_keep(struct rt_tiff_reader *reader, uint64_t most_bytes);

/* Reads window, which lies in the file, of bands (from 1, any order). pixels
 * receives band after band, row by row, without gaps; packed, which is for
 * bands that rt_tiff_source_is_packed takes: pixel by pixel with their samples
 * side by side. What the file has no bytes for is nodata, or else 0, as in
 * GDAL. RT_ERR_SOURCE with libtiff's message, RT_ERR_MEMORY. */
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
