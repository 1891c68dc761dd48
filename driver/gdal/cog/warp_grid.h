/* warp_grid.h - a warped VRT whose pixels do not depend on how it is read.
 *
 * GDAL approximates the transformation along each line of what it warps at
 * once, and widens the kernel by the ratio of the sizes of that part and of
 * what lies under it. gdalwarp and the COG driver warp parts of about 64 MB,
 * which differ in their ratios, and other versions of GDAL cut differently. A
 * VRT warps its blocks: here these have one size, and one ratio for all, that
 * of the whole raster.
 */
#ifndef RETILE_GDAL_COG_WARP_GRID_H
#define RETILE_GDAL_COG_WARP_GRID_H

#include <string>

#include "gdal_priv.h"

/* pszXML, which describes poWarped, a warp of poSrcDS, with such blocks. */
std::string RetileFixWarpGrid(const char *pszXML, GDALDataset *poSrcDS,
                              GDALDataset *poWarped);

#endif
