/* level_choice.h - a request for fewer pixels than its window has, put to the
 * level that ZOOM_LEVEL_STRATEGY chooses. */
#ifndef RETILE_GDAL_LEVEL_CHOICE_H
#define RETILE_GDAL_LEVEL_CHOICE_H

#include "gdal/dataset.h"

/* A request of the full resolution, and then of the level chosen. */
struct RetileRequest {
    int nXOff, nYOff, nXSize, nYSize;
    int nBufXSize, nBufYSize;
    GDALRasterIOExtraArg sExtraArg;
};

/* The level's dataset, for this request alone, and without the overviews
 * further on; nullptr where GDAL is to choose. Changes oRequest. */
std::unique_ptr<RetileDataset>
RetileChooseDataset(std::shared_ptr<const RetileSharedView> poView, int nLevel,
                    RetileRequest &oRequest);

#endif
