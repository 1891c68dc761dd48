/* layers.h - what a GDAL dataset is to the core: layers of planes.
 *
 * Layers: 2 * level is the image and 2 * level + 1 its masks, where level 0
 * is the full resolution and level n its overview n - 1. Planes are bands,
 * from 0.
 */
#ifndef RETILE_IO_SOURCE_LAYERS_H
#define RETILE_IO_SOURCE_LAYERS_H

#include <stdbool.h>

#include "core/source/source.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a band is at one level. Fixed after open. */
struct rt_gdal_band {
    GDALDataType type;
    GDALDataType mask_type;
    int mask_flags;     /* GMF_* of the source */
    bool shares_mask;   /* the mask band is the object that band 1 has */
    int mask_overviews; /* overviews of the mask band */
    int own_overviews;  /* of an overview band: how many of the levels above
                           it has as overviews itself */
};

/* Fixed after rt_source_layers_describe, which owns the arrays. */
struct rt_source_layers {
    struct rt_layer *layers;    /* 2 * n_levels */
    struct rt_gdal_band *bands; /* level by level */
    uint32_t *px_bytes;         /* layer by layer */
    int n_bands, n_levels;
    bool resamples; /* see rt_gdal_source_resamples */
};

/* Describes dataset, which messages call name. To be freed also after an
 * error: RT_ERR_SOURCE where it has no bands, RT_ERR_RANGE, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_source_layers_describe(struct rt_source_layers *all, GDALDatasetH dataset,
                          const char *name, struct rt_error *err);

void rt_source_layers_free(struct rt_source_layers *all);

/* The bands of a level. Borrowed. */
const struct rt_gdal_band *
rt_source_layers_bands(const struct rt_source_layers *all, int level);

#ifdef __cplusplus
}
#endif
#endif
