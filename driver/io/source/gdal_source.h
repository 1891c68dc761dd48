/* gdal_source.h - any raster that GDAL opens, as a source for the core.
 *
 * Holds several GDAL handles on one raster, so that reads do not wait for each
 * other. They are opened as threads need them, and each is used by one thread
 * at a time. Blocks decoded by a read do not stay in GDAL's own block cache.
 *
 * Layers and planes are those of layers.h.
 */
#ifndef RETILE_IO_SOURCE_GDAL_SOURCE_H
#define RETILE_IO_SOURCE_GDAL_SOURCE_H

#include <stdbool.h>

#include "core/cache/block_cache.h"
#include "core/source/source.h"
#include "gdal.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/open_settings.h"
#include "io/source/layers.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_gdal_source;

/* The decoder of the pixels: GDAL's driver, or ours if it supports the file
 * (io/jp2/source.h). */
enum rt_decoder { RT_DECODER_AUTO, RT_DECODER_GDAL, RT_DECODER_NATIVE };

/* Opens name with open_options (NULL or NAME=VALUE strings; copied).
 * RT_ERR_SOURCE with GDAL's own message if it cannot be opened as a raster,
 * RT_ERR_RANGE if a block count overflows, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_gdal_source_open(const char *name,
                                                 CSLConstList open_options,
                                                 struct rt_gdal_source **source,
                                                 struct rt_error *err);

/* ... for its full resolution only, without overviews and masks. Looks for no
 * file but those that the pixels are in: much cheaper. */
RT_MUST_CHECK enum rt_status
rt_gdal_source_open_image(const char *name, CSLConstList open_options,
                          struct rt_gdal_source **source, struct rt_error *err);

/* From now on reads full lines, one at a time, as gdaldem does. Call it before
 * anything is read. */
void rt_gdal_source_read_by_lines(struct rt_gdal_source *source);

/* Chooses the decoder. Call it before anything is read; without it GDAL
 * decodes. AUTO falls back to GDAL; NATIVE fails with RT_ERR_ARGUMENT and the
 * reason. n_threads: if only one read at a time can decode, the threads of that
 * read; otherwise how many reads may decode at once. bytes: the cache's limit.
 * If decoding anything of the file takes more than that, GDAL decodes, unless
 * the amount is small. */
RT_MUST_CHECK enum rt_status
rt_gdal_source_decode_by(struct rt_gdal_source *source, enum rt_decoder decoder,
                         int n_threads, uint64_t bytes, struct rt_error *err);

/* From now on the full resolution is one block, if our decoder decodes it and
 * it is a JPEG 2000 of one tile; otherwise returns false. That takes less time
 * and memory than parts do. Call it after the choice of the decoder and before
 * anything is read. */
bool rt_gdal_source_decode_whole(struct rt_gdal_source *source);

/* What a decoder keeps between reads, about. 0 if it is little. */
uint64_t rt_gdal_source_kept_bytes(const struct rt_gdal_source *source);

/* From now on the memory that decoders keep between reads counts in cache
 * (borrowed until close), whose limit is bytes. Call it before anything is
 * read. */
void rt_gdal_source_set_memory(struct rt_gdal_source *source,
                               struct rt_block_cache *cache, uint64_t bytes);

/* Reads the full resolution of the image in place of GDAL. */
struct rt_image_reader {
    void *context;
    /* Called once, before the first read, with a handle of the source and the
     * options that it was opened with. If it returns false, GDAL reads. */
    bool (*start)(void *context, GDALDatasetH dataset, CSLConstList options);
    /* As rt_source's. */
    enum rt_status (*read)(void *context, const int32_t *planes,
                           int32_t n_planes, const struct rt_window *window,
                           void *const *pixels, struct rt_error *err);
    /* Pixels that it has decoded, and how many of them for the first time. */
    void (*count)(void *context, uint64_t *decoded_px, uint64_t *touched_px);
    void (*close)(void *context);
};

/* From now on reads by reader, which the source owns. Call it once, before
 * anything is read. */
void rt_gdal_source_read_by(struct rt_gdal_source *source,
                            const struct rt_image_reader *reader);

/* What the source's reader has decoded; 0 if there is none. The view does not
 * count those pixels. */
void rt_gdal_source_count(struct rt_gdal_source *source, uint64_t *decoded_px,
                          uint64_t *touched_px);

/* Keeps encoded bytes that came over a network in cache (borrowed until close),
 * so that they need not be fetched again, if the source supports it. Call it
 * after the choice of the decoder and before the first read. identity: a text
 * for the source and its version, different from the one that its pixels are
 * cached under. RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_gdal_source_keep_bytes(struct rt_gdal_source *source,
                          struct rt_block_cache *cache, const char *identity,
                          enum rt_spill spill, struct rt_error *err);

/* The decoder as a text, for identities: the decoders use different blocks, so
 * their cached pixels must not be mixed. Static. */
const char *rt_gdal_source_decoder(const struct rt_gdal_source *source);

/* The configuration options under which it was opened, as a text
 * (io/dataset/open_settings.h). Borrowed. */
const char *rt_gdal_source_settings(const struct rt_gdal_source *source);

/* Gives the calling thread these options until rt_open_settings_leave: for a
 * read through a handle of the source, because a VRT may open its own sources
 * only now. */
void rt_gdal_source_enter_settings(const struct rt_gdal_source *source,
                                   struct rt_settings_before *before);

/* Checks that its files are unchanged since it was opened. RT_ERR_SOURCE names
 * one that is not. */
RT_MUST_CHECK enum rt_status
rt_gdal_source_check(const struct rt_gdal_source *source, struct rt_error *err);

/* No read may be in progress. NULL is allowed. */
void rt_gdal_source_close(struct rt_gdal_source *source);

/* The source as the core uses it. Borrowed. */
const struct rt_source *rt_gdal_source_core(struct rt_gdal_source *source);

/* As opened. Borrowed. */
const char *rt_gdal_source_name(const struct rt_gdal_source *source);

int rt_gdal_source_bands(const struct rt_gdal_source *source);

/* The full resolution and its overviews: 1 or more. */
int rt_gdal_source_levels(const struct rt_gdal_source *source);

/* band from 0, level from 0. Borrowed. */
const struct rt_gdal_band *
rt_gdal_source_band(const struct rt_gdal_source *source, int level, int band);

/* The handle for everything but pixels, for the caller alone until unlock.
 * Enters the fork gate until then. In a child of fork it may be the parent's
 * handle, if the source cannot be opened again. */
GDALDatasetH rt_gdal_source_lock(struct rt_gdal_source *source);
void rt_gdal_source_unlock(struct rt_gdal_source *source);

/* Whether resampled reads of this source differ from what GDAL's generic code
 * makes of its pixels and overviews (VRT, web services, ...). To get the same
 * pixels, such reads have to go to the source itself. */
bool rt_gdal_source_resamples(const struct rt_gdal_source *source);

#ifdef __cplusplus
}
#endif
#endif
