/* level_choice.h - the dataset that answers a resampled request. */
#ifndef RETILE_GDAL_VIEW_LEVEL_CHOICE_H
#define RETILE_GDAL_VIEW_LEVEL_CHOICE_H

#include <functional>
#include <vector>

#include "gdal/view/dataset.h"

/* A request, first in pixels of the full resolution and then of the chosen
 * level. */
struct RetileRequest {
    int nXOff, nYOff, nXSize, nYSize;
    int nBufXSize, nBufYSize;
    GDALRasterIOExtraArg sExtraArg;
};

/* The three ways to answer a request that is resampled. */
struct RetileResampling {
    /* By the source, if the source resamples by itself; or nullptr. */
    std::function<CPLErr(GDALDataset *poSource)> oBySource;
    /* By GDAL's generic code, if the dataset was made for one request. */
    std::function<CPLErr()> oGeneric;
    /* By a dataset that is made for this request: of the level that
     * ZOOM_LEVEL_STRATEGY chooses and without overviews, or of the same level,
     * and GDAL chooses. The request is the one for that dataset. */
    std::function<CPLErr(RetileDataset &oDataset, RetileRequest &oRequest)>
        oByDataset;
};

/* The bands (from 1) that a dataset for a request of anBands needs, in order;
 * empty means all. */
std::vector<int> RetileBandsToMake(const RetileSharedView &oView,
                                   std::vector<int> anBands);

/* Answers a request of oOf, which is the view at nLevel, for the bands anBands
 * (from 1). The dataset that is made has these and all that their masks are
 * made of. */
CPLErr RetileReadResampled(const RetileDataset &oOf, int nLevel,
                           std::vector<int> anBands,
                           const RetileRequest &oRequest,
                           const RetileResampling &oResampling);

#endif
