/* source.h - the result of a gdaldem operator on one band of a raster, as a
 * source for the core.
 *
 * It has one level: layer 0 is the result and layer 1 its masks. The operator's
 * input is read through a view of its own, which shares its cache with the view
 * of the result. So a block is decoded once, and lines that neighbouring
 * windows share come from the cache.
 */
#ifndef RETILE_IO_FOCAL_SOURCE_H
#define RETILE_IO_FOCAL_SOURCE_H

#include "core/base/stats.h"
#include "core/cache/block_cache.h"
#include "core/source/source.h"
#include "io/source/gdal_source.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_focal_source;

/* words: those of FOCAL. input is borrowed and must outlive the source; its
 * pixels are read if colours are given in percent. The result is computed in
 * blocks that fit a grid of block_w_px x block_h_px. Errors: see
 * rt_focal_operator_create. */
RT_MUST_CHECK enum rt_status
rt_focal_source_open(struct rt_gdal_source *input, const char *words,
                     int32_t block_w_px, int32_t block_h_px,
                     struct rt_focal_source **source, struct rt_error *err);

/* The grid on which the input is cached. */
void rt_focal_source_grid(const struct rt_focal_source *source,
                          int32_t *block_w_px, int32_t *block_h_px);

/* Call it once, before the first read. cache (NULL: none) is borrowed and must
 * outlive the source. input_identity identifies the input's pixels and that
 * grid. n_threads and spill: see rt_view_set_threads and rt_view_set_spill.
 * RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_focal_source_start(struct rt_focal_source *source,
                      struct rt_block_cache *cache, const char *input_identity,
                      int32_t n_threads, enum rt_spill spill,
                      struct rt_error *err);

/* Changes spill; before the first read. */
void rt_focal_source_set_spill(struct rt_focal_source *source,
                               enum rt_spill spill);

/* No read may be in progress. NULL is allowed. */
void rt_focal_source_close(struct rt_focal_source *source);

/* The source as the core uses it; its focal is set. Borrowed. */
const struct rt_source *
rt_focal_source_core(const struct rt_focal_source *source);

int rt_focal_source_bands(const struct rt_focal_source *source);

/* band from 0. Borrowed. */
const struct rt_gdal_band *
rt_focal_source_band(const struct rt_focal_source *source, int band);

/* A text of everything that the result depends on, except the input.
 * Borrowed. */
const char *rt_focal_source_identity(const struct rt_focal_source *source);

/* Counters of the reads of the input. */
const struct rt_stats *
rt_focal_source_stats(const struct rt_focal_source *source);

/* A tiny raster with the result's bands, for everything but pixels, size and
 * georeferencing. For the caller alone until unlock. */
GDALDatasetH rt_focal_source_lock(struct rt_focal_source *source);
void rt_focal_source_unlock(struct rt_focal_source *source);

#ifdef __cplusplus
}
#endif
#endif
