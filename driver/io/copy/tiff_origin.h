/* tiff_origin.h - finds the tiled TIFF whose pixels a copy's source shows
 * unchanged.
 *
 * It looks through VRTs that are plain windows and through RETILE views that
 * show the same pixels as their source, up to 8 of them on top of each other.
 */
#ifndef RETILE_IO_COPY_TIFF_ORIGIN_H
#define RETILE_IO_COPY_TIFF_ORIGIN_H

#include "io/copy_source/copy_origin.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_tiff_origin {
    char *path;           /* in any of GDAL's file systems */
    GDALDatasetH dataset; /* the GTiff driver's dataset for path */
    int32_t x_px, y_px;   /* position of the layer's pixel 0,0 */
    int *bands;           /* for each plane of the layer, from 1 */
};

/* Finds the TIFF under the bands that origin (whose layer is layer) is read
 * from; origin must have a name. type: the type in which the layer's pixels are
 * read. A dataset on the way with another type converts them, which is refused.
 * GDT_Unknown: any type. RT_ERR_ARGUMENT with the reason if there is no such
 * TIFF. On success the caller frees found. */
RT_MUST_CHECK enum rt_status
rt_tiff_origin_find(const struct rt_copy_origin *origin,
                    const struct rt_copy_layer *layer, GDALDataType type,
                    struct rt_tiff_origin *found, struct rt_error *err);

void rt_tiff_origin_free(struct rt_tiff_origin *found);

#ifdef __cplusplus
}
#endif
#endif
