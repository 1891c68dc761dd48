/* level_choice.h - the dataset that answers a resampled request. */
#ifndef RETILE_GDAL_VIEW_LEVEL_CHOICE_H
#define RETILE_GDAL_VIEW_LEVEL_CHOICE_H

#include "gdal/view/dataset.h"

/* A request, first in pixels of the full resolution and then of the chosen
 * level. */
struct RetileRequest {
    int nXOff, nYOff, nXSize, nYSize;
    int nBufXSize, nBufYSize;
    GDALRasterIOExtraArg sExtraArg;
};

/* A dataset for this request only, made from oOf, which is the view at nLevel.
 * With ZOOM_LEVEL_STRATEGY it has the chosen level and no overviews. Otherwise
 * it has the same level, and GDAL chooses. It has the bands in anBands (from 1)
 * and all bands that their masks depend on. Adapts oRequest to the level. */
std::unique_ptr<RetileDataset> RetileDatasetFor(const RetileDataset &oOf,
                                                int nLevel,
                                                std::vector<int> anBands,
                                                RetileRequest &oRequest);

#endif
