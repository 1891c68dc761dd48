/* levels.cpp - see levels.h. */
#include "gdal/cog/levels.h"

#include <algorithm>
#include <cmath>

namespace
{

using Sizes = std::vector<std::pair<int, int>>;

/* Whether a level of this size is the last one, if there are n levels already.
 */
struct Limit {
    int nBlockSize;
    int nCount; /* -1: until one fits into a block */

    bool IsReached(int nXSize, int nYSize, size_t n) const
    {
        if (nCount < 0)
            return nXSize <= nBlockSize && nYSize <= nBlockSize;
        return n == static_cast<size_t>(nCount) || (nXSize == 1 && nYSize == 1);
    }
};

/* Each level is half of the one before, rounded down. */
Sizes Halves(int nXSize, int nYSize, const Limit &oLimit)
{
    Sizes anSizes;

    while (!oLimit.IsReached(nXSize, nYSize, anSizes.size())) {
        nXSize = std::max(1, nXSize / 2);
        nYSize = std::max(1, nYSize / 2);
        anSizes.emplace_back(nXSize, nYSize);
    }
    return anSizes;
}

/* The sizes at the levels of a tiling scheme, to the nearest pixel. Above its
 * coarsest level, halves. */
Sizes LevelsOf(const RetileTileMatrixSet &oScheme, int nLevel, int nXSize,
               int nYSize, const Limit &oLimit)
{
    const auto Res = [&oScheme](int n) {
        return oScheme.aoLevels[static_cast<size_t>(n)].dfRes;
    };
    const auto Nearest = [](double dfSize) {
        return std::max(1, static_cast<int>(std::floor(dfSize + 0.5)));
    };
    Sizes anSizes;

    while (!oLimit.IsReached(nXSize, nYSize, anSizes.size())) {
        const double dfRatio =
            nLevel >= 1 ? Res(nLevel - 1) / Res(nLevel) : 2.0;

        nXSize = Nearest(nXSize / dfRatio);
        nYSize = Nearest(nYSize / dfRatio);
        anSizes.emplace_back(nXSize, nYSize);
        nLevel--;
    }
    return anSizes;
}

Sizes Existing(GDALRasterBand *poBand, int nCount)
{
    int n = poBand->GetOverviewCount();
    Sizes anSizes;

    if (nCount >= 0)
        n = std::min(n, nCount);
    for (int i = 0; i < n; i++) {
        GDALRasterBand *poOverview = poBand->GetOverview(i);

        if (poOverview != nullptr)
            anSizes.emplace_back(poOverview->GetXSize(),
                                 poOverview->GetYSize());
    }
    return anSizes;
}

/* A mask of one band that cannot be derived from the pixels. */
bool HasOwnMask(GDALRasterBand *poBand)
{
    return (poBand->GetMaskFlags() &
            (GMF_ALL_VALID | GMF_PER_DATASET | GMF_ALPHA | GMF_NODATA)) == 0;
}

} // namespace

bool RetileCogHasMask(GDALDataset *poDS)
{
    GDALRasterBand *poBand = poDS->GetRasterBand(1);

    return poBand->GetMaskFlags() == GMF_PER_DATASET ||
           (poDS->GetRasterCount() == 1 && HasOwnMask(poBand));
}

rt_status RetileCheckCogBands(GDALDataset *poDS, const RetileCogLevels &oLevels,
                              rt_error *err)
{
    const int nBands = poDS->GetRasterCount();
    const GDALDataType eType = poDS->GetRasterBand(1)->GetRasterDataType();

    for (int i = 1; i <= nBands; i++) {
        GDALRasterBand *poBand = poDS->GetRasterBand(i);

        if (oLevels.bCompute && poBand->GetRasterDataType() != eType)
            return rt_error_set(
                err, RT_ERR_ARGUMENT,
                "overviews of bands of different types are not possible: band "
                "1 is %s and band %d is %s; write them in one type "
                "(gdal_translate -ot), or OVERVIEWS=NONE",
                GDALGetDataTypeName(eType), i,
                GDALGetDataTypeName(poBand->GetRasterDataType()));
        if (nBands > 1 && HasOwnMask(poBand))
            return rt_error_set(
                err, RT_ERR_ARGUMENT,
                "band %d has a mask of its own, and a file with overviews has "
                "one for all bands: write LAYOUT=GTIFF without overviews, or "
                "one band a file",
                i);
    }
    return RT_OK;
}

RetileCogLevels
RetileChooseCogLevels(GDALDataset *poDS, const RetileCopyOverviews &oOptions,
                      int nBlockSize, const RetileTileMatrixSet *poScheme,
                      const RetileCogTarget *poTarget, bool bWarped)
{
    const int nXSize = poDS->GetRasterXSize(), nYSize = poDS->GetRasterYSize();
    GDALRasterBand *poBand = poDS->GetRasterBand(1);
    const Limit oLimit = {nBlockSize, oOptions.nCount};
    const bool bIgnore = oOptions.eWhich == RetileCogOverviews::IgnoreExisting;
    /* Small rasters get new levels only if OVERVIEW_COUNT asks for them. */
    const bool bMayCompute =
        (bIgnore || oOptions.eWhich == RetileCogOverviews::Auto) &&
        (nXSize > nBlockSize || nYSize > nBlockSize || oOptions.nCount > 0);
    RetileCogLevels oLevels;

    if (oOptions.eWhich == RetileCogOverviews::None)
        return oLevels;
    oLevels.bCompute =
        bMayCompute && (bIgnore || bWarped || poBand->GetOverviewCount() == 0);
    oLevels.bComputeMasks =
        bMayCompute && RetileCogHasMask(poDS) &&
        (bIgnore || bWarped || poBand->GetMaskBand()->GetOverviewCount() == 0);
    if (oLevels.bCompute && poScheme != nullptr && poTarget != nullptr)
        oLevels.anSizes =
            LevelsOf(*poScheme, poTarget->nZoomLevel, nXSize, nYSize, oLimit);
    else if (oLevels.bCompute)
        oLevels.anSizes = Halves(nXSize, nYSize, oLimit);
    else if (!bWarped)
        oLevels.anSizes = Existing(poBand, oOptions.nCount);
    if (oLevels.anSizes.empty())
        oLevels.bCompute = oLevels.bComputeMasks = false;
    return oLevels;
}
