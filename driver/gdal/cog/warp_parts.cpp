/* warp_parts.cpp - see warp_parts.h. */
#include "gdal/cog/warp_parts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "cpl_conv.h"
#include "cpl_minixml.h"
#include "cpl_string.h"
#include "gdal/cog/transformer.h"

namespace
{

/* Of a part; gdalwarp's default. */
constexpr double PART_BYTES = 64.0 * 1024 * 1024;
/* Of more parts than that, those about the middle are looked at. */
constexpr double MANY_PARTS = 256.0;
/* What is computed at once here, in pixels and in lines. */
constexpr int BLOCK_PX = 1 << 20, LEAST_LINES = 128, MOST_LINES = 512;

struct Part {
    int nX, nY, nWidth, nHeight;

    std::pair<Part, Part> Halves() const
    {
        Part oFirst = *this, oSecond = *this;

        if (nWidth > nHeight) {
            oFirst.nWidth = nWidth / 2;
            oSecond.nX += oFirst.nWidth;
            oSecond.nWidth -= oFirst.nWidth;
        } else {
            oFirst.nHeight = nHeight / 2;
            oSecond.nY += oFirst.nHeight;
            oSecond.nHeight -= oFirst.nHeight;
        }
        return {oFirst, oSecond};
    }
};

/* Along one axis, what lies under a part: in pixels of the source. */
struct Range {
    double dfFirst = std::numeric_limits<double>::infinity();
    double dfLast = -std::numeric_limits<double>::infinity();

    void Add(double dfPlace)
    {
        dfFirst = std::min(dfFirst, dfPlace);
        dfLast = std::max(dfLast, dfPlace);
    }
    double Length() const { return dfLast - dfFirst; }
    bool Meets(int nSize) const { return dfFirst <= nSize && dfLast >= 0.0; }
    /* As much of it as GDAL counts, of a source of nSize pixels. */
    double Counted(int nSize) const
    {
        return std::max(
            0.0,
            std::min(nSize - std::floor(std::max(0.0, dfFirst)), Length()));
    }
    /* What is read of it, nRadius pixels around it included. */
    double Read(int nSize, double dfRadius) const
    {
        const double dfFrom = std::floor(std::max(0.0, dfFirst));
        const double dfTo =
            std::min(std::ceil(dfLast), static_cast<double>(nSize));

        if (dfTo - dfFrom > 0.9 * nSize)
            return nSize;
        return std::max(0.0,
                        std::min(static_cast<double>(nSize), dfTo + dfRadius) -
                            std::max(0.0, dfFrom - dfRadius));
    }
};

/* One number of a part, and how much of the source it is true of. */
struct Weighted {
    double dfValue, dfWeight;
};

double Median(std::vector<Weighted> aoValues)
{
    double dfHalf = 0.0;

    std::sort(aoValues.begin(), aoValues.end(),
              [](const Weighted &oOne, const Weighted &oOther) {
                  return oOne.dfValue < oOther.dfValue;
              });
    for (const Weighted &oValue : aoValues)
        dfHalf += oValue.dfWeight / 2.0;
    for (const Weighted &oValue : aoValues) {
        dfHalf -= oValue.dfWeight;
        if (dfHalf <= 0.0)
            return oValue.dfValue;
    }
    return 1.0;
}

class Foresight
{
  public:
    Foresight(const CPLXMLNode *psRoot, GDALDataset *poSrcDS,
              GDALDataset *poWarped);

    RetileWarpParts Look();

  private:
    void CountBits(GDALDataset *poSrcDS, GDALDataset *poWarped);
    void FindOverview(const CPLXMLNode *psRoot, GDALDataset *poSrcDS);
    bool FindUnder(const Part &oPart, Range &oX, Range &oY) const;
    void Collect(const Part &oPart);

    const int m_nXSize, m_nYSize;
    int m_nSrcXSize, m_nSrcYSize; /* of the overview that is warped */
    double m_dfXFactor = 1.0, m_dfYFactor = 1.0; /* which it is smaller by */
    double m_dfSrcBits = 0.0, m_dfDstBits = 0.0; /* of a pixel */
    int m_nRadius = 0;                           /* of the kernel, unscaled */
    RetileTransformer m_poTransformer{};
    std::vector<Weighted> m_aoWidths{}, m_aoXScales{}, m_aoYScales{};

    CPL_DISALLOW_COPY_ASSIGN(Foresight)
};

const char *Value(const CPLXMLNode *psRoot, const char *pszPath)
{
    return CPLGetXMLValue(const_cast<CPLXMLNode *>(psRoot), pszPath, "");
}

int Radius(const char *pszAlgorithm)
{
    const struct {
        const char *pszName;
        int nRadius;
    } aoKernels[] = {
        {"Bilinear", 1}, {"Cubic", 2}, {"CubicSpline", 2}, {"Lanczos", 3}};

    for (const auto &oKernel : aoKernels)
        if (EQUAL(pszAlgorithm, oKernel.pszName))
            return oKernel.nRadius;
    return 0;
}

Foresight::Foresight(const CPLXMLNode *psRoot, GDALDataset *poSrcDS,
                     GDALDataset *poWarped)
    : m_nXSize(poWarped->GetRasterXSize()),
      m_nYSize(poWarped->GetRasterYSize()),
      m_nSrcXSize(poSrcDS->GetRasterXSize()),
      m_nSrcYSize(poSrcDS->GetRasterYSize()),
      m_nRadius(Radius(Value(psRoot, "GDALWarpOptions.ResampleAlg"))),
      m_poTransformer(GDALCreateGenImgProjTransformer2(
          GDALDataset::ToHandle(poSrcDS), GDALDataset::ToHandle(poWarped),
          nullptr))
{
    CountBits(poSrcDS, poWarped);
    FindOverview(psRoot, poSrcDS);
}

/* What gdalwarp counts: pixels, and masks beside them. */
void Foresight::CountBits(GDALDataset *poSrcDS, GDALDataset *poWarped)
{
    const auto HasAlpha = [](GDALDataset *poDS) {
        return poDS->GetRasterBand(poDS->GetRasterCount())
                   ->GetColorInterpretation() == GCI_AlphaBand;
    };
    GDALRasterBand *poBand = poSrcDS->GetRasterBand(1);
    const int nBands = poSrcDS->GetRasterCount() - (HasAlpha(poSrcDS) ? 1 : 0);
    int bNoData = FALSE;

    (void)poBand->GetNoDataValue(&bNoData);
    m_dfSrcBits = m_dfDstBits =
        nBands * GDALGetDataTypeSizeBits(poBand->GetRasterDataType());
    if (HasAlpha(poSrcDS))
        m_dfSrcBits += 32;
    else if (poBand->GetMaskFlags() & GMF_PER_DATASET)
        m_dfSrcBits += 1;
    if (bNoData) {
        m_dfSrcBits += nBands;
        m_dfDstBits += nBands;
    }
    if (HasAlpha(poWarped))
        m_dfDstBits += 32;
}

/* gdalwarp may have chosen one in place of the source. */
void Foresight::FindOverview(const CPLXMLNode *psRoot, GDALDataset *poSrcDS)
{
    const CPLStringList aosNumbers(CSLTokenizeString2(
        Value(psRoot,
              "GDALWarpOptions.Transformer.ApproxTransformer.BaseTransformer."
              "GenImgProjTransformer.SrcGeoTransform"),
        ",", 0));
    double gt[6];

    if (aosNumbers.size() != 6 || poSrcDS->GetGeoTransform(gt) != CE_None ||
        gt[1] == 0.0 || gt[5] == 0.0)
        return;
    m_dfXFactor = CPLAtof(aosNumbers[1]) / gt[1];
    m_dfYFactor = CPLAtof(aosNumbers[5]) / gt[5];
    m_nSrcXSize = static_cast<int>(std::round(m_nSrcXSize / m_dfXFactor));
    m_nSrcYSize = static_cast<int>(std::round(m_nSrcYSize / m_dfYFactor));
}

/* Finds it by a grid of points, corners included. */
bool Foresight::FindUnder(const Part &oPart, Range &oX, Range &oY) const
{
    constexpr int SIDE = 21;
    std::vector<double> adfX, adfY;

    for (int iY = 0; iY < SIDE; iY++)
        for (int iX = 0; iX < SIDE; iX++) {
            adfX.push_back(oPart.nX + iX * (oPart.nWidth / (SIDE - 1.0)));
            adfY.push_back(oPart.nY + iY * (oPart.nHeight / (SIDE - 1.0)));
        }
    std::vector<double> adfZ(adfX.size());
    std::vector<int> abDone(adfX.size());
    if (m_poTransformer == nullptr ||
        !GDALGenImgProjTransform(m_poTransformer.get(), TRUE, SIDE * SIDE,
                                 adfX.data(), adfY.data(), adfZ.data(),
                                 abDone.data()))
        return false;
    for (size_t i = 0; i < adfX.size(); i++)
        if (abDone[i] && !std::isnan(adfX[i]) && !std::isnan(adfY[i])) {
            oX.Add(adfX[i] / m_dfXFactor);
            oY.Add(adfY[i] / m_dfYFactor);
        }
    return oX.Meets(m_nSrcXSize) && oY.Meets(m_nSrcYSize);
}

/* Goes down as gdalwarp does. */
void Foresight::Collect(const Part &oPart)
{
    Range oX, oY;

    if (!FindUnder(oPart, oX, oY))
        return;
    const auto Around = [this](const Range &oRange, int nSize) {
        const double dfScale = nSize / oRange.Length();
        return dfScale < 0.95 ? std::ceil(m_nRadius / dfScale) : m_nRadius;
    };
    const double dfXRadius = Around(oX, oPart.nWidth);
    const double dfYRadius = Around(oY, oPart.nHeight);
    const double dfRead =
        oX.Read(m_nSrcXSize, dfXRadius) * oY.Read(m_nSrcYSize, dfYRadius);
    const double dfFilled =
        dfRead / std::max(1.0, (oX.Length() + 2 * dfXRadius) *
                                   (oY.Length() + 2 * dfYRadius));
    const double dfPx = static_cast<double>(oPart.nWidth) * oPart.nHeight;
    const double dfBytes = (m_dfSrcBits * dfRead + m_dfDstBits * dfPx) / 8.0;

    if ((dfBytes > PART_BYTES && (oPart.nWidth > 2 || oPart.nHeight > 2)) ||
        (dfFilled > 0.0 && dfFilled < 0.5 &&
         (oPart.nWidth > 100 || oPart.nHeight > 100))) {
        const auto oHalves = oPart.Halves();
        const bool bFirst = oHalves.second.nX > m_nXSize / 2 ||
                            oHalves.second.nY > m_nYSize / 2;

        if (dfBytes <= MANY_PARTS * PART_BYTES || bFirst)
            Collect(oHalves.first);
        if (dfBytes <= MANY_PARTS * PART_BYTES || !bFirst)
            Collect(oHalves.second);
        return;
    }
    m_aoWidths.push_back({static_cast<double>(oPart.nWidth), dfPx});
    m_aoXScales.push_back({oPart.nWidth / oX.Counted(m_nSrcXSize), dfRead});
    m_aoYScales.push_back({oPart.nHeight / oY.Counted(m_nSrcYSize), dfRead});
}

/* Near a whole number of source pixels, as GDAL does; a kernel is not made
 * narrower. */
double Snapped(double dfScale)
{
    const double dfWhole = std::round(1.0 / dfScale);

    if (!(dfScale < 1.0))
        return 1.0;
    return std::fabs(1.0 / dfScale - dfWhole) < 0.05 ? 1.0 / dfWhole : dfScale;
}

RetileWarpParts Foresight::Look()
{
    RetileWarpParts oParts;

    Collect({0, 0, m_nXSize, m_nYSize});
    oParts.nParts = static_cast<int>(m_aoWidths.size());
    oParts.nWidth = m_nXSize;
    if (m_aoWidths.empty())
        return oParts;
    oParts.nWidth = static_cast<int>(Median(m_aoWidths));
    oParts.dfXScale = Snapped(Median(m_aoXScales));
    oParts.dfYScale = Snapped(Median(m_aoYScales));
    return oParts;
}

CPLXMLNode *RootOf(const CPLXMLTreeCloser &oTree)
{
    return oTree ? CPLGetXMLNode(oTree.get(), "=VRTDataset") : nullptr;
}

void AddWarpOption(CPLXMLNode *psWarp, const char *pszName, double dfValue)
{
    CPLXMLNode *psOption = CPLCreateXMLElementAndValue(
        psWarp, "Option", CPLSPrintf("%.17g", dfValue));

    CPLAddXMLAttributeAndValue(psOption, "name", pszName);
}

/* Later GDALs have the size with each band, too. */
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

RetileWarpParts RetileForeseeWarpParts(const char *pszXML, GDALDataset *poSrcDS,
                                       GDALDataset *poWarped)
{
    const CPLXMLTreeCloser oTree(CPLParseXMLString(pszXML));

    return Foresight(RootOf(oTree), poSrcDS, poWarped).Look();
}

std::string RetileSetWarpParts(const char *pszXML, GDALDataset *poSrcDS,
                               GDALDataset *poWarped)
{
    const CPLXMLTreeCloser oTree(CPLParseXMLString(pszXML));
    CPLXMLNode *psRoot = RootOf(oTree);
    CPLXMLNode *psWarp =
        psRoot ? CPLGetXMLNode(psRoot, "GDALWarpOptions") : nullptr;

    if (psWarp == nullptr)
        return pszXML;
    const RetileWarpParts oParts = Foresight(psRoot, poSrcDS, poWarped).Look();
    const int nLines =
        std::clamp(BLOCK_PX / oParts.nWidth / LEAST_LINES * LEAST_LINES,
                   LEAST_LINES, MOST_LINES);
    SetBlocks(psRoot, oParts.nWidth,
              std::min(nLines, poWarped->GetRasterYSize()));
    AddWarpOption(psWarp, "XSCALE", oParts.dfXScale);
    AddWarpOption(psWarp, "YSCALE", oParts.dfYScale);
    char *pszText = CPLSerializeXMLTree(psRoot);
    std::string osText = pszText;
    CPLFree(pszText);
    return osText;
}
