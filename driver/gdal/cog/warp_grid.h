/* warp_grid.h - a warped VRT whose pixels do not depend on how it is read.
 *
 * GDAL approximates the transformation along each line of the part that it
 * warps in one call. It widens the kernel by the ratio of the part's size to
 * the size of the source under it. gdalwarp and the COG driver warp parts of
 * about 64 MB. These parts have different ratios, and GDAL versions divide the
 * raster differently.
 *
 * A VRT warps its blocks. Here all blocks have one size, and all use one ratio:
 * that of the whole raster.
 */
#ifndef RETILE_GDAL_COG_WARP_GRID_H
#define RETILE_GDAL_COG_WARP_GRID_H

#include <string>

#include "gdal_priv.h"

/* Returns pszXML with such blocks and such a ratio. pszXML describes poWarped,
 * which is a warp of poSrcDS. */
std::string RetileFixWarpGrid(const char *pszXML, GDALDataset *poSrcDS,
                              GDALDataset *poWarped);

#endif
