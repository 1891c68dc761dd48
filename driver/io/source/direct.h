/* direct.h - decodes the blocks of plain TIFFs without GDAL, for a view: at
 * full resolution, by libtiff (io/tiff/source.h).
 *
 * If a read cannot be done this way, or fails, GDAL reads instead and reports
 * its own errors.
 */
#ifndef RETILE_IO_SOURCE_DIRECT_H
#define RETILE_IO_SOURCE_DIRECT_H

#include <stdbool.h>

#include "io/source/layers.h"
#include "io/tiff/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Found out at the first read. May be shared by any threads. */
struct rt_source_direct;

/* NULL if out of memory. */
struct rt_source_direct *rt_source_direct_create(void);
/* Close the readers that it has opened first. NULL is allowed. */
void rt_source_direct_destroy(struct rt_source_direct *direct);

/* The arguments of rt_source's read. */
struct rt_direct_read {
    const struct rt_source_layers *all;
    int32_t layer;
    const int32_t *planes;
    int32_t n_planes;
    const struct rt_window *window;
    void *const *pixels;
};

/* False if the pixels have to be read through GDAL. During the call dataset
 * (opened as name with options) and *reader belong to the calling thread. If
 * *reader is NULL, a reader is opened. */
bool rt_source_direct_read(struct rt_source_direct *direct,
                           GDALDatasetH dataset, const char *name,
                           CSLConstList options, struct rt_tiff_reader **reader,
                           const struct rt_direct_read *read);

/* Call this when the file has changed: what was found may belong to another
 * version, so from now on every read goes through GDAL. */
void rt_source_direct_give_up(struct rt_source_direct *direct);

#ifdef __cplusplus
}
#endif
#endif
