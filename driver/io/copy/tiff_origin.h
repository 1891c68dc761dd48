/* tiff_origin.h - finds the tiled TIFFs whose pixels a copy's source shows
 * unchanged.
 *
 * It looks through VRTs that are plain windows, through VRTs that put whole
 * pixels of datasets side by side (io/vrt/mosaic.h), and through RETILE views
 * that show the same pixels as their source, up to 8 of them on top of each
 * other.
 */
#ifndef RETILE_IO_COPY_TIFF_ORIGIN_H
#define RETILE_IO_COPY_TIFF_ORIGIN_H

#include "io/copy_source/copy_origin.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_tiff_origin {
    const char *path;       /* in any of GDAL's file systems */
    GDALDatasetH dataset;   /* the GTiff driver's dataset for path */
    bool is_overview;       /* of the image in path: find it by its size */
    struct rt_window shown; /* the part of the layer that it shows, */
    int32_t x_px, y_px;     /* ... and where that part begins in the dataset */
    const int *bands;       /* for each plane of the layer, from 1 */
};

/* Receives one TIFF, borrowed until it returns. An error ends the search. */
typedef enum rt_status (*rt_tiff_origin_found)(
    void *context, const struct rt_tiff_origin *found, struct rt_error *err);

/* Calls on_found with each TIFF under the bands that origin (whose layer is
 * layer) is read from; origin must have a name. The parts that they show may
 * overlap, and may leave gaps. type: the type in which the layer's pixels are
 * read. A dataset on the way with another type converts them, which is refused.
 * GDT_Unknown: any type. RT_ERR_ARGUMENT with the reason if something else than
 * TIFFs is shown; errors of on_found. */
RT_MUST_CHECK enum rt_status
rt_tiff_origins_find(const struct rt_copy_origin *origin,
                     const struct rt_copy_layer *layer, GDALDataType type,
                     rt_tiff_origin_found on_found, void *context,
                     struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
