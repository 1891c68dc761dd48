/* tile_statistics.cpp - see tile_statistics.h. */
#include "gdal/copy/tile_statistics.h"

#include <cmath>
#include <cstring>
#include <new>

#include "gdal/overviews/level_reduce.h"

static constexpr int NO_WEIGHTS = -1, MASK_WEIGHTS = -2;

RetileTileStatistics::RetileTileStatistics(GDALDataset *poSrcDS,
                                           GDALDataType eType,
                                           const rt_copy_layout &oLayout,
                                           int nTileWidth, int nTileHeight)
    : m_eType(eType),
      m_bWhole(eType == GDT_Byte || eType == GDT_UInt16 || eType == GDT_Int16),
      m_oLayout(oLayout), m_nTileWidth(nTileWidth), m_nTileHeight(nTileHeight),
      m_nCols((poSrcDS->GetRasterXSize() - 1) / nTileWidth + 1)
{
    const int nRows = (poSrcDS->GetRasterYSize() - 1) / nTileHeight + 1;
    int nAlpha = NO_WEIGHTS;

    for (int i = 0; i < oLayout.n_planes; i++)
        if (poSrcDS->GetRasterBand(i + 1)->GetColorInterpretation() ==
            GCI_AlphaBand)
            nAlpha = i;
    for (int i = 0; i < oLayout.n_planes; i++) {
        GDALRasterBand *poBand = poSrcDS->GetRasterBand(i + 1);
        const RetileReducePlane oPlane = RetileReducePlaneOf(poBand);
        /* GDAL takes no alpha band as a mask of two colours, for instance. */
        const bool bAlpha = (poBand->GetMaskFlags() & GMF_ALPHA) != 0;
        const Band oBand = {oPlane.bNoData, oPlane.dfNoData, oPlane.nNoData,
                            oPlane.nNoDataU,
                            oPlane.bNoData || i == nAlpha ? NO_WEIGHTS
                            : oLayout.mask                ? MASK_WEIGHTS
                            : bAlpha                      ? nAlpha
                                                          : NO_WEIGHTS};

        m_aoBands.push_back(oBand);
        m_aaoSums.emplace_back(static_cast<size_t>(m_nCols) *
                               static_cast<size_t>(nRows));
    }
}

template <class T>
static void SetNoNumber(const GByte *pabyLine, size_t nStep, T tNoData,
                        std::vector<double> &adfRow, int nWidth)
{
    for (size_t i = 0; i < static_cast<size_t>(nWidth); i++) {
        T tValue;

        memcpy(&tValue, pabyLine + i * nStep, sizeof(tValue));
        if (tValue == tNoData)
            adfRow[i] = std::nan("");
    }
}

/* Invalid pixels become NaN. 64-bit numbers are compared before they are
 * rounded. */
void RetileTileStatistics::LeaveOutNoData(const Band &oBand,
                                          const GByte *pabyLine, size_t nStep,
                                          std::vector<double> &adfRow,
                                          int nWidth) const
{
    if (!oBand.bNoData)
        return;
    if (m_eType == GDT_Int64)
        return SetNoNumber(pabyLine, nStep, oBand.nNoData, adfRow, nWidth);
    if (m_eType == GDT_UInt64)
        return SetNoNumber(pabyLine, nStep, oBand.nNoDataU, adfRow, nWidth);
    for (size_t i = 0; i < static_cast<size_t>(nWidth); i++)
        if (adfRow[i] == oBand.dfNoData)
            adfRow[i] = std::nan("");
}

/* Reads the part of a line of a plane, or of the mask, that lies in the raster.
 * bWeights: only whether a value is 0 matters. */
void RetileTileStatistics::ReadRow(int iPlane, bool bWeights,
                                   const rt_copy_tile &oTile,
                                   const GByte *pabyPixels, int nLine,
                                   std::vector<double> &adfRow) const
{
    const size_t nPlanes = static_cast<size_t>(m_oLayout.n_planes);
    const size_t nBytes = m_oLayout.sample_bytes;
    const size_t nTilePx =
        static_cast<size_t>(m_nTileWidth) * static_cast<size_t>(m_nTileHeight);
    const size_t nAt =
        static_cast<size_t>(nLine) * static_cast<size_t>(m_nTileWidth);
    const bool bMask = iPlane == MASK_WEIGHTS;
    const size_t iAt = bMask ? 0 : static_cast<size_t>(iPlane);
    const size_t nStep = bMask                   ? 1
                         : m_oLayout.interleaved ? nPlanes * nBytes
                                                 : nBytes;
    const size_t nBegin = bMask                   ? nPlanes * nTilePx * nBytes
                          : m_oLayout.interleaved ? iAt * nBytes
                                                  : iAt * nTilePx * nBytes;

    const GByte *pabyLine = pabyPixels + nBegin + nAt * nStep;

    GDALCopyWords(pabyLine, bMask ? GDT_Byte : m_eType, static_cast<int>(nStep),
                  adfRow.data(), GDT_Float64, sizeof(double),
                  oTile.window.w_px);
    if (!bWeights)
        LeaveOutNoData(m_aoBands[iAt], pabyLine, nStep, adfRow,
                       oTile.window.w_px);
}

void RetileTileStatistics::AddRow(const Band &oBand,
                                  const std::vector<double> &adfRow,
                                  const std::vector<double> &adfWeights,
                                  int nWidth, RetileBandSums &oSums) const
{
    oSums.nAll += static_cast<uint64_t>(nWidth);
    for (size_t i = 0; i < static_cast<size_t>(nWidth); i++)
        if (!std::isnan(adfRow[i]) &&
            (oBand.nWeights == NO_WEIGHTS || adfWeights[i] != 0))
            oSums.Add(adfRow[i], m_bWhole);
}

RetileBandSums RetileTileStatistics::SumUp(size_t iBand,
                                           const rt_copy_tile &oTile,
                                           const GByte *pabyPixels,
                                           std::vector<double> &adfRow) const
{
    const Band &oBand = m_aoBands[iBand];
    std::vector<double> adfWeights(adfRow.size());
    RetileBandSums oSums;

    for (int nLine = 0; nLine < oTile.window.h_px; nLine++) {
        ReadRow(static_cast<int>(iBand), false, oTile, pabyPixels, nLine,
                adfRow);
        if (oBand.nWeights != NO_WEIGHTS)
            ReadRow(oBand.nWeights, true, oTile, pabyPixels, nLine, adfWeights);
        AddRow(oBand, adfRow, adfWeights, oTile.window.w_px, oSums);
    }
    return oSums;
}

bool RetileTileStatistics::Add(const rt_copy_tile &oTile, const void *pPixels)
{
    const size_t nTile =
        static_cast<size_t>(oTile.row) * static_cast<size_t>(m_nCols) +
        static_cast<size_t>(oTile.col);

    try {
        std::vector<double> adfRow(static_cast<size_t>(m_nTileWidth));
        for (size_t i = 0; i < m_aoBands.size(); i++)
            m_aaoSums[i][nTile] =
                SumUp(i, oTile, static_cast<const GByte *>(pPixels), adfRow);
    } catch (...) {
        return false;
    }
    return true;
}

std::vector<CPLStringList> RetileTileStatistics::Items() const
{
    std::vector<CPLStringList> aaosItems;

    for (const auto &aoSums : m_aaoSums) {
        RetileBandSums oAll;

        for (const RetileBandSums &oSums : aoSums)
            oAll.Join(oSums);
        aaosItems.push_back(oAll.Items(m_bWhole));
    }
    return aaosItems;
}
