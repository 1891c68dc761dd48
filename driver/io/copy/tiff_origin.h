/* tiff_origin.h - the tiled TIFF whose pixels a copy's source shows unchanged.
 *
 * VRTs that are plain windows and RETILE views that show no other pixels than
 * their source are looked through, however many lie on top of each other.
 */
#ifndef RETILE_IO_COPY_TIFF_ORIGIN_H
#define RETILE_IO_COPY_TIFF_ORIGIN_H

#include "io/source/copy_origin.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_tiff_origin {
    char *path;           /* of any of GDAL's file systems */
    GDALDatasetH dataset; /* path as the GTiff driver opens it */
    int32_t x_px, y_px;   /* of the layer's pixel 0,0 in it */
    int *bands;           /* by plane of the layer, from 1 */
};

/* Finds the TIFF under the bands that origin (whose own layer is layer) is
 * read from; origin has a name. type: what the layer's pixels are read as; a
 * dataset on the way that shows them in another one converts them. GDT_Unknown:
 * any. RT_ERR_ARGUMENT with the reason where there is no such TIFF. On success
 * the caller frees found. */
RT_MUST_CHECK enum rt_status
rt_tiff_origin_find(const struct rt_copy_origin *origin,
                    const struct rt_copy_layer *layer, GDALDataType type,
                    struct rt_tiff_origin *found, struct rt_error *err);

void rt_tiff_origin_free(struct rt_tiff_origin *found);

#ifdef __cplusplus
}
#endif
#endif
