/* operator.h - an operator of gdaldem, on windows of a raster.
 *
 * GDAL's own GDALDEMProcessing does the work on each window, in memory; all
 * that depends on the whole raster is found out once. Any number of threads
 * may use one operator at once.
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

/* text: the words of FOCAL. dataset: the raster that it looks at, for this
 * call only. Pixels are read where colours are given in percent. What GDAL
 * warns of is reported here, and not again with each window.
 * RT_ERR_ARGUMENT for words that gdaldem would refuse, and for a raster of
 * several bands where none is named. RT_ERR_SOURCE, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_focal_operator_create(const char *text, GDALDatasetH dataset,
                         struct rt_focal_operator **op, struct rt_error *err);

/* NULL is allowed. */
void rt_focal_operator_destroy(struct rt_focal_operator *op);

/* The band of the raster that it looks at, from 0. */
int32_t rt_focal_operator_plane(const struct rt_focal_operator *op);

/* Pixels that it looks at on each side of one. */
int32_t rt_focal_operator_halo(const struct rt_focal_operator *op);

/* All that the result depends on besides the raster. Borrowed. */
const char *rt_focal_operator_identity(const struct rt_focal_operator *op);

/* A tiny GeoTIFF that gdaldem made of a raster like this: bands, types,
 * nodata, interpretation and metadata of the result. Borrowed, for one thread
 * at a time. */
GDALDatasetH rt_focal_operator_sample(const struct rt_focal_operator *op);

/* What of a result is wanted, and where it goes: pixels[i] receives
 * planes[i] of window, row by row without gaps. */
struct rt_focal_request {
    struct rt_window window;
    const int32_t *planes;
    int32_t n_planes;
    void *const *pixels;
    bool masks; /* the masks of the planes */
};

/* input has the pixels of input_window: those of the request's window, grown
 * by the halo and cut at the raster's edge. RT_ERR_SOURCE. */
RT_MUST_CHECK enum rt_status
rt_focal_operator_run(const struct rt_focal_operator *op,
                      const struct rt_window *input_window, const void *input,
                      const struct rt_focal_request *request,
                      struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
