/* pixels.h - decodes a window through one GDAL handle, in whichever way
 * costs least.
 */
#ifndef RETILE_IO_SOURCE_PIXELS_H
#define RETILE_IO_SOURCE_PIXELS_H

#include <stdbool.h>

#include "io/source/layers.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As read of struct rt_source, with dataset for this thread alone. What it
 * leaves in GDAL's block cache is the caller's to flush, except that of
 * masks. */
CPLErr rt_source_pixels_read(const struct rt_source_layers *all,
                             GDALDatasetH dataset, int layer,
                             const int32_t *planes, int32_t n_planes,
                             const struct rt_window *window,
                             void *const *pixels);

/* Whether planes, of area pixels each, lie one behind the other and are of one
 * type. */
bool rt_source_pixels_adjoin(const struct rt_layer *layer,
                             const int32_t *planes, int32_t n_planes,
                             uint64_t area, void *const *pixels);

#ifdef __cplusplus
}
#endif
#endif
