/* source.h - the pixels of a JPEG 2000 file, decoded by OpenJPEG without
 * GDAL between.
 *
 * Pixels are those of GDAL's JP2OpenJPEG driver, sample by sample, whatever
 * window they are reached by; files of which that is not certain are refused.
 * All else about the file stays GDAL's.
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

/* dataset: what GDAL shows of the file called name when it is opened with
 * options (NULL for none); borrowed for the call. n_threads: OpenJPEG's own
 * for one read of a file of one tile. RT_ERR_SOURCE with the reason (without
 * the name) where the file is to be read through GDAL; RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_jp2_source_open(GDALDatasetH dataset, const char *name, CSLConstList options,
                   int n_threads, struct rt_jp2_source **source,
                   struct rt_error *err);

/* Where encoded tiles are kept, before the first read: for files behind a
 * network. Taken. */
void rt_jp2_source_keep_bytes(struct rt_jp2_source *source,
                              struct rt_encoded_cache *kept);

/* No read may be under way. NULL is allowed. */
void rt_jp2_source_close(struct rt_jp2_source *source);

/* Of all pixels. */
GDALDataType rt_jp2_source_type(const struct rt_jp2_source *source);

/* Whether level (0, or overview + 1) is a resolution of the file. */
bool rt_jp2_source_has_level(const struct rt_jp2_source *source, int level);

/* Whether one tile is the image: a read costs much whatever its window is. */
bool rt_jp2_source_is_one_tile(const struct rt_jp2_source *source);

/* In what blocks a level is best decoded. Where they are not given: in those
 * that GDAL tells. */
bool rt_jp2_source_blocks(const struct rt_jp2_source *source, int level,
                          int32_t *block_w_px, int32_t *block_h_px);

/* In what blocks a copy decodes the full resolution. Where there is more than
 * one decoder, each has a column of blocks. */
struct rt_jp2_cut {
    int32_t w_px, h_px;
    int32_t n_decoders;
};

/* Has the full resolution, and no other, be read in such blocks, by as many
 * threads as open was told; before the first read. Step 0 is the best where
 * memory is plenty, each further one takes less. False where there is no such
 * step, as for files of several tiles. */
bool rt_jp2_source_cut(struct rt_jp2_source *source, int step,
                       struct rt_jp2_cut *cut);

/* Counts what decoders keep in cache (borrowed until close), which has a limit
 * of bytes; before the first read. With side_by_side several may read large
 * windows of the one tile beside each other, on threads of the pool, if what
 * they keep fits into what the cache leaves for it. */
void rt_jp2_source_set_memory(struct rt_jp2_source *source,
                              struct rt_block_cache *cache, uint64_t bytes,
                              bool side_by_side);

/* What decoding anything of it takes at least. */
uint64_t rt_jp2_source_least_bytes(const struct rt_jp2_source *source);

/* What is held while a window of the full resolution is decoded: by pixel, and
 * beside that by each decoder, which keeps it where one tile is the image. */
uint64_t rt_jp2_source_held_px_bytes(const struct rt_jp2_source *source);
uint64_t rt_jp2_source_held_bytes(const struct rt_jp2_source *source);

/* Reads window of a level that is there. pixels[i] receives the plane planes[i]
 * (from 0), row by row without gaps. From any number of threads. RT_ERR_SOURCE
 * names file and tile; RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_jp2_source_read(struct rt_jp2_source *source, int level,
                   const int32_t *planes, int32_t n_planes,
                   const struct rt_window *window, void *const *pixels,
                   struct rt_error *err);

/* The same of the full resolution: bands are counted from 1, and pixels
 * receives one after the other. */
RT_MUST_CHECK enum rt_status
rt_jp2_source_read_bands(struct rt_jp2_source *source, const int *bands,
                         int32_t n_bands, const struct rt_window *window,
                         void *pixels, struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
