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

bool ReadRange(const CPLXMLNode *psSource, const char *pszRect, Range &oRange)
{
    CPLXMLNode *psRect =
        CPLGetXMLNode(const_cast<CPLXMLNode *>(psSource), pszRect);

    if (psRect == nullptr)
        return false;
    oRange.dfFirst = CPLAtof(CPLGetXMLValue(psRect, "yOff", "0"));
    oRange.dfSize = CPLAtof(CPLGetXMLValue(psRect, "ySize", "0"));
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

void AddPlaced(const Steps &oSteps, const Range &oFrom, const Range &oTo,
               double dfFilterRows, std::vector<RetileRows> &aoRows)
{
    const double dfScale = oFrom.dfSize / oTo.dfSize;
    const double dfReach =
        KERNEL_RADIUS * std::max(1.0, dfScale) + MORE_ROWS + dfFilterRows;

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
    Range oFrom = {}, oTo = {};

    if (!ReadRange(psSource, "SrcRect", oFrom) ||
        !ReadRange(psSource, "DstRect", oTo))
        return;
    std::vector<RetileRows> &aoRows = oDemand[pszName];
    aoRows.resize(oSteps.Count());
    AddPlaced(oSteps, oFrom, oTo,
              CPLAtof(CPLGetXMLValue(psNode, "Kernel.Size", "0")), aoRows);
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

/* The rows of the source under the points of a step. */
RetileRows RowsUnder(const GDALWarpOptions &oWarp, int nWidth, double dfFirst,
                     double dfEnd)
{
    std::vector<double> adfX, adfY, adfZ(COLUMNS * LINES);
    std::vector<int> abDone(COLUMNS * LINES);
    RetileRows oRows;

    for (int iLine = 0; iLine < LINES; iLine++)
        for (int iColumn = 0; iColumn < COLUMNS; iColumn++) {
            adfX.push_back(iColumn * (nWidth / (COLUMNS - 1.0)));
            adfY.push_back(dfFirst +
                           iLine * ((dfEnd - dfFirst) / (LINES - 1.0)));
        }
    if (!oWarp.pfnTransformer(oWarp.pTransformerArg, TRUE, COLUMNS * LINES,
                              adfX.data(), adfY.data(), adfZ.data(),
                              abDone.data()))
        return oRows;
    for (size_t i = 0; i < adfY.size(); i++)
        if (abDone[i] && std::isfinite(adfY[i]))
            oRows.Add(adfY[i], adfY[i] + 1.0);
    return oRows;
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
    std::vector<RetileRows> aoRows(oSteps.Count());

    for (size_t i = 0; i < aoRows.size(); i++) {
        const double dfRows = oSteps.End(i) - oSteps.First(i);

        aoRows[i] = RowsUnder(*poWarp, nWidth, oSteps.First(i), oSteps.End(i));
        if (aoRows[i].nEnd <= aoRows[i].nFirst)
            continue;
        const double dfUnder =
            static_cast<double>(aoRows[i].nEnd - aoRows[i].nFirst);
        const double dfReach = KERNEL_RADIUS * std::max(1.0, dfUnder / dfRows) +
                               MORE_ROWS + dfExtra;
        aoRows[i].Add(static_cast<double>(aoRows[i].nFirst) - dfReach,
                      static_cast<double>(aoRows[i].nEnd) + dfReach);
    }
    oDemand[CPLGetXMLValue(psWarp, "SourceDataset", "")] = std::move(aoRows);
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

std::vector<RetileRows> RetileRowsInProportion(int nSourceHeight, int nHeight,
                                               int nStepHeight)
{
    const Steps oSteps = {nHeight, nStepHeight};
    std::vector<RetileRows> aoRows(oSteps.Count());

    AddPlaced(oSteps, {0.0, static_cast<double>(nSourceHeight)},
              {0.0, static_cast<double>(nHeight)}, 0.0, aoRows);
    return aoRows;
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
