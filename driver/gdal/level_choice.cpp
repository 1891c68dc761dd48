/* level_choice.cpp - see level_choice.h. */
#include "gdal/level_choice.h"

#include <algorithm>

namespace
{
/* The levels that are coarser than all before them. */
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

/* As GDAL has it: the axis that is less reduced counts. */
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

std::unique_ptr<RetileDataset>
RetileChooseDataset(std::shared_ptr<const RetileSharedView> poView, int nLevel,
                    RetileRequest &oRequest)
{
    const double dfStrategy = poView->Options().oOverviews.dfStrategy;
    const double dfFactor = FactorOf(oRequest);

    if (dfStrategy < 0 || nLevel > 0 || dfFactor <= 1)
        return nullptr;
    const Ladder oLadder = LadderOf(*poView);
    const int nChosen = oLadder.anLevels[static_cast<size_t>(
        RetileChooseLevel(dfStrategy, dfFactor, oLadder.adfFactors.data(),
                          static_cast<int>(oLadder.anLevels.size())))];
    const RetileLevelSize &oFull = poView->Level(0);
    const RetileLevelSize &oLevel = poView->Level(nChosen);
    GDALRasterIOExtraArg &sArg = oRequest.sExtraArg;
    Scale(oFull.nWidth, oLevel.nWidth, oRequest.nXOff, oRequest.nXSize,
          sArg.dfXOff, sArg.dfXSize);
    Scale(oFull.nHeight, oLevel.nHeight, oRequest.nYOff, oRequest.nYSize,
          sArg.dfYOff, sArg.dfYSize);
    return RetileDataset::Scratch(poView, nChosen, true);
}
