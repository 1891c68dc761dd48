/* lower_dataset.cpp - see lower_dataset.h.
 *
 * GDALRasterBand::RasterIOResampled calls the functions that compute overviews.
 * If its window begins at a whole pixel of the result, and its factor is
 * exactly the levels', it passes the positions in the whole level to them. One
 * thing is different: if a mask is 255 in all that it reads, it continues
 * without a mask, and sums are rounded differently. It reads more pixels than
 * the result depends on, so one of these other pixels gets another value.
 */
#include "gdal/overviews/lower_dataset.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

static GDALRIOResampleAlg ResampleAlg(RetileReduce eMethod)
{
    switch (eMethod) {
    case RetileReduce::Nearest:
        return GRIORA_NearestNeighbour;
    case RetileReduce::Average:
        return GRIORA_Average;
    case RetileReduce::Rms:
        return GRIORA_RMS;
    case RetileReduce::Mode:
        return GRIORA_Mode;
    case RetileReduce::Gauss:
        return GRIORA_Gauss;
    case RetileReduce::Bilinear:
        return GRIORA_Bilinear;
    case RetileReduce::Cubic:
        return GRIORA_Cubic;
    case RetileReduce::CubicSpline:
        return GRIORA_CubicSpline;
    default:
        return GRIORA_Lanczos;
    }
}

/* Copies the common part of oFrom and oWindow into a buffer of oWindow's size.
 * The other pixels do not matter and become 0. */
static void CopyOut(const void *pFrom, GDALDataType eFrom,
                    const rt_window &oFrom, const rt_window &oWindow,
                    GByte *pabyTo, GDALDataType eTo, GSpacing nPixelSpace,
                    GSpacing nLineSpace)
{
    const int nBytes = GDALGetDataTypeSizeBytes(eFrom);
    const double dfZero = 0;
    rt_window oCommon{};

    if (!rt_window_contains(&oFrom, &oWindow) || pFrom == nullptr)
        for (int32_t y = 0; y < oWindow.h_px; y++)
            GDALCopyWords(&dfZero, GDT_Float64, 0, pabyTo + y * nLineSpace, eTo,
                          static_cast<int>(nPixelSpace), oWindow.w_px);
    if (pFrom == nullptr || !rt_window_intersect(&oFrom, &oWindow, &oCommon))
        return;
    for (int32_t y = 0; y < oCommon.h_px; y++) {
        const rt_window oLine = {oCommon.x_px, oCommon.y_px + y, oCommon.w_px,
                                 1};
        GDALCopyWords(static_cast<const GByte *>(pFrom) +
                          rt_window_offset(&oFrom, &oLine) *
                              static_cast<uint64_t>(nBytes),
                      eFrom, nBytes,
                      pabyTo + (oLine.y_px - oWindow.y_px) * nLineSpace +
                          (oLine.x_px - oWindow.x_px) * nPixelSpace,
                      eTo, static_cast<int>(nPixelSpace), oLine.w_px);
    }
}

/* Pixels in memory as a band: of a plane, or of a mask. */
class RetileLowerPixels : public GDALRasterBand
{
  public:
    RetileLowerPixels(GDALDataset *poDSIn, int nBandIn, GDALDataType eType,
                      const void *pPixels, const rt_window &oWindow)
        : m_pPixels(pPixels), m_oWindow(oWindow)
    {
        poDS = poDSIn;
        nBand = nBandIn;
        eDataType = eType;
        nRasterXSize = poDSIn->GetRasterXSize();
        nRasterYSize = poDSIn->GetRasterYSize();
        nBlockXSize = std::min(256, nRasterXSize);
        nBlockYSize = std::min(256, nRasterYSize);
        eAccess = GA_ReadOnly;
    }

  protected:
    CPLErr IReadBlock(int nBlockXOff, int nBlockYOff, void *pData) override
    {
        const int nBytes = GDALGetDataTypeSizeBytes(eDataType);
        CopyOut(m_pPixels, eDataType, m_oWindow,
                {nBlockXOff * nBlockXSize, nBlockYOff * nBlockYSize,
                 nBlockXSize, nBlockYSize},
                static_cast<GByte *>(pData), eDataType, nBytes,
                static_cast<GSpacing>(nBytes) * nBlockXSize);
        return CE_None;
    }

    CPLErr IRasterIO(GDALRWFlag, int nXOff, int nYOff, int nXSize, int nYSize,
                     void *pData, int, int, GDALDataType eBufType,
                     GSpacing nPixelSpace, GSpacing nLineSpace,
                     GDALRasterIOExtraArg *) override
    {
        CopyOut(m_pPixels, eDataType, m_oWindow, {nXOff, nYOff, nXSize, nYSize},
                static_cast<GByte *>(pData), eBufType, nPixelSpace, nLineSpace);
        return CE_None;
    }

  private:
    const void *m_pPixels;
    const rt_window m_oWindow;

    CPL_DISALLOW_COPY_ASSIGN(RetileLowerPixels)
};

/* A mask in which one pixel is changed that is read but does not matter. */
class RetileLowerMask final : public GDALRasterBand
{
  public:
    /* bMark: without a mask the result would be different. */
    RetileLowerMask(RetileLowerDataset *poLower, GDALRasterBand *poReal,
                    bool bMark)
        : m_poLower(poLower), m_poReal(poReal), m_bMark(bMark)
    {
        poDS = poLower;
        eDataType = GDT_Byte;
        nRasterXSize = poLower->GetRasterXSize();
        nRasterYSize = poLower->GetRasterYSize();
        poReal->GetBlockSize(&nBlockXSize, &nBlockYSize);
        eAccess = GA_ReadOnly;
    }

    bool IsMaskBand() const override { return true; }

  protected:
    CPLErr IReadBlock(int, int, void *) override { return CE_Failure; }

    CPLErr IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff, int nXSize,
                     int nYSize, void *pData, int nBufXSize, int nBufYSize,
                     GDALDataType eBufType, GSpacing nPixelSpace,
                     GSpacing nLineSpace,
                     GDALRasterIOExtraArg *psExtraArg) override
    {
        const CPLErr eErr = m_poReal->RasterIO(
            eRWFlag, nXOff, nYOff, nXSize, nYSize, pData, nBufXSize, nBufYSize,
            eBufType, nPixelSpace, nLineSpace, psExtraArg);

        if (eErr == CE_None && m_bMark && eBufType == GDT_Byte &&
            nPixelSpace == 1 && nLineSpace == nXSize)
            MarkUnseen({nXOff, nYOff, nXSize, nYSize},
                       static_cast<GByte *>(pData));
        return eErr;
    }

  private:
    void MarkUnseen(const rt_window &oRead, GByte *pabyMask) const
    {
        const rt_window &oSeen = m_poLower->m_oLooksAt;
        GByte *pabyLast = pabyMask + rt_window_area(&oRead) - 1;
        GByte *pabyUnseen = nullptr;

        if (oRead.x_px < oSeen.x_px || oRead.y_px < oSeen.y_px)
            pabyUnseen = pabyMask;
        else if (oRead.x_px + oRead.w_px > oSeen.x_px + oSeen.w_px ||
                 oRead.y_px + oRead.h_px > oSeen.y_px + oSeen.h_px)
            pabyUnseen = pabyLast;
        /* If everything is 0, GDAL knows the result without calling a function.
         */
        if (pabyUnseen != nullptr && *pabyUnseen != 0)
            *pabyUnseen ^= 1;
    }

    RetileLowerDataset *m_poLower;
    GDALRasterBand *m_poReal;
    const bool m_bMark;

    CPL_DISALLOW_COPY_ASSIGN(RetileLowerMask)
};

class RetileLowerBand final : public RetileLowerPixels
{
  public:
    RetileLowerBand(RetileLowerDataset *poLower, int nPlane)
        : RetileLowerPixels(
              poLower, nPlane + 1,
              poLower->m_oShape.aoPlanes[static_cast<size_t>(nPlane)].eType,
              poLower->m_oPixels.papLower[nPlane], poLower->m_oPixels.oLower),
          m_poLower(poLower),
          m_oPlane(poLower->m_oShape.aoPlanes[static_cast<size_t>(nPlane)])
    {
        if (m_oPlane.nBits > 0)
            GDALRasterBand::SetMetadataItem(
                "NBITS", CPLSPrintf("%d", m_oPlane.nBits), "IMAGE_STRUCTURE");
    }

    /* Call this when all bands exist. bMasked: the first band has a mask, or is
     * one. */
    void SetMask(bool bMasked);
    CPLErr Reduce(const RetileReducePiece &oX, const RetileReducePiece &oY,
                  void *pTo);

    GDALColorInterp GetColorInterpretation() override
    {
        return m_oPlane.eInterp;
    }
    GDALColorTable *GetColorTable() override;
    double GetNoDataValue(int *pbSuccess) override
    {
        return NoData(pbSuccess, m_oPlane.dfNoData);
    }
    int64_t GetNoDataValueAsInt64(int *pbSuccess) override
    {
        return NoData(pbSuccess, static_cast<int64_t>(m_oPlane.nNoData));
    }
    uint64_t GetNoDataValueAsUInt64(int *pbSuccess) override
    {
        return NoData(pbSuccess, static_cast<uint64_t>(m_oPlane.nNoDataU));
    }
    GDALRasterBand *GetMaskBand() override
    {
        return m_poUsed ? m_poUsed.get() : GDALRasterBand::GetMaskBand();
    }
    int GetMaskFlags() override
    {
        return m_nFlags >= 0 ? m_nFlags : GDALRasterBand::GetMaskFlags();
    }

  private:
    template <class T> T NoData(int *pbSuccess, T tValue) const
    {
        if (pbSuccess)
            *pbSuccess = m_oPlane.bNoData;
        return tValue;
    }
    CPLErr IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff, int nXSize,
                     int nYSize, void *pData, int nBufXSize, int nBufYSize,
                     GDALDataType eBufType, GSpacing nPixelSpace,
                     GSpacing nLineSpace,
                     GDALRasterIOExtraArg *psExtraArg) override;
    GDALRasterBand *RealMask();
    bool IsExactWithoutMask() const;

    RetileLowerDataset *m_poLower;
    const RetileReducePlane &m_oPlane;
    std::unique_ptr<GDALRasterBand> m_poGiven{};
    std::unique_ptr<GDALRasterBand> m_poUsed{};
    int m_nFlags = -1; /* -1: as GDAL derives them */

    CPL_DISALLOW_COPY_ASSIGN(RetileLowerBand)
};

/* As in GDALRegenerateOverviewsEx: colours are mixed if the method mixes
 * pixels. */
GDALColorTable *RetileLowerBand::GetColorTable()
{
    GDALColorTable *poColors = m_oPlane.poColors.get();

    switch (m_poLower->m_oShape.eMethod) {
    case RetileReduce::Average:
    case RetileReduce::Rms:
    case RetileReduce::Mode:
    case RetileReduce::Gauss:
        break;
    default:
        return nullptr;
    }
    if (poColors == nullptr || m_oPlane.eInterp != GCI_PaletteIndex ||
        poColors->GetPaletteInterpretation() != GPI_RGB ||
        poColors->IsIdentity())
        return nullptr;
    return poColors;
}

/* If nodata is infinite as a float, GDAL multiplies it by 0 and makes
 * neighbouring pixels NaN. If GDAL's functions read the pixels as floats,
 * nodata is replaced by 0. */
CPLErr RetileLowerBand::IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff,
                                  int nXSize, int nYSize, void *pData,
                                  int nBufXSize, int nBufYSize,
                                  GDALDataType eBufType, GSpacing nPixelSpace,
                                  GSpacing nLineSpace,
                                  GDALRasterIOExtraArg *psExtraArg)
{
    const CPLErr eErr = RetileLowerPixels::IRasterIO(
        eRWFlag, nXOff, nYOff, nXSize, nYSize, pData, nBufXSize, nBufYSize,
        eBufType, nPixelSpace, nLineSpace, psExtraArg);

    if (eErr != CE_None || eDataType != GDT_Float64 ||
        eBufType != GDT_Float32 || !m_oPlane.bNoData ||
        std::abs(m_oPlane.dfNoData) <= std::numeric_limits<float>::max() ||
        std::isinf(m_oPlane.dfNoData) || std::isnan(m_oPlane.dfNoData))
        return eErr;
    std::vector<double> adfRow(static_cast<size_t>(nXSize));
    for (int y = 0; y < nYSize; y++) {
        GByte *pabyRow = static_cast<GByte *>(pData) + y * nLineSpace;
        const float fNothing = 0;
        (void)RetileLowerPixels::IRasterIO(
            eRWFlag, nXOff, nYOff + y, nXSize, 1, adfRow.data(), nXSize, 1,
            GDT_Float64, sizeof(double),
            static_cast<GSpacing>(sizeof(double)) * nXSize, psExtraArg);
        for (int x = 0; x < nXSize; x++)
            if (adfRow[static_cast<size_t>(x)] == m_oPlane.dfNoData)
                memcpy(pabyRow + x * nPixelSpace, &fNothing, sizeof(fNothing));
    }
    return CE_None;
}

GDALRasterBand *RetileLowerBand::RealMask()
{
    const auto &oPixels = m_poLower->m_oPixels;
    const RetileReduceMasks eMasks = m_poLower->m_oShape.eMasks;

    if (m_poLower->m_oShape.bAreMasks || m_oPlane.eInterp == GCI_AlphaBand)
        return this;
    if (eMasks == RetileReduceMasks::None)
        return GDALRasterBand::GetMaskBand();
    m_poGiven.reset(new RetileLowerPixels(
        m_poLower, nBand, GDT_Byte,
        oPixels.papMasks[eMasks == RetileReduceMasks::PerBand ? nBand - 1 : 0],
        oPixels.oLower));
    return m_poGiven.get();
}

/* Averages of four whole numbers are rounded the same without a mask, and ten
 * times as fast. */
bool RetileLowerBand::IsExactWithoutMask() const
{
    const auto &oShape = m_poLower->m_oShape;

    return oShape.eMethod == RetileReduce::Average && !m_oPlane.bNoData &&
           (eDataType == GDT_Byte || eDataType == GDT_UInt16) &&
           oShape.nLowerWidth == 2 * oShape.nUpperWidth &&
           oShape.nLowerHeight == 2 * oShape.nUpperHeight;
}

void RetileLowerBand::SetMask(bool bMasked)
{
    /* GDAL passes masks to functions that ignore them. */
    const bool bIgnored = GetColorTable() != nullptr ||
                          (m_poLower->m_oShape.eMethod == RetileReduce::Mode &&
                           eDataType == GDT_Byte);

    if (!bMasked || bIgnored) {
        m_nFlags = GMF_ALL_VALID;
        return;
    }
    GDALRasterBand *poReal = RealMask();
    m_nFlags = poReal == this || m_poGiven ? GMF_PER_DATASET
                                           : GDALRasterBand::GetMaskFlags();
    m_poUsed.reset(
        new RetileLowerMask(m_poLower, poReal, !IsExactWithoutMask()));
}

CPLErr RetileLowerBand::Reduce(const RetileReducePiece &oX,
                               const RetileReducePiece &oY, void *pTo)
{
    const auto &oShape = m_poLower->m_oShape;
    const int nBytes = GDALGetDataTypeSizeBytes(eDataType);
    const int nColumns = oX.nEnd - oX.nFirst;
    GDALRasterIOExtraArg sExtraArg;

    INIT_RASTERIO_EXTRA_ARG(sExtraArg);
    sExtraArg.eResampleAlg = ResampleAlg(oShape.eMethod);
    sExtraArg.bFloatingPointWindowValidity = TRUE;
    sExtraArg.dfXOff =
        oX.nFirst * (static_cast<double>(nRasterXSize) / oShape.nUpperWidth);
    sExtraArg.dfYOff =
        oY.nFirst * (static_cast<double>(nRasterYSize) / oShape.nUpperHeight);
    sExtraArg.dfXSize = oX.dfLower;
    sExtraArg.dfYSize = oY.dfLower;
    return RasterIOResampled(
        GF_Read, static_cast<int>(sExtraArg.dfXOff),
        static_cast<int>(sExtraArg.dfYOff), static_cast<int>(oX.dfLower),
        static_cast<int>(oY.dfLower), pTo, nColumns, oY.nEnd - oY.nFirst,
        eDataType, nBytes, static_cast<GSpacing>(nBytes) * nColumns,
        &sExtraArg);
}

RetileLowerDataset::RetileLowerDataset(const RetileReduceShape &oShape,
                                       const RetileReducePixels &oPixels)
    : m_oShape(oShape), m_oPixels(oPixels)
{
    const int nPlanes = static_cast<int>(oShape.aoPlanes.size());

    nRasterXSize = oShape.nLowerWidth;
    nRasterYSize = oShape.nLowerHeight;
    eAccess = GA_ReadOnly;
    if (!oShape.osNoDataValues.empty())
        SetMetadataItem("NODATA_VALUES", oShape.osNoDataValues.c_str());
    for (int i = 0; i < nPlanes; i++)
        SetBand(i + 1, new RetileLowerBand(this, i));
    m_bMasked = oShape.bAreMasks || oShape.eMasks != RetileReduceMasks::None ||
                GetRasterBand(1)->IsMaskBand() ||
                (GetRasterBand(1)->GetMaskFlags() & GMF_ALL_VALID) == 0;
    for (int i = 0; i < nPlanes; i++)
        static_cast<RetileLowerBand *>(GetRasterBand(i + 1))
            ->SetMask(m_bMasked);
}

CPLErr RetileLowerDataset::Reduce(int nPlane, const RetileReducePiece &oX,
                                  const RetileReducePiece &oY,
                                  const rt_window &oLooksAt, void *pTo)
{
    m_oLooksAt = oLooksAt;
    return static_cast<RetileLowerBand *>(GetRasterBand(nPlane + 1))
        ->Reduce(oX, oY, pTo);
}
