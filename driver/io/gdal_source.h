/* gdal_source.h - any raster that GDAL opens, as a source for the core.
 *
 * Holds several GDAL handles on one raster, opened as threads ask for them,
 * so that reads do not wait for each other; each is used by one thread at a
 * time. What a read decodes does not stay in GDAL's own block cache.
 *
 * Layers: 2 * level is the image and 2 * level + 1 its masks, where level 0
 * is the full resolution and level n its overview n - 1. Planes are bands,
 * from 0.
 */
#ifndef RETILE_IO_GDAL_SOURCE_H
#define RETILE_IO_GDAL_SOURCE_H

#include <stdbool.h>

#include "core/source.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_gdal_source;

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

/* Opens name with open_options (NULL or NAME=VALUE strings; copied).
 * RT_ERR_SOURCE with GDAL's own message where it can't be opened as a
 * raster, RT_ERR_RANGE where a block count overflows, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_gdal_source_open(const char *name,
                                                 CSLConstList open_options,
                                                 struct rt_gdal_source **source,
                                                 struct rt_error *err);

/* No read may be under way. NULL is allowed. */
void rt_gdal_source_close(struct rt_gdal_source *source);

/* For the core. Borrowed. */
const struct rt_source *rt_gdal_source_core(struct rt_gdal_source *source);

const char *rt_gdal_source_name(const struct rt_gdal_source *source);

int rt_gdal_source_bands(const struct rt_gdal_source *source);

/* The full resolution and its overviews: 1 or more. */
int rt_gdal_source_levels(const struct rt_gdal_source *source);

/* band from 0, level from 0. Borrowed. */
const struct rt_gdal_band *
rt_gdal_source_band(const struct rt_gdal_source *source, int level, int band);

/* The handle for everything but pixels, for the caller alone until it is
 * given back. */
GDALDatasetH rt_gdal_source_lock(struct rt_gdal_source *source);
void rt_gdal_source_unlock(struct rt_gdal_source *source);

/* Band number band (from 0) of a handle at a level. */
GDALRasterBandH rt_gdal_level_band(GDALDatasetH dataset, int level, int band);

/* Whether resampled reads of this source are not what GDAL's generic code
 * makes of its pixels and overviews (VRT, web services, ...): they have to be
 * left to it to be the same. */
bool rt_gdal_source_resamples(const struct rt_gdal_source *source);

/* Frees what reads through a locked handle left in GDAL's block cache. */
void rt_gdal_flush(GDALDatasetH dataset, int level);

#ifdef __cplusplus
}
#endif
#endif
