/* level_choice.h - the dataset that answers a resampled request. */
#ifndef RETILE_GDAL_VIEW_LEVEL_CHOICE_H
#define RETILE_GDAL_VIEW_LEVEL_CHOICE_H

#include "gdal/view/dataset.h"

/* A request of the full resolution, and then of the level chosen. */
struct RetileRequest {
    int nXOff, nYOff, nXSize, nYSize;
    int nBufXSize, nBufYSize;
    GDALRasterIOExtraArg sExtraArg;
};

/* A dataset for this request alone, made of oOf, which is the view at nLevel:
 * at the level that ZOOM_LEVEL_STRATEGY chooses, and then without overviews, or
 * at the same level, where GDAL chooses. It has the bands listed, from 1, and
 * all that their masks are made of. Changes oRequest to fit it. */
std::unique_ptr<RetileDataset> RetileDatasetFor(const RetileDataset &oOf,
                                                int nLevel,
                                                std::vector<int> anBands,
                                                RetileRequest &oRequest);

#endif
