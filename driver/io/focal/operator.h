/* operator.h - a gdaldem operator, applied to windows of a raster.
 *
 * GDAL's own GDALDEMProcessing does the work on each window, in memory.
 * Everything that depends on the whole raster is determined once. Any number of
 * threads may use one operator at the same time.
 */
#ifndef RETILE_IO_FOCAL_OPERATOR_H
#define RETILE_IO_FOCAL_OPERATOR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/grid.h"
#include "core/base/status.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_focal_operator;

/* text: the words of FOCAL. dataset: the raster that the operator reads; used
 * only during this call. Its pixels are read if colours are given in percent.
 * GDAL's warnings are reported here and not again for each window.
 * RT_ERR_ARGUMENT for words that gdaldem would refuse, and if the raster has
 * several bands and none is named. RT_ERR_SOURCE, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_focal_operator_create(const char *text, GDALDatasetH dataset,
                         struct rt_focal_operator **op, struct rt_error *err);

/* NULL is allowed. */
void rt_focal_operator_destroy(struct rt_focal_operator *op);

/* The band of the raster that it reads, from 0. */
int32_t rt_focal_operator_plane(const struct rt_focal_operator *op);

/* How many pixels it reads on each side of a pixel. */
int32_t rt_focal_operator_halo(const struct rt_focal_operator *op);

/* A text of everything that the result depends on, except the raster.
 * Borrowed. */
const char *rt_focal_operator_identity(const struct rt_focal_operator *op);

/* A tiny GeoTIFF that gdaldem has made from such a raster. It has the bands,
 * types, nodata, interpretation and metadata of the result. Borrowed; for one
 * thread at a time. */
GDALDatasetH rt_focal_operator_sample(const struct rt_focal_operator *op);

/* The wanted part of the result, and where it goes: pixels[i] receives
 * planes[i] of window, row by row without gaps. */
struct rt_focal_request {
    struct rt_window window;
    const int32_t *planes;
    int32_t n_planes;
    void *const *pixels;
    bool masks; /* return the masks of the planes instead */
};

/* input holds the pixels of input_window, which is the request's window grown
 * by the halo and clipped at the raster's edge. RT_ERR_SOURCE. */
RT_MUST_CHECK enum rt_status
rt_focal_operator_run(const struct rt_focal_operator *op,
                      const struct rt_window *input_window, const void *input,
                      const struct rt_focal_request *request,
                      struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
