/* colors.h - the colours of a color-relief, read once.
 *
 * A colour file may give heights in percent of the raster's range. They are
 * resolved for the whole raster, because GDAL would take the range of each
 * window.
 */
#ifndef RETILE_IO_FOCAL_COLORS_H
#define RETILE_IO_FOCAL_COLORS_H

#include "core/base/status.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_focal_colors;

/* Reads path for band. If there are percentages and the band's minimum and
 * maximum are not known, its pixels are read. RT_ERR_ARGUMENT,
 * RT_ERR_SOURCE. */
RT_MUST_CHECK enum rt_status
rt_focal_colors_read(const char *path, GDALRasterBandH band,
                     struct rt_focal_colors **colors, struct rt_error *err);

/* NULL is allowed. */
void rt_focal_colors_free(struct rt_focal_colors *colors);

/* The path of a file in memory with the colours. It exists as long as colors
 * does. */
const char *rt_focal_colors_path(const struct rt_focal_colors *colors);

/* Its contents. */
const char *rt_focal_colors_text(const struct rt_focal_colors *colors);

#ifdef __cplusplus
}
#endif
#endif
