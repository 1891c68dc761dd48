/* colors.h - the colours of a color-relief, read once.
 *
 * A colour file may name heights in percent of the raster's range. These are
 * resolved from the whole raster, for GDAL would take them from each window.
 */
#ifndef RETILE_IO_FOCAL_COLORS_H
#define RETILE_IO_FOCAL_COLORS_H

#include "core/base/status.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_focal_colors;

/* Reads path for band, whose pixels are read where there are percentages and
 * no minimum and maximum are known. RT_ERR_ARGUMENT, RT_ERR_SOURCE. */
RT_MUST_CHECK enum rt_status
rt_focal_colors_read(const char *path, GDALRasterBandH band,
                     struct rt_focal_colors **colors, struct rt_error *err);

/* NULL is allowed. */
void rt_focal_colors_free(struct rt_focal_colors *colors);

/* A file in memory with the colours, for as long as colors lives. */
const char *rt_focal_colors_path(const struct rt_focal_colors *colors);

/* Its contents. */
const char *rt_focal_colors_text(const struct rt_focal_colors *colors);

#ifdef __cplusplus
}
#endif
#endif
