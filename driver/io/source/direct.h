/* direct.h - pixels of a view's source that come without GDAL: blocks
 * of plain TIFFs at full resolution, decoded by libtiff (io/tiff/source.h).
 *
 * Whatever cannot be read so, or fails, is read through GDAL: its pixels, its
 * errors.
 */
#ifndef RETILE_IO_SOURCE_DIRECT_H
#define RETILE_IO_SOURCE_DIRECT_H

#include <stdbool.h>

#include "io/source/layers.h"
#include "io/tiff/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is found out at the first read. Any threads may share it. */
struct rt_source_direct;

/* NULL where memory is short. */
struct rt_source_direct *rt_source_direct_create(void);
/* The readers that it has opened are closed before. NULL is allowed. */
void rt_source_direct_destroy(struct rt_source_direct *direct);

/* As rt_source's read is told. */
struct rt_direct_read {
    const struct rt_source_layers *all;
    int32_t layer;
    const int32_t *planes;
    int32_t n_planes;
    const struct rt_window *window;
    void *const *pixels;
};

/* False where the pixels are to be read through GDAL. dataset, which name
 * shows with options, and reader are the calling thread's meanwhile; a reader
 * is opened where there is none. */
bool rt_source_direct_read(struct rt_source_direct *direct,
                           GDALDatasetH dataset, const char *name,
                           CSLConstList options, struct rt_tiff_reader **reader,
                           const struct rt_direct_read *read);

/* For when the file was found to have changed: what is known may be of another
 * version, so from now on all goes through GDAL. */
void rt_source_direct_give_up(struct rt_source_direct *direct);

#ifdef __cplusplus
}
#endif
#endif
