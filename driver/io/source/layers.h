/* layers.h - a GDAL dataset as the core sees it: layers of planes.
 *
 * Layer 2 * level is the image and 2 * level + 1 its masks. Level 0 is the full
 * resolution, level n is overview n - 1. Planes are bands, from 0.
 */
#ifndef RETILE_IO_SOURCE_LAYERS_H
#define RETILE_IO_SOURCE_LAYERS_H

#include <stdbool.h>

#include "core/source/source.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A band at one level. Fixed after open. */
struct rt_gdal_band {
    GDALDataType type;
    GDALDataType mask_type;
    int mask_flags;     /* the source's GMF_* flags */
    bool shares_mask;   /* its mask band is the same object as band 1's */
    int mask_overviews; /* overviews of the mask band */
    int own_overviews;  /* for a band of an overview: how many of the levels
                         * after it are its own overviews */
};

/* Fixed after rt_source_layers_describe, which owns the arrays. */
struct rt_source_layers {
    struct rt_layer *layers;    /* 2 * n_levels */
    struct rt_gdal_band *bands; /* level by level */
    uint32_t *px_bytes;         /* layer by layer */
    int n_bands, n_levels;
    bool only_image;
    bool resamples; /* see rt_gdal_source_resamples */
};

/* Describes dataset; name is for messages. The caller frees all, also after an
 * error. RT_ERR_SOURCE if it has no bands, RT_ERR_RANGE, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_source_layers_describe(struct rt_source_layers *all, GDALDatasetH dataset,
                          const char *name, struct rt_error *err);

/* ... without its overviews and masks, which GDAL would look for on disk. The
 * layer of masks describes nothing. */
RT_MUST_CHECK enum rt_status
rt_source_layers_describe_image(struct rt_source_layers *all,
                                GDALDatasetH dataset, const char *name,
                                struct rt_error *err);

void rt_source_layers_free(struct rt_source_layers *all);

/* The bands of a level. Borrowed. */
const struct rt_gdal_band *
rt_source_layers_bands(const struct rt_source_layers *all, int level);

#ifdef __cplusplus
}
#endif
#endif
