/* row_demand.cpp - see row_demand.h.
 *
 * A source that is placed by rectangles is read in proportion, and a little
 * more for the kernel. For a warp, points of each step are transformed as GDAL
 * does it, with the transformer of the XML.
 */
#include "gdal/copy/row_demand.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "cpl_conv.h"
#include "cpl_minixml.h"
#include "gdal_alg.h"
#include "gdalwarper.h"
#include "io/dataset/gdal_errors.h"
#include "io/vrt/xml.h"

namespace
{

/* The widest of GDAL's kernels, on each side, and what GDAL reads around a
 * window in addition (its warper 10 pixels). */
constexpr double KERNEL_RADIUS = 3.0, MORE_ROWS = 12.0;

/* Points that are transformed, along a step and down it. */
constexpr int COLUMNS = 33, LINES = 5;

struct Range {
    double dfFirst, dfSize;
};

bool ReadRange(const CPLXMLNode *psSource, const char *pszRect, bool bRows,
               Range &oRange)
{
    CPLXMLNode *psRect =
        CPLGetXMLNode(const_cast<CPLXMLNode *>(psSource), pszRect);

    if (psRect == nullptr)
        return false;
    oRange.dfFirst =
        CPLAtof(CPLGetXMLValue(psRect, bRows ? "yOff" : "xOff", "0"));
    oRange.dfSize =
        CPLAtof(CPLGetXMLValue(psRect, bRows ? "ySize" : "xSize", "0"));
    return oRange.dfSize > 0.0;
}

/* The steps through a raster. */
struct Steps {
    int nHeight, nStepHeight;

    size_t Count() const
    {
        return static_cast<size_t>((nHeight + nStepHeight - 1) / nStepHeight);
    }
    double First(size_t i) const
    {
        return static_cast<double>(i) * nStepHeight;
    }
    double End(size_t i) const
    {
        return std::min<double>(nHeight, First(i) + nStepHeight);
    }
};

/* How far around its place a window is read. */
double Reach(double dfScale, double dfMore)
{
    return KERNEL_RADIUS * std::max(1.0, dfScale) + MORE_ROWS + dfMore;
}

void AddPlaced(const Steps &oSteps, const Range &oFrom, const Range &oTo,
               double dfFilterRows, std::vector<RetileRows> &aoRows)
{
    const double dfScale = oFrom.dfSize / oTo.dfSize;
    const double dfReach = Reach(dfScale, dfFilterRows);

    for (size_t i = 0; i < oSteps.Count(); i++) {
        const double dfFirst = std::max(oSteps.First(i), oTo.dfFirst);
        const double dfEnd = std::min(oSteps.End(i), oTo.dfFirst + oTo.dfSize);

        if (dfFirst < dfEnd)
            aoRows[i].Add(
                oFrom.dfFirst + (dfFirst - oTo.dfFirst) * dfScale - dfReach,
                oFrom.dfFirst + (dfEnd - oTo.dfFirst) * dfScale + dfReach);
    }
}

void AddSource(const CPLXMLNode *psSource, const Steps &oSteps,
               RetileRowDemand &oDemand)
{
    CPLXMLNode *psNode = const_cast<CPLXMLNode *>(psSource);
    const char *pszName = CPLGetXMLValue(psNode, "SourceFilename", "");
    const double dfFilter = CPLAtof(CPLGetXMLValue(psNode, "Kernel.Size", "0"));
    Range oFrom = {}, oTo = {}, oColumns = {}, oToColumns = {};

    if (!ReadRange(psSource, "SrcRect", true, oFrom) ||
        !ReadRange(psSource, "DstRect", true, oTo) ||
        !ReadRange(psSource, "SrcRect", false, oColumns) ||
        !ReadRange(psSource, "DstRect", false, oToColumns))
        return;
    RetileSourceDemand &oOfSource = oDemand[pszName];
    oOfSource.aoSteps.resize(oSteps.Count());
    AddPlaced(oSteps, oFrom, oTo, dfFilter, oOfSource.aoSteps);
    const double dfReach = Reach(oColumns.dfSize / oToColumns.dfSize, dfFilter);
    oOfSource.oColumns.Add(oColumns.dfFirst - dfReach,
                           oColumns.dfFirst + oColumns.dfSize + dfReach);
}

/* All sources of all bands and masks. */
void AddSources(const CPLXMLNode *psNode, const Steps &oSteps,
                RetileRowDemand &oDemand)
{
    for (; psNode != nullptr; psNode = psNode->psNext) {
        if (rt_vrt_is_source(psNode))
            AddSource(psNode, oSteps, oDemand);
        else if (psNode->eType == CXT_Element)
            AddSources(psNode->psChild, oSteps, oDemand);
    }
}

struct CloseWarp {
    void operator()(GDALWarpOptions *psOptions) const
    {
        if (psOptions->pTransformerArg != nullptr)
            GDALDestroyTransformer(psOptions->pTransformerArg);
        if (psOptions->hSrcDS != nullptr)
            GDALClose(psOptions->hSrcDS);
        GDALDestroyWarpOptions(psOptions);
    }
};
using Warp = std::unique_ptr<GDALWarpOptions, CloseWarp>;

/* The rows and columns of the source under the points of a step. */
void FindUnder(const GDALWarpOptions &oWarp, int nWidth, double dfFirst,
               double dfEnd, RetileRows &oRows, RetileRows &oColumns)
{
    std::vector<double> adfX, adfY, adfZ(COLUMNS * LINES);
    std::vector<int> abDone(COLUMNS * LINES);

    for (int iLine = 0; iLine < LINES; iLine++)
        for (int iColumn = 0; iColumn < COLUMNS; iColumn++) {
            adfX.push_back(iColumn * (nWidth / (COLUMNS - 1.0)));
            adfY.push_back(dfFirst +
                           iLine * ((dfEnd - dfFirst) / (LINES - 1.0)));
        }
    if (!oWarp.pfnTransformer(oWarp.pTransformerArg, TRUE, COLUMNS * LINES,
                              adfX.data(), adfY.data(), adfZ.data(),
                              abDone.data()))
        return;
    for (size_t i = 0; i < adfY.size(); i++)
        if (abDone[i] && std::isfinite(adfX[i]) && std::isfinite(adfY[i])) {
            oRows.Add(adfY[i], adfY[i] + 1.0);
            oColumns.Add(adfX[i], adfX[i] + 1.0);
        }
}

/* Adds what is read around the pixels under dfPixels of a warp. */
void Widen(RetileRows &oUnder, double dfPixels, double dfExtra)
{
    const double dfFirst = static_cast<double>(oUnder.nFirst);
    const double dfEnd = static_cast<double>(oUnder.nEnd);
    const double dfReach = Reach((dfEnd - dfFirst) / dfPixels, dfExtra);

    if (dfFirst < dfEnd)
        oUnder.Add(dfFirst - dfReach, dfEnd + dfReach);
}

void AddWarp(CPLXMLNode *psWarp, int nWidth, const Steps &oSteps,
             RetileRowDemand &oDemand)
{
    const Warp poWarp(GDALDeserializeWarpOptions(psWarp));

    if (poWarp == nullptr || poWarp->pfnTransformer == nullptr ||
        poWarp->hSrcDS == nullptr)
        return;
    const double dfExtra = CPLAtof(
        CSLFetchNameValueDef(poWarp->papszWarpOptions, "SOURCE_EXTRA", "0"));
    RetileSourceDemand &oOfSource =
        oDemand[CPLGetXMLValue(psWarp, "SourceDataset", "")];

    for (size_t i = 0; i < oSteps.Count(); i++) {
        RetileRows oRows;

        FindUnder(*poWarp, nWidth, oSteps.First(i), oSteps.End(i), oRows,
                  oOfSource.oColumns);
        Widen(oRows, oSteps.End(i) - oSteps.First(i), dfExtra);
        oOfSource.aoSteps.push_back(oRows);
    }
    Widen(oOfSource.oColumns, nWidth, dfExtra);
}

} // namespace

void RetileRows::Add(double dfFirst, double dfEnd)
{
    constexpr double FAR = 1e12; /* rows; keeps the sums within an int64_t */

    nFirst = std::min(nFirst, static_cast<int64_t>(
                                  std::floor(std::clamp(dfFirst, -FAR, FAR))));
    nEnd = std::max(
        nEnd, static_cast<int64_t>(std::ceil(std::clamp(dfEnd, -FAR, FAR))));
}

RetileRowDemand RetileFindRowDemand(const char *pszXML, int nWidth, int nHeight,
                                    int nStepHeight)
{
    const Steps oSteps = {nHeight, nStepHeight};
    CPLXMLNode *psRoot = nullptr;
    const CPLXMLTreeCloser oTree(rt_vrt_parse(pszXML, &psRoot));
    RetileRowDemand oDemand;
    rt_gdal_errors oErrors;

    if (psRoot == nullptr)
        return oDemand;
    rt_gdal_errors_begin(&oErrors);
    CPLXMLNode *psWarp = CPLGetXMLNode(psRoot, "GDALWarpOptions");
    if (psWarp != nullptr)
        AddWarp(psWarp, nWidth, oSteps, oDemand);
    else
        AddSources(psRoot->psChild, oSteps, oDemand);
    rt_gdal_errors_forget_warnings(&oErrors);
    rt_gdal_errors_end(&oErrors);
    return oDemand;
}

RetileSourceDemand RetileDemandInProportion(int nSourceWidth, int nSourceHeight,
                                            int nHeight, int nStepHeight)
{
    const Steps oSteps = {nHeight, nStepHeight};
    RetileSourceDemand oDemand;

    oDemand.aoSteps.resize(oSteps.Count());
    AddPlaced(oSteps, {0.0, static_cast<double>(nSourceHeight)},
              {0.0, static_cast<double>(nHeight)}, 0.0, oDemand.aoSteps);
    oDemand.oColumns.Add(0.0, nSourceWidth);
    return oDemand;
}

std::vector<RetileRows>
RetileRowsToKeep(const std::vector<RetileRows> &aoDemand)
{
    std::vector<RetileRows> aoKept(aoDemand.size());
    RetileRows oSoFar, oLater;

    for (size_t i = 0; i < aoDemand.size(); i++) {
        const size_t iNext = std::min(i + 1, aoDemand.size() - 1);

        oSoFar.nEnd =
            std::max({oSoFar.nEnd, aoDemand[i].nEnd, aoDemand[iNext].nEnd});
        aoKept[i].nEnd = oSoFar.nEnd;
    }
    for (size_t i = aoDemand.size(); i-- > 0;) {
        oLater.nFirst = std::min(oLater.nFirst, aoDemand[i].nFirst);
        aoKept[i].nFirst = oLater.nFirst;
    }
    return aoKept;
}
