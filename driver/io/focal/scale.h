/* scale.h - the scale of a DEM's pixels, determined from the whole raster.
 *
 * From GDAL 3.11 on, gdaldem derives it from the reference system, the units
 * and the latitude of the centre if it is not given.
 */
#ifndef RETILE_IO_FOCAL_SCALE_H
#define RETILE_IO_FOCAL_SCALE_H

#include "core/base/status.h"
#include "gdal.h"
#include "io/focal/words.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Returns the options that give a window the scale that gdaldem would derive
 * from dataset. There are none if gdaldem would not derive one, or if words
 * give it. The caller frees them with CSLDestroy. RT_ERR_ARGUMENT if gdaldem
 * would not keep the raster's grid: it warps some rasters that are not north
 * up. */
RT_MUST_CHECK enum rt_status
rt_focal_scale(const struct rt_focal_words *words, GDALDatasetH dataset,
               GDALRasterBandH band, char ***options, struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
