/* mask.h - the masks of a GeoTIFF that is being made, without pixels. */
#ifndef RETILE_GDAL_HEADER_MASK_H
#define RETILE_GDAL_HEADER_MASK_H

#include <vector>

#include "gdal/header/image.h"

/* Gives poTiff the masks that GDAL would give it in a copy of poSrcDS: in the
 * file or as a .msk file beside it, for each band or for all bands, according
 * to GDAL_TIFF_INTERNAL_MASK, or none. aoImages already has the bands; the
 * masks to be filled are added. Returns false if the copy fails; the cause is
 * reported to GDAL.
 *
 * poBeside becomes the .msk file or stays nullptr. The file is written when it
 * is closed; failures are then reported to GDAL only.
 */
bool RetileAddMasks(GDALDataset *poTiff, GDALDataset *poSrcDS, bool bStrict,
                    std::vector<RetileImage> &aoImages,
                    GDALDatasetUniquePtr &poBeside);

#endif
