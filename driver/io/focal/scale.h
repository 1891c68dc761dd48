/* scale.h - the scale of a DEM's pixels, from the whole raster.
 *
 * From GDAL 3.11 on gdaldem takes it from reference system, units and the
 * latitude of the centre, where it is not told.
 */
#ifndef RETILE_IO_FOCAL_SCALE_H
#define RETILE_IO_FOCAL_SCALE_H

#include "core/base/status.h"
#include "gdal.h"
#include "io/focal/words.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The options that say of a window what gdaldem would find out of dataset;
 * none where it would not look, or words tell it. The caller frees them with
 * CSLDestroy. RT_ERR_ARGUMENT where gdaldem would not keep the raster's grid:
 * it warps some that do not lie north up. */
RT_MUST_CHECK enum rt_status
rt_focal_scale(const struct rt_focal_words *words, GDALDatasetH dataset,
               GDALRasterBandH band, char ***options, struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
