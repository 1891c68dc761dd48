/* mask.h - masks of a GeoTIFF that is being made, without pixels.
 */
#ifndef RETILE_GDAL_HEADER_MASK_H
#define RETILE_GDAL_HEADER_MASK_H

#include <vector>

#include "gdal/header/image.h"

/* Gives poTiff (aoImages has its bands already) the masks that GDAL would on
 * copying poSrcDS: in the file or as a .msk file beside it, for each band or
 * for all, according to GDAL_TIFF_INTERNAL_MASK, or none. Says in aoImages
 * what is to be filled. False where the copy fails; why is reported to GDAL.
 *
 * poBeside becomes the .msk file, or stays nullptr. It is written when it is
 * closed; what fails then is reported to GDAL only. */
bool RetileAddMasks(GDALDataset *poTiff, GDALDataset *poSrcDS, bool bStrict,
                    std::vector<RetileImage> &aoImages,
                    GDALDatasetUniquePtr &poBeside);

#endif
