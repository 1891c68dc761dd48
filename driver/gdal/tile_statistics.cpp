/* tile_statistics.cpp - see tile_statistics.h. */
#include "gdal/tile_statistics.h"

#include <algorithm>
#include <cmath>
#include <new>

static constexpr int NO_WEIGHTS = -1, MASK_WEIGHTS = -2;

RetileTileStatistics::RetileTileStatistics(GDALDataset *poSrcDS,
                                           const rt_copy_layout &oLayout,
                                           int nTileWidth, int nTileHeight)
    : m_oLayout(oLayout), m_nTileWidth(nTileWidth), m_nTileHeight(nTileHeight),
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
        Band oBand = {};
        int bNoData = FALSE;

        oBand.eType = poBand->GetRasterDataType();
        oBand.bWhole = oBand.eType == GDT_Byte || oBand.eType == GDT_UInt16 ||
                       oBand.eType == GDT_Int16;
        oBand.dfNoData = poBand->GetNoDataValue(&bNoData);
        oBand.bNoData = bNoData != FALSE;
        oBand.nWeights = oBand.bNoData || i == nAlpha ? NO_WEIGHTS
                         : oLayout.mask               ? MASK_WEIGHTS
                                                      : nAlpha;
        m_aoBands.push_back(oBand);
        m_aaoSums.emplace_back(static_cast<size_t>(m_nCols) *
                               static_cast<size_t>(nRows));
    }
}

/* A line of a plane, or of the mask: what of it lies in the raster. */
void RetileTileStatistics::ReadRow(int iPlane, const rt_copy_tile &oTile,
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

    GDALCopyWords(pabyPixels + nBegin + nAt * nStep,
                  bMask ? GDT_Byte : m_aoBands[iAt].eType,
                  static_cast<int>(nStep), adfRow.data(), GDT_Float64,
                  sizeof(double), oTile.window.w_px);
}

void RetileTileStatistics::AddRow(const Band &oBand,
                                  const std::vector<double> &adfRow,
                                  const std::vector<double> &adfWeights,
                                  int nWidth, Sums &oSums)
{
    for (size_t i = 0; i < static_cast<size_t>(nWidth); i++) {
        const double dfValue = adfRow[i];

        oSums.nAll++;
        if (std::isnan(dfValue) ||
            (oBand.bNoData && dfValue == oBand.dfNoData) ||
            (oBand.nWeights != NO_WEIGHTS && adfWeights[i] == 0))
            continue;
        oSums.dfMin =
            oSums.nValid == 0 ? dfValue : std::min(oSums.dfMin, dfValue);
        oSums.dfMax =
            oSums.nValid == 0 ? dfValue : std::max(oSums.dfMax, dfValue);
        oSums.nValid++;
        if (oBand.bWhole) {
            const auto nValue = static_cast<int64_t>(dfValue);
            oSums.nSum += nValue;
            oSums.nSumOfSquares += static_cast<uint64_t>(nValue * nValue);
            continue;
        }
        const double dfDelta = dfValue - oSums.dfMean;
        oSums.dfMean += dfDelta / static_cast<double>(oSums.nValid);
        oSums.dfSquares += dfDelta * (dfValue - oSums.dfMean);
    }
}

RetileTileStatistics::Sums
RetileTileStatistics::SumUp(const Band &oBand, size_t iBand,
                            const rt_copy_tile &oTile, const GByte *pabyPixels,
                            std::vector<double> &adfRow) const
{
    std::vector<double> adfWeights(adfRow.size());
    Sums oSums;

    for (int nLine = 0; nLine < oTile.window.h_px; nLine++) {
        ReadRow(static_cast<int>(iBand), oTile, pabyPixels, nLine, adfRow);
        if (oBand.nWeights != NO_WEIGHTS)
            ReadRow(oBand.nWeights, oTile, pabyPixels, nLine, adfWeights);
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
                SumUp(m_aoBands[i], i, oTile,
                      static_cast<const GByte *>(pPixels), adfRow);
    } catch (const std::bad_alloc &) {
        return false;
    }
    return true;
}

void RetileTileStatistics::Join(Sums &oTo, const Sums &oFrom)
{
    const double dfBefore = static_cast<double>(oTo.nValid);
    const double dfCame = static_cast<double>(oFrom.nValid);
    const double dfDelta = oFrom.dfMean - oTo.dfMean;

    oTo.nAll += oFrom.nAll;
    if (oFrom.nValid == 0)
        return;
    oTo.dfMin =
        oTo.nValid == 0 ? oFrom.dfMin : std::min(oTo.dfMin, oFrom.dfMin);
    oTo.dfMax =
        oTo.nValid == 0 ? oFrom.dfMax : std::max(oTo.dfMax, oFrom.dfMax);
    oTo.nValid += oFrom.nValid;
    oTo.nSum += oFrom.nSum;
    oTo.nSumOfSquares += oFrom.nSumOfSquares;
    oTo.dfMean += dfDelta * dfCame / (dfBefore + dfCame);
    oTo.dfSquares += oFrom.dfSquares + dfDelta * dfDelta * dfBefore * dfCame /
                                           (dfBefore + dfCame);
}

CPLStringList RetileTileStatistics::ItemsOf(size_t iBand) const
{
    CPLStringList aosItems;
    Sums oAll;

    for (const Sums &oSums : m_aaoSums[iBand])
        Join(oAll, oSums);
    if (oAll.nValid == 0)
        return aosItems;
    const double dfCount = static_cast<double>(oAll.nValid);
    double dfMean = oAll.dfMean;
    double dfDeviation = std::sqrt(oAll.dfSquares / dfCount);
    if (m_aoBands[iBand].bWhole) {
        /* More than 64 bits: the difference of two nearly equal products. */
        const long double dfSum = static_cast<long double>(oAll.nSum);
        const long double dfSpread =
            static_cast<long double>(oAll.nSumOfSquares) *
                static_cast<long double>(oAll.nValid) -
            dfSum * dfSum;
        dfMean = static_cast<double>(oAll.nSum) / dfCount;
        dfDeviation =
            std::sqrt(static_cast<double>(std::max<long double>(dfSpread, 0))) /
            dfCount;
    }
    aosItems.SetNameValue("STATISTICS_MINIMUM",
                          CPLSPrintf("%.14g", oAll.dfMin));
    aosItems.SetNameValue("STATISTICS_MAXIMUM",
                          CPLSPrintf("%.14g", oAll.dfMax));
    aosItems.SetNameValue("STATISTICS_MEAN", CPLSPrintf("%.14g", dfMean));
    aosItems.SetNameValue("STATISTICS_STDDEV",
                          CPLSPrintf("%.14g", dfDeviation));
    aosItems.SetNameValue(
        "STATISTICS_VALID_PERCENT",
        CPLSPrintf("%.4g", 100.0 * dfCount / static_cast<double>(oAll.nAll)));
    return aosItems;
}

std::vector<CPLStringList> RetileTileStatistics::Items() const
{
    std::vector<CPLStringList> aaosItems;

    for (size_t i = 0; i < m_aoBands.size(); i++)
        aaosItems.push_back(ItemsOf(i));
    return aaosItems;
}
