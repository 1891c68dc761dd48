/* gdal_source.h - any raster that GDAL opens, as a source for the core.
 *
 * Holds several GDAL handles on one raster, opened as threads ask for them,
 * so that reads do not wait for each other; each is used by one thread at a
 * time. What a read decodes does not stay in GDAL's own block cache.
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
#include "io/source/layers.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_gdal_source;

/* Who decodes pixels: GDAL's driver, or this one itself where it can
 * (io/jp2/source.h). */
enum rt_decoder { RT_DECODER_AUTO, RT_DECODER_GDAL, RT_DECODER_NATIVE };

/* Opens name with open_options (NULL or NAME=VALUE strings; copied).
 * RT_ERR_SOURCE with GDAL's own message where it can't be opened as a
 * raster, RT_ERR_RANGE where a block count overflows, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_gdal_source_open(const char *name,
                                                 CSLConstList open_options,
                                                 struct rt_gdal_source **source,
                                                 struct rt_error *err);

/* From now on lines are read of their whole width, one by one, as gdaldem does.
 * Before anything is read. */
void rt_gdal_source_read_by_lines(struct rt_gdal_source *source);

/* Chooses who decodes, before anything is read; GDAL does unless told. AUTO
 * falls back to GDAL; NATIVE gives RT_ERR_ARGUMENT with the reason then.
 * n_threads: what one read may use where several cannot share one. bytes: the
 * cache's limit; what takes more than that (or than is little) to decode at
 * all is GDAL's. */
RT_MUST_CHECK enum rt_status
rt_gdal_source_decode_by(struct rt_gdal_source *source, enum rt_decoder decoder,
                         int n_threads, uint64_t bytes, struct rt_error *err);

/* Counts what decoders keep from one read to the next in cache (borrowed until
 * close), whose limit is bytes; before anything is read. */
void rt_gdal_source_set_memory(struct rt_gdal_source *source,
                               struct rt_block_cache *cache, uint64_t bytes);

/* Keeps what comes over a network encoded in cache (borrowed until close), if
 * the source knows how, for when it is decoded again. Before the first read,
 * and after the choice of who decodes. identity: a text of the source and its
 * version by which no pixels are cached. RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_gdal_source_keep_bytes(struct rt_gdal_source *source,
                          struct rt_block_cache *cache, const char *identity,
                          enum rt_spill spill, struct rt_error *err);

/* Who decodes, and in what blocks, as a text: pixels cached of one are not cut
 * as those of another. Static. */
const char *rt_gdal_source_decoder(const struct rt_gdal_source *source);

/* The configuration options that it was opened under, as
 * io/dataset/open_settings.h has them in a text. Borrowed. */
const char *rt_gdal_source_settings(const struct rt_gdal_source *source);

/* Whether its files are as they were when it was opened. RT_ERR_SOURCE names
 * one that is not. */
RT_MUST_CHECK enum rt_status
rt_gdal_source_check(const struct rt_gdal_source *source, struct rt_error *err);

/* No read may be under way. NULL is allowed. */
void rt_gdal_source_close(struct rt_gdal_source *source);

/* For the core. Borrowed. */
const struct rt_source *rt_gdal_source_core(struct rt_gdal_source *source);

const char *rt_gdal_source_name(const struct rt_gdal_source *source);

int rt_gdal_source_bands(const struct rt_gdal_source *source);

/* The full resolution and its overviews: 1 or more. */
int rt_gdal_source_levels(const struct rt_gdal_source *source);

/* band from 0, level from 0. Borrowed. */
const struct rt_gdal_band *
rt_gdal_source_band(const struct rt_gdal_source *source, int level, int band);

/* The handle for everything but pixels, for the caller alone until it is
 * given back. */
GDALDatasetH rt_gdal_source_lock(struct rt_gdal_source *source);
void rt_gdal_source_unlock(struct rt_gdal_source *source);

/* Whether resampled reads of this source are not what GDAL's generic code
 * makes of its pixels and overviews (VRT, web services, ...): they have to be
 * left to it to be the same. */
bool rt_gdal_source_resamples(const struct rt_gdal_source *source);

#ifdef __cplusplus
}
#endif
#endif
