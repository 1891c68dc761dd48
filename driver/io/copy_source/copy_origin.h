/* copy_origin.h - where a copy's pixels and masks come from: what has to be
 * opened, which window and bands of it are read, and in which blocks it is
 * decoded.
 */
#ifndef RETILE_IO_COPY_SOURCE_COPY_ORIGIN_H
#define RETILE_IO_COPY_SOURCE_COPY_ORIGIN_H

#include "io/copy_source/copy_layer.h"
#include "io/jp2/source.h"
#include "io/mosaic/mosaic_source.h"
#include "io/tiff/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The dataset that a layer is read from. */
struct rt_copy_origin {
    char *name;         /* for rt_gdal_open; NULL: the caller's dataset */
    char **options;     /* NULL for none */
    int32_t x_px, y_px; /* position of the layer's pixel 0,0 in it */
    int *bands;         /* by plane, from 1; NULL: plane + 1 */
};

/* All that a copy reads. */
struct rt_copy_origins {
    struct rt_copy_origin of[2];    /* [0] the image, [1] the masks */
    struct rt_copy_layer layers[2]; /* the same */
    /* What reads the image instead of GDAL: at most one of these. */
    struct rt_tiff_source *tiff;
    struct rt_jp2_source *jp2;
    struct rt_mosaic_source *mosaic;
    GDALDataType native_type; /* of what our decoders deliver */
    int jp2_step;             /* how often its blocks were made smaller */
    int n_slots;              /* threads that read */
    bool same;                /* one handle serves image and masks */
    bool wraps; /* leaves blocks in GDAL's cache that cannot be named */
    bool masks_are_band; /* the masks are a band of the image's origin, and
                          * what reads the image reads them too */
    bool by_bands;       /* reading the image band by band costs less */
    bool by_blocks; /* each source block is requested by itself, through the
                     * dataset and not through its bands: these are GDAL's own
                     * windows */
    /* When a VRT's reads decode blocks that the next reads need too, this much
     * of GDAL's cache is left for each slot. */
    uint64_t kept_bytes;
    uint64_t cache_bytes; /* of the mosaic's cache */
    const char *how;      /* the reason, as static text */
};

/* Copies name and options; what was set before is freed. */
void rt_copy_origin_set(struct rt_copy_origin *origin, const char *name,
                        CSLConstList options);

/* window of the layer, at its place in the origin. */
struct rt_window rt_copy_origin_window(const struct rt_copy_origin *origin,
                                       const struct rt_window *window);

/* The bands of n_planes planes, from 1. The caller frees them with CPLFree. */
int *rt_copy_origin_bands(const struct rt_copy_origin *origin,
                          int32_t n_planes);

void rt_copy_origins_free(struct rt_copy_origins *origins);

#ifdef __cplusplus
}
#endif
#endif
