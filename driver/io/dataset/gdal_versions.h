/* gdal_versions.h - all that differs between the versions of GDAL with which
 * this compiles: 3.6 to 3.13.
 *
 * No other file asks for GDAL's version. What differs while GDAL runs (options,
 * defaults) is asked of the running drivers where that is possible; what is
 * here has no other way to tell. Each entry names the change in GDAL.
 * driver/doc/gdal_versions.md lists what differs for users.
 */
#ifndef RETILE_IO_DATASET_GDAL_VERSIONS_H
#define RETILE_IO_DATASET_GDAL_VERSIONS_H

#include "gdal_version.h"

#define RT_GDAL_FROM(minor)                                                    \
    (GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, minor, 0))

/* 3.7: GDT_Int8. Before, signed bytes are Byte with the item
 * PIXELTYPE=SIGNEDBYTE. Later versions warn when that item is asked for. */
#define RT_GDAL_HAS_INT8 RT_GDAL_FROM(7)

/* 3.9: a mask of all bands goes into the TIFF unless GDAL_TIFF_INTERNAL_MASK
 * says NO; before, only if it says YES. */
#define RT_GDAL_INTERNAL_MASK_DEFAULT (RT_GDAL_FROM(9) ? "YES" : "NO")

/* 3.8: drivers tell which part of a name is a file, and VRTs name it relative
 * to themselves. */
#define RT_GDAL_HAS_SUBDATASET_INFO RT_GDAL_FROM(8)

/* 3.10: datasets that any number of threads may use. */
#define RT_GDAL_HAS_THREAD_SAFE RT_GDAL_FROM(10)

/* 3.10: gdaldem's list of options begins with the mode. Without it, GDAL tries
 * all modes and does not say which word is wrong. */
#define RT_GDAL_DEM_OPTIONS_NAME_THE_MODE RT_GDAL_FROM(10)

/* 3.10: masks of nodata in bytes are wrong in buffers with gaps between pixels
 * or lines. Right before, and again from 3.11 on. */
#define RT_GDAL_CONFUSES_GAPS_OF_MASKS (RT_GDAL_FROM(10) && !RT_GDAL_FROM(11))

/* 3.11: gdaldem takes the unit of the heights and of the ground from the SRS
 * unless -s, -xscale or -yscale is given. */
#define RT_GDAL_DEM_SCALES_BY_SRS RT_GDAL_FROM(11)

/* 3.7: GTiff repeats the last pixels in all JPEG tiles at the edges, not in
 * those whose row and column it mixes up. */
#define RT_GDAL_REPEATS_ALL_JPEG_EDGES RT_GDAL_FROM(7)

/* 3.9: overviews of a mask that belongs to a dataset are marked as masks, so
 * the next level is computed from them as from a mask. Before, only those of
 * .msk files were. */
#define RT_GDAL_MARKS_LEVELS_OF_MASKS RT_GDAL_FROM(9)

/* 3.7: with SPARSE_OK, GTiff leaves out whole tiles of -0.0 where 0 is nodata.
 * Before, it compares their bytes with those of 0. */
#define RT_GDAL_KEEPS_TILES_OF_MINUS_ZERO (!RT_GDAL_FROM(7))

/* 3.9: GTiff pads tiles of LERC with NaN if they hold one floating point band;
 * before, with zeros. */
#define RT_GDAL_PADS_LERC_BY_NAN RT_GDAL_FROM(9)

/* 3.8: before it suggests a grid in Web Mercator, the COG driver cuts off what
 * is beyond its latitudes; before, it only did so for the transformer. */
#define RT_GDAL_COG_SUGGESTS_WITHOUT_POLES RT_GDAL_FROM(8)

/* 3.7: an extent that passes the edge of a tile of TILING_SCHEME by less than
 * half a pixel does not need the tile beyond. */
#define RT_GDAL_COG_TILE_TOLERANCE_PX (RT_GDAL_FROM(7) ? 0.499 : 0.0)

/* 3.7: with WEBP and QUALITY=100, the lossy overviews have that level too;
 * before, they have the default, 75. */
#define RT_GDAL_COG_LOSSLESS_HAS_LEVEL RT_GDAL_FROM(7)

/* 3.8: a source with statistics that is reprojected, or whose alpha becomes a
 * mask, gets new ones. STATISTICS=YES leaves those of other sources as they
 * are; from 3.12 on it does not. */
#define RT_GDAL_COG_RENEWS_STATISTICS RT_GDAL_FROM(8)
#define RT_GDAL_COG_KEEPS_STATISTICS (RT_GDAL_FROM(8) && !RT_GDAL_FROM(12))

/* 3.8: gdalwarp -of COG with -r reprojects with that resampling; before, with
 * the one that the creation options name. */
#define RT_GDAL_GDALWARP_PREFERS_ITS_RESAMPLING RT_GDAL_FROM(8)

/* 3.8: the COG driver's built-in tiling schemes have more levels. */
#define RT_GDAL_MERCATOR_LEVELS (RT_GDAL_FROM(8) ? 31 : 25)
#define RT_GDAL_GEODETIC_LEVELS (RT_GDAL_FROM(8) ? 30 : 18)

/* 3.11: GTiff rounds floats that it writes with NBITS=16 to the nearest half
 * float, and does not warn of infinite ones; before, it truncates their digits.
 */
#define RT_GDAL_ROUNDS_HALVES RT_GDAL_FROM(11)

/* 3.11: more built-in tiling schemes, such as WorldCRS84Quad. */
#define RT_GDAL_HAS_LATER_TILING_SCHEMES RT_GDAL_FROM(11)

/* 3.11: the COG driver's default of RESAMPLING for complex numbers is NEAREST.
 * Before, it is CUBIC, which later versions before 3.11 refuse for them. */
#define RT_GDAL_COG_COMPLEX_NEAREST RT_GDAL_FROM(11)

/* 3.7: the COG driver makes a mask of the alpha band of grey images too when it
 * compresses as JPEG. */
#define RT_GDAL_MASK_OF_GREY_ALPHA RT_GDAL_FROM(7)

/* 3.13: a VRT's band hands on the values of a simple source to readers of
 * floats before they are rounded to the band's type; 3.10 to 3.12 round them.
 */
#define RT_GDAL_VRT_HANDS_ON_FINER RT_GDAL_FROM(13)

#ifdef __cplusplus

#include "gdal_priv.h"

/* 3.13: lists of metadata and of options are const. */
#if RT_GDAL_FROM(13)
using RetileMetadataList = CSLConstList;
using RetileOptionList = CSLConstList;
#define RETILE_GET_DRIVER_CONST const
#else
using RetileMetadataList = char **;
using RetileOptionList = char **;
#define RETILE_GET_DRIVER_CONST
#endif

/* 3.10: a list of bands may be const. */
#ifdef BANDMAP_TYPE
using RetileBandMap = BANDMAP_TYPE;
#else
using RetileBandMap = int *;
#endif

/* 3.12: a geotransform is a type of its own. */
#if RT_GDAL_FROM(12)
using RetileGeoTransform = GDALGeoTransform &;
#define RETILE_GEOTRANSFORM_CONST const
#else
using RetileGeoTransform = double *;
#define RETILE_GEOTRANSFORM_CONST
#endif

/* 3.7: a proxy opens the band under it only if it has to. */
#if RT_GDAL_FROM(7)
#define RETILE_REF_BAND_ARGUMENT bool /* bForceOpen */
#else
#define RETILE_REF_BAND_ARGUMENT
#endif

#endif /* __cplusplus */

#endif
