/* warp_source.h - what lies under a warp, to be warped once instead of
 * twice.
 *
 * gdalwarp gives a driver without Create a warped VRT. With a tiling scheme, or
 * another target of the COG driver's, that would be warped again.
 */
#ifndef RETILE_GDAL_COG_WARP_SOURCE_H
#define RETILE_GDAL_COG_WARP_SOURCE_H

#include "gdal_priv.h"

/* The source of poDS, if that is a warp with nothing asked but a target SRS and
 * a resampling: the whole source at the resolution and in the types that GDAL
 * suggests, without a cutline, other nodata or alpha. nullptr if it is
 * anything else, or if its name may not open the same. */
GDALDatasetUniquePtr RetileUnderPlainWarp(GDALDataset *poDS);

#endif
