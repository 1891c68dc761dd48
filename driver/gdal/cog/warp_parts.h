/* warp_parts.h - in what parts a warped VRT is computed.
 *
 * GDAL approximates the transformation along each line of a part, and widens
 * the kernel by the ratio of the sizes of the part and of what lies under it:
 * pixels depend on the parts. The COG driver's are halves of halves of the
 * raster, until one takes 64 MB and is not mostly beyond the source. A VRT's
 * are a grid, so they are made as wide as most of those, and the ratio is
 * told: that of most of them, for all.
 */
#ifndef RETILE_GDAL_COG_WARP_PARTS_H
#define RETILE_GDAL_COG_WARP_PARTS_H

#include <string>

#include "gdal_priv.h"

/* How most parts of gdalwarp are. */
struct RetileWarpParts {
    int nWidth = 0; /* in pixels */
    int nParts = 0; /* those looked at that have anything of the source */
    double dfXScale = 1.0, dfYScale = 1.0; /* pixels for one of the source */
};

/* Those of poWarped, a warp of poSrcDS that pszXML describes. */
RetileWarpParts RetileForeseeWarpParts(const char *pszXML, GDALDataset *poSrcDS,
                                       GDALDataset *poWarped);

/* That XML with such parts as its blocks. */
std::string RetileSetWarpParts(const char *pszXML, GDALDataset *poSrcDS,
                               GDALDataset *poWarped);

#endif
