/* source.h - the pixels of a JPEG 2000 file, decoded by OpenJPEG without GDAL.
 *
 * The pixels equal those of GDAL's JP2OpenJPEG driver, sample by sample, in any
 * window. Files for which that is not certain are refused. GDAL still serves
 * everything except pixels.
 */
#ifndef RETILE_IO_JP2_SOURCE_H
#define RETILE_IO_JP2_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/grid.h"
#include "core/base/status.h"
#include "core/cache/block_cache.h"
#include "core/cache/encoded_cache.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_jp2_source;

/* dataset: the file name as GDAL shows it when opened with options (NULL for
 * none); borrowed for the call. n_threads: OpenJPEG's own threads for one read
 * of a one-tile file. RT_ERR_SOURCE with the reason (without the name) if the
 * file has to be read through GDAL; RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_jp2_source_open(GDALDatasetH dataset, const char *name, CSLConstList options,
                   int n_threads, struct rt_jp2_source **source,
                   struct rt_error *err);

/* Sets the cache for encoded tiles, for files behind a network. Before the
 * first read. The source takes ownership of kept. */
void rt_jp2_source_keep_bytes(struct rt_jp2_source *source,
                              struct rt_encoded_cache *kept);

/* No read may be in progress. NULL is allowed. */
/* From now on a tile is decoded as a whole. Call it before anything is read. */
void rt_jp2_source_decode_whole(struct rt_jp2_source *source);

void rt_jp2_source_close(struct rt_jp2_source *source);

/* The type of all pixels. */
GDALDataType rt_jp2_source_type(const struct rt_jp2_source *source);

/* Whether level (0, or overview + 1) is a resolution of the file. */
bool rt_jp2_source_has_level(const struct rt_jp2_source *source, int level);

/* Whether the image is a single tile: a read then costs much, however small its
 * window is. */
bool rt_jp2_source_is_one_tile(const struct rt_jp2_source *source);

/* The blocks in which a level is best decoded. False: use the blocks that GDAL
 * reports. */
bool rt_jp2_source_blocks(const struct rt_jp2_source *source, int level,
                          int32_t *block_w_px, int32_t *block_h_px);

/* The blocks in which a copy decodes the full resolution. If there are several
 * decoders, each has a column of blocks. */
struct rt_jp2_cut {
    int32_t w_px, h_px;
    int32_t n_decoders;
};

/* From now on the full resolution, and no other level, is read in these blocks,
 * by as many threads as open was told. Before the first read. Step 0 is the
 * best if there is enough memory; each further step takes less. False if there
 * is no such step; files of several tiles have none. */
bool rt_jp2_source_cut(struct rt_jp2_source *source, int step,
                       struct rt_jp2_cut *cut);

/* Counts what decoders keep in cache (borrowed until close), whose limit is
 * bytes. Before the first read. With side_by_side, several decoders on threads
 * of the pool may read a large window of a one-tile image side by side, if what
 * they keep fits into the share that the cache leaves for it. */
void rt_jp2_source_set_memory(struct rt_jp2_source *source,
                              struct rt_block_cache *cache, uint64_t bytes,
                              bool side_by_side);

/* The memory that decoding even the smallest window takes. */
uint64_t rt_jp2_source_least_bytes(const struct rt_jp2_source *source);

/* Memory held while a window of the full resolution is decoded: per pixel, and
 * in addition per decoder. A decoder of a one-tile image keeps its share. */
uint64_t rt_jp2_source_held_px_bytes(const struct rt_jp2_source *source);
uint64_t rt_jp2_source_held_bytes(const struct rt_jp2_source *source);

/* Reads window of an existing level. pixels[i] receives plane planes[i] (from
 * 0), row by row without gaps. May be called from any number of threads.
 * RT_ERR_SOURCE names file and tile; RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_jp2_source_read(struct rt_jp2_source *source, int level,
                   const int32_t *planes, int32_t n_planes,
                   const struct rt_window *window, void *const *pixels,
                   struct rt_error *err);

/* The same for the full resolution. Bands are counted from 1, and pixels
 * receives one plane after the other. */
RT_MUST_CHECK enum rt_status
rt_jp2_source_read_bands(struct rt_jp2_source *source, const int *bands,
                         int32_t n_bands, const struct rt_window *window,
                         void *pixels, struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
