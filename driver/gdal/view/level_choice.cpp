/* level_choice.cpp - see level_choice.h. */
#include "gdal/view/level_choice.h"

#include <algorithm>

namespace
{
/* The levels that are coarser than all levels before them. */
struct Ladder {
    std::vector<int> anLevels{};
    std::vector<double> adfFactors{}; /* along the less reduced axis */
};
} // namespace

static Ladder LadderOf(const RetileSharedView &oView)
{
    const RetileLevelSize &oFull = oView.Level(0);
    Ladder oLadder;

    for (int i = 0; i < oView.Levels(); i++) {
        const RetileLevelSize &oLevel = oView.Level(i);
        const double dfFactor =
            std::min(static_cast<double>(oFull.nWidth) / oLevel.nWidth,
                     static_cast<double>(oFull.nHeight) / oLevel.nHeight);
        if (i > 0 && dfFactor <= oLadder.adfFactors.back())
            continue;
        oLadder.anLevels.push_back(i);
        oLadder.adfFactors.push_back(dfFactor);
    }
    return oLadder;
}

/* The factor of the less reduced axis counts, as in GDAL. */
static double FactorOf(const RetileRequest &oRequest)
{
    const double dfX =
        static_cast<double>(oRequest.nXSize) / oRequest.nBufXSize;
    const double dfY =
        static_cast<double>(oRequest.nYSize) / oRequest.nBufYSize;

    return dfX < dfY || oRequest.nBufYSize == 1 ? dfX : dfY;
}

static void Scale(int nFull, int nLevel, int &nOff, int &nSize, double &dfOff,
                  double &dfSize)
{
    const double dfFactor = static_cast<double>(nFull) / nLevel;

    nOff = std::min(nLevel - 1, static_cast<int>(nOff / dfFactor + 0.5));
    nSize = std::max(1, static_cast<int>(nSize / dfFactor + 0.5));
    nSize = std::min(nSize, nLevel - nOff);
    dfOff /= dfFactor;
    dfSize /= dfFactor;
}

/* The level that ZOOM_LEVEL_STRATEGY chooses, with oRequest changed to its
 * pixels; -1 if GDAL should choose. */
static int ChooseLevel(const RetileSharedView &oView, RetileRequest &oRequest)
{
    const double dfStrategy = oView.Options().oOverviews.dfStrategy;
    const double dfFactor = FactorOf(oRequest);

    if (dfStrategy < 0 || dfFactor <= 1)
        return -1;
    const Ladder oLadder = LadderOf(oView);
    const int nChosen = oLadder.anLevels[static_cast<size_t>(
        RetileChooseLevel(dfStrategy, dfFactor, oLadder.adfFactors.data(),
                          static_cast<int>(oLadder.anLevels.size())))];
    const RetileLevelSize &oFull = oView.Level(0);
    const RetileLevelSize &oLevel = oView.Level(nChosen);
    GDALRasterIOExtraArg &sArg = oRequest.sExtraArg;
    Scale(oFull.nWidth, oLevel.nWidth, oRequest.nXOff, oRequest.nXSize,
          sArg.dfXOff, sArg.dfXSize);
    Scale(oFull.nHeight, oLevel.nHeight, oRequest.nYOff, oRequest.nYSize,
          sArg.dfYOff, sArg.dfYSize);
    return nChosen;
}

/* Up to this many bands, a dataset gets all bands. */
constexpr int FEW_BANDS = 8;

/* GDAL makes some masks from the last band or from all bands, and takes the
 * size from the first. */
std::vector<int> RetileBandsToMake(const RetileSharedView &oView,
                                   std::vector<int> anBands)
{
    if (oView.Bands() <= FEW_BANDS)
        return {};
    for (const int iBand : anBands)
        if (oView.Band(0, iBand - 1)->mask_flags ==
            (GMF_NODATA | GMF_PER_DATASET))
            return {};
    anBands.push_back(1);
    anBands.push_back(oView.Bands());
    std::sort(anBands.begin(), anBands.end());
    anBands.erase(std::unique(anBands.begin(), anBands.end()), anBands.end());
    return anBands;
}

static std::unique_ptr<RetileDataset> DatasetFor(const RetileDataset &oOf,
                                                 int nLevel,
                                                 std::vector<int> anBands,
                                                 RetileRequest &oRequest)
{
    const RetileScratch sScratch = {
        !oOf.ShowsOverviews(),
        RetileBandsToMake(*oOf.View(), std::move(anBands))};
    const int nChosen =
        nLevel > 0 || sScratch.bAlone ? -1 : ChooseLevel(*oOf.View(), oRequest);

    if (nChosen < 0)
        return RetileDataset::Scratch(oOf.View(), nLevel, sScratch);
    return RetileDataset::Scratch(oOf.View(), nChosen,
                                  {true, sScratch.anBands});
}

CPLErr RetileReadResampled(const RetileDataset &oOf, int nLevel,
                           std::vector<int> anBands,
                           const RetileRequest &oRequest,
                           const RetileResampling &oResampling)
{
    if (oResampling.oBySource && oOf.View()->SourceResamples())
        return RetileForwardRead(oOf, nLevel, oResampling.oBySource);
    if (oResampling.oGeneric && oOf.IsScratch())
        return oResampling.oGeneric();
    RetileRequest oOther = oRequest;
    const auto poDataset = DatasetFor(oOf, nLevel, std::move(anBands), oOther);
    return oResampling.oByDataset(*poDataset, oOther);
}
