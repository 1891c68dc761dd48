/* reduce_rig.cpp - see reduce_rig.h. */
#include "reduce_rig.h"

#include <algorithm>
#include <cstring>

static GDALRasterBand *BandOf(GDALDataset *poDS, int nBand, int nOverview)
{
    GDALRasterBand *poBand = poDS->GetRasterBand(nBand);

    return nOverview < 0 ? poBand : poBand->GetOverview(nOverview);
}

Level LevelOf(GDALDataset *poDS, int nOverview, bool bWithMask)
{
    Level oLevel;

    for (int i = 1; i <= poDS->GetRasterCount(); i++) {
        GDALRasterBand *poBand = BandOf(poDS, i, nOverview);
        oLevel.nWidth = poBand->GetXSize();
        oLevel.nHeight = poBand->GetYSize();
        oLevel.aabyPlanes.push_back(ReadBand(poBand));
    }
    if (bWithMask)
        oLevel.abyMask = ReadBand(BandOf(poDS, 1, nOverview)->GetMaskBand());
    return oLevel;
}

RetileReduceShape ShapeOf(GDALDataset *poDS, const char *pszMethod,
                          const Level &oLower, const Level &oUpper)
{
    const char *pszValues = poDS->GetMetadataItem("NODATA_VALUES");
    RetileReduceShape oShape;

    EXPECT_TRUE(RetileReduceMethod(pszMethod, &oShape.eMethod));
    oShape.nLowerWidth = oLower.nWidth;
    oShape.nLowerHeight = oLower.nHeight;
    oShape.nUpperWidth = oUpper.nWidth;
    oShape.nUpperHeight = oUpper.nHeight;
    for (int i = 1; i <= poDS->GetRasterCount(); i++)
        oShape.aoPlanes.push_back(RetileReducePlaneOf(poDS->GetRasterBand(i)));
    if (pszValues)
        oShape.osNoDataValues = pszValues;
    if (!oLower.abyMask.empty())
        oShape.eMasks = RetileReduceMasks::PerDataset;
    return oShape;
}

static std::vector<GByte> CutOut(const std::vector<GByte> &abyAll, int nWidth,
                                 const rt_window &oWindow, size_t nBytes)
{
    const size_t nLine = static_cast<size_t>(oWindow.w_px) * nBytes;
    std::vector<GByte> abyCut(nLine * static_cast<size_t>(oWindow.h_px));

    for (int y = 0; y < oWindow.h_px; y++)
        memcpy(abyCut.data() + nLine * static_cast<size_t>(y),
               abyAll.data() + (static_cast<size_t>(oWindow.y_px + y) *
                                    static_cast<size_t>(nWidth) +
                                static_cast<size_t>(oWindow.x_px)) *
                                   nBytes,
               nLine);
    return abyCut;
}

static void PutIn(const std::vector<GByte> &abyCut, int nWidth,
                  const rt_window &oWindow, size_t nBytes,
                  std::vector<GByte> &abyAll)
{
    const size_t nLine = static_cast<size_t>(oWindow.w_px) * nBytes;

    for (int y = 0; y < oWindow.h_px; y++)
        memcpy(abyAll.data() + (static_cast<size_t>(oWindow.y_px + y) *
                                    static_cast<size_t>(nWidth) +
                                static_cast<size_t>(oWindow.x_px)) *
                                   nBytes,
               abyCut.data() + nLine * static_cast<size_t>(y), nLine);
}

static size_t PixelBytes(const RetileReduceShape &oShape, size_t iPlane)
{
    return static_cast<size_t>(
        GDALGetDataTypeSizeBytes(oShape.aoPlanes[iPlane].eType));
}

static void ReduceWindow(const RetileLevelReducer &oReducer,
                         const RetileReduceShape &oShape, const Level &oLower,
                         const rt_window &oUpper,
                         std::vector<std::vector<GByte>> &aabyUpper)
{
    const rt_window oFrom = oReducer.Lower(oUpper);
    std::vector<std::vector<GByte>> aabyFrom, aabyTo;
    std::vector<const void *> apFrom;
    std::vector<void *> apTo;
    rt_error oError{};

    for (size_t i = 0; i < oShape.aoPlanes.size(); i++) {
        const size_t nBytes = PixelBytes(oShape, i);
        aabyFrom.push_back(
            CutOut(oLower.aabyPlanes[i], oLower.nWidth, oFrom, nBytes));
        aabyTo.emplace_back(rt_window_area(&oUpper) * nBytes);
    }
    for (size_t i = 0; i < oShape.aoPlanes.size(); i++) {
        apFrom.push_back(aabyFrom[i].data());
        apTo.push_back(aabyTo[i].data());
    }
    std::vector<GByte> abyMask;
    if (!oLower.abyMask.empty())
        abyMask = CutOut(oLower.abyMask, oLower.nWidth, oFrom, 1);
    const void *pMask = abyMask.data();
    ASSERT_EQ(oReducer.Run({oFrom, apFrom.data(), &pMask, oUpper, apTo.data()},
                           &oError),
              RT_OK)
        << oError.text;
    for (size_t i = 0; i < oShape.aoPlanes.size(); i++)
        PutIn(aabyTo[i], oShape.nUpperWidth, oUpper, PixelBytes(oShape, i),
              aabyUpper[i]);
}

std::vector<std::vector<GByte>> Reduced(const RetileReduceShape &oShape,
                                        const Level &oLower,
                                        const Cutting &oCutting)
{
    std::unique_ptr<RetileLevelReducer> poReducer;
    std::vector<std::vector<GByte>> aabyUpper;
    rt_error oError{};

    for (size_t i = 0; i < oShape.aoPlanes.size(); i++)
        aabyUpper.emplace_back(static_cast<size_t>(oShape.nUpperWidth) *
                               static_cast<size_t>(oShape.nUpperHeight) *
                               PixelBytes(oShape, i));
    EXPECT_EQ(RetileLevelReducer::Create(oShape, poReducer, &oError), RT_OK)
        << oError.text;
    const auto End = [&oCutting](int nBegin, int nCell, int nSize) {
        return std::min(nBegin == 0 && oCutting.nShift > 0 ? oCutting.nShift
                                                           : nBegin + nCell,
                        nSize);
    };
    for (int y = 0; y < oShape.nUpperHeight;) {
        const int nBelow = End(y, oCutting.nHeight, oShape.nUpperHeight);
        for (int x = 0; x < oShape.nUpperWidth;) {
            const int nRight = End(x, oCutting.nWidth, oShape.nUpperWidth);
            ReduceWindow(*poReducer, oShape, oLower,
                         {x, y, nRight - x, nBelow - y}, aabyUpper);
            x = nRight;
        }
        y = nBelow;
    }
    return aabyUpper;
}

void ExpectReduced(const RetileReduceShape &oShape, const Level &oLower,
                   const Level &oUpper, const std::string &osWhat)
{
    static const Cutting aoCuttings[] = {
        {1, 1, 0},   {7, 5, 0},    {7, 5, 3},
        {64, 64, 0}, {64, 64, 13}, {256, 256, 0},
    };

    for (const Cutting &oCutting : aoCuttings) {
        const int nArea = oUpper.nWidth * oUpper.nHeight;
        if ((oCutting.nWidth == 1 && nArea > 900) ||
            (oCutting.nWidth == 7 && nArea > 12000))
            continue;
        const auto aabyGot = Reduced(oShape, oLower, oCutting);
        for (size_t i = 0; i < aabyGot.size(); i++)
            EXPECT_TRUE(aabyGot[i] == oUpper.aabyPlanes[i])
                << osWhat << ": band " << i + 1 << ", " << oLower.nWidth << "x"
                << oLower.nHeight << " in windows of " << oCutting.nWidth << "x"
                << oCutting.nHeight << " after " << oCutting.nShift;
    }
}
