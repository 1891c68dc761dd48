/* pixels.h - decodes a window through one GDAL handle, in the cheapest way.
 */
#ifndef RETILE_IO_SOURCE_PIXELS_H
#define RETILE_IO_SOURCE_PIXELS_H

#include <stdbool.h>

#include "io/source/layers.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Like read of struct rt_source, with dataset for this thread alone. The caller
 * flushes the blocks that this leaves in GDAL's block cache; those of masks are
 * flushed here. */
CPLErr rt_source_pixels_read(const struct rt_source_layers *all,
                             GDALDatasetH dataset, int layer,
                             const int32_t *planes, int32_t n_planes,
                             const struct rt_window *window,
                             void *const *pixels);

/* Whether planes, of area pixels each, follow one another in memory and have
 * one type. */
bool rt_source_pixels_adjoin(const struct rt_layer *layer,
                             const int32_t *planes, int32_t n_planes,
                             uint64_t area, void *const *pixels);

#ifdef __cplusplus
}
#endif
#endif
