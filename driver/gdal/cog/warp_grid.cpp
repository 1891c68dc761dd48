/* warp_grid.cpp - see warp_grid.h. */
#include "gdal/cog/warp_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "cpl_conv.h"
#include "cpl_minixml.h"
#include "cpl_string.h"
#include "gdal/cog/transformer.h"

namespace
{

/* The size of a block: columns at most, pixels, and lines. */
constexpr int MOST_COLUMNS = 4096;
constexpr int BLOCK_PX = 1 << 20, LEAST_LINES = 128, MOST_LINES = 512;

/* The number of points along a side of the raster that are transformed. */
constexpr int SIDE = 21;

/* The raster that is warped. The warp may read an overview instead of it. */
struct Source {
    double dfXSize, dfYSize;                 /* of the overview */
    double dfXFactor = 1.0, dfYFactor = 1.0; /* full size / its size */
};

/* Along one axis: the range under the warped raster, in source pixels. */
struct Range {
    double dfFirst = std::numeric_limits<double>::infinity();
    double dfLast = -std::numeric_limits<double>::infinity();

    void Add(double dfPlace)
    {
        dfFirst = std::min(dfFirst, dfPlace);
        dfLast = std::max(dfLast, dfPlace);
    }

    /* The ratio as GDAL computes it for the part that it warps in one call:
     * nSize pixels divided by the source pixels under them. If the reciprocal
     * is near a whole number, it is that number. The kernel is never narrowed.
     */
    double Scale(int nSize, double dfSourceSize) const
    {
        const double dfUnder =
            std::min(dfSourceSize - std::floor(std::max(0.0, dfFirst)),
                     dfLast - dfFirst);
        const double dfScale = nSize / dfUnder;

        if (!(dfUnder > 0.0) || !(dfScale < 1.0))
            return 1.0;
        const double dfWhole = std::round(1.0 / dfScale);
        return std::fabs(1.0 / dfScale - dfWhole) < 0.05 ? 1.0 / dfWhole
                                                         : dfScale;
    }
};

Source SourceOf(CPLXMLNode *psWarp, GDALDataset *poSrcDS)
{
    Source oSource = {static_cast<double>(poSrcDS->GetRasterXSize()),
                      static_cast<double>(poSrcDS->GetRasterYSize())};
    const CPLStringList aosNumbers(CSLTokenizeString2(
        CPLGetXMLValue(psWarp,
                       "Transformer.ApproxTransformer.BaseTransformer."
                       "GenImgProjTransformer.SrcGeoTransform",
                       ""),
        ",", 0));
    double gt[6];

    if (aosNumbers.size() != 6 || poSrcDS->GetGeoTransform(gt) != CE_None ||
        gt[1] == 0.0 || gt[5] == 0.0)
        return oSource;
    oSource.dfXFactor = CPLAtof(aosNumbers[1]) / gt[1];
    oSource.dfYFactor = CPLAtof(aosNumbers[5]) / gt[5];
    oSource.dfXSize = std::round(oSource.dfXSize / oSource.dfXFactor);
    oSource.dfYSize = std::round(oSource.dfYSize / oSource.dfYFactor);
    return oSource;
}

/* Finds the range under poWarped with a grid of points that includes the
 * corners. */
void FindUnder(GDALDataset *poSrcDS, GDALDataset *poWarped,
               const Source &oSource, Range &oX, Range &oY)
{
    const RetileTransformer poTransformer(GDALCreateGenImgProjTransformer2(
        GDALDataset::ToHandle(poSrcDS), GDALDataset::ToHandle(poWarped),
        nullptr));
    std::vector<double> adfX, adfY;

    for (int iY = 0; iY < SIDE; iY++)
        for (int iX = 0; iX < SIDE; iX++) {
            adfX.push_back(iX * (poWarped->GetRasterXSize() / (SIDE - 1.0)));
            adfY.push_back(iY * (poWarped->GetRasterYSize() / (SIDE - 1.0)));
        }
    std::vector<double> adfZ(adfX.size());
    std::vector<int> abDone(adfX.size());
    if (poTransformer == nullptr ||
        !GDALGenImgProjTransform(poTransformer.get(), TRUE, SIDE * SIDE,
                                 adfX.data(), adfY.data(), adfZ.data(),
                                 abDone.data()))
        return;
    for (size_t i = 0; i < adfX.size(); i++)
        if (abDone[i] && !std::isnan(adfX[i]) && !std::isnan(adfY[i])) {
            oX.Add(adfX[i] / oSource.dfXFactor);
            oY.Add(adfY[i] / oSource.dfYFactor);
        }
}

void AddWarpOption(CPLXMLNode *psWarp, const char *pszName, double dfValue)
{
    CPLXMLNode *psOption = CPLCreateXMLElementAndValue(
        psWarp, "Option", CPLSPrintf("%.17g", dfValue));

    CPLAddXMLAttributeAndValue(psOption, "name", pszName);
}

/* Later GDAL versions also store the block size in each band. */
void SetBlocks(CPLXMLNode *psRoot, int nXSize, int nYSize)
{
    const std::string osX = std::to_string(nXSize);
    const std::string osY = std::to_string(nYSize);

    CPLSetXMLValue(psRoot, "BlockXSize", osX.c_str());
    CPLSetXMLValue(psRoot, "BlockYSize", osY.c_str());
    for (CPLXMLNode *psBand = psRoot->psChild; psBand != nullptr;
         psBand = psBand->psNext) {
        if (!EQUAL(psBand->pszValue, "VRTRasterBand") ||
            CPLGetXMLNode(psBand, "blockXSize") == nullptr)
            continue;
        CPLSetXMLValue(psBand, "#blockXSize", osX.c_str());
        CPLSetXMLValue(psBand, "#blockYSize", osY.c_str());
    }
}

} // namespace

std::string RetileFixWarpGrid(const char *pszXML, GDALDataset *poSrcDS,
                              GDALDataset *poWarped)
{
    const CPLXMLTreeCloser oTree(CPLParseXMLString(pszXML));
    CPLXMLNode *psRoot =
        oTree ? CPLGetXMLNode(oTree.get(), "=VRTDataset") : nullptr;
    CPLXMLNode *psWarp =
        psRoot ? CPLGetXMLNode(psRoot, "GDALWarpOptions") : nullptr;

    if (psWarp == nullptr)
        return pszXML;
    const int nXSize = poWarped->GetRasterXSize();
    const int nYSize = poWarped->GetRasterYSize();
    const int nColumns = std::min(nXSize, MOST_COLUMNS);
    const int nLines =
        std::clamp(BLOCK_PX / nColumns / LEAST_LINES * LEAST_LINES, LEAST_LINES,
                   MOST_LINES);
    const Source oSource = SourceOf(psWarp, poSrcDS);
    Range oX, oY;

    FindUnder(poSrcDS, poWarped, oSource, oX, oY);
    SetBlocks(psRoot, nColumns, std::min(nLines, nYSize));
    AddWarpOption(psWarp, "XSCALE", oX.Scale(nXSize, oSource.dfXSize));
    AddWarpOption(psWarp, "YSCALE", oY.Scale(nYSize, oSource.dfYSize));
    char *pszText = CPLSerializeXMLTree(psRoot);
    std::string osText = pszText;
    CPLFree(pszText);
    return osText;
}
