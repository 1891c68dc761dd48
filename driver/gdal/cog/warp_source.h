/* warp_source.h - finds the source under a warp, so that it is warped once and
 * not twice.
 *
 * gdalwarp gives a warped VRT to a driver without Create. With a tiling scheme,
 * or another target of the COG driver, the VRT would be warped again.
 */
#ifndef RETILE_GDAL_COG_WARP_SOURCE_H
#define RETILE_GDAL_COG_WARP_SOURCE_H

#include <string>

#include "gdal_priv.h"

/* The source of poDS, if poDS is a warp with only a target SRS and a
 * resampling: of the whole source, at the resolution and in the types that GDAL
 * suggests, without a cutline, other nodata or alpha. nullptr if it is anything
 * else, or if its source's name may open something else.
 *
 * osResampling becomes the warp's resampling as gdalwarp names it, if gdalwarp
 * would prefer that to the COG's options. Otherwise it does not change. */
GDALDatasetUniquePtr RetileUnderPlainWarp(GDALDataset *poDS,
                                          std::string &osResampling);

#endif
