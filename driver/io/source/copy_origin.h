/* copy_origin.h - where a copy's pixels and masks come from: what has to be
 * opened, which window and bands of it are read, and in what blocks it is
 * decoded.
 */
#ifndef RETILE_IO_SOURCE_COPY_ORIGIN_H
#define RETILE_IO_SOURCE_COPY_ORIGIN_H

#include "io/jp2/source.h"
#include "io/source/copy_layer.h"
#include "io/tiff/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a layer is read from. */
struct rt_copy_origin {
    char *name;         /* for rt_gdal_open; NULL: the caller's dataset */
    char **options;     /* NULL for none */
    int32_t x_px, y_px; /* of the layer's pixel 0,0 */
    int *bands;         /* by plane, from 1; NULL: plane + 1 */
};

struct rt_copy_origins {
    struct rt_copy_origin of[2];    /* [0] the image, [1] the masks */
    struct rt_copy_layer layers[2]; /* the same */
    /* What reads the image in place of GDAL: one of these, or neither. */
    struct rt_tiff_source *tiff;
    struct rt_jp2_source *jp2;
    int jp2_step;   /* of its blocks */
    int n_slots;    /* threads that read */
    bool same;      /* one handle serves image and masks */
    bool wraps;     /* leaves blocks in GDAL's cache that can't be named */
    bool by_bands;  /* the image is better read band by band */
    bool by_blocks; /* the source is asked for source blocks one by one, and
                       its bands through it: GDAL's own windows */
    /* A VRT's reads of parts decode blocks under it that the next ones need
     * too: these bytes of GDAL's cache are left for each slot. */
    uint64_t kept_bytes;
    const char *how; /* why so; static text */
};

/* The bands of n_planes planes, from 1, for CPLFree. */
int *rt_copy_origin_bands(const struct rt_copy_origin *origin,
                          int32_t n_planes);

/* As rt_copy_source_open has it. On success the caller frees origins. */
RT_MUST_CHECK enum rt_status
rt_copy_origins_choose(const struct rt_copy_request *request,
                       struct rt_copy_origins *origins, struct rt_error *err);

/* Takes smaller blocks for the image, or keeps less; false where it cannot. */
bool rt_copy_origins_shrink(struct rt_copy_origins *origins);

void rt_copy_origins_free(struct rt_copy_origins *origins);

#ifdef __cplusplus
}
#endif
#endif
