/* band_reads.cpp - see band_reads.h. */
#include "gdal/band_reads.h"

#include <algorithm>
#include <cstring>

#include "gdal/report.h"
#include "gdal/shared_cache.h"

CPLErr RetileReadWindow(const RetileSharedView &oView, int nLevel, bool bMask,
                        int nBand, const rt_window &oWindow,
                        const RetileBuffer &oBuffer)
{
    const int iBand = nBand - 1;
    rt_error err;

    RetileFollowCacheMax();
    if (RetileReadPixels(oView, nLevel, bMask, &iBand, 1, oWindow, oBuffer,
                         &err) == RT_OK)
        return CE_None;
    RetileReport(err);
    return CE_Failure;
}

CPLErr RetileReadBlock(GDALRasterBand &oBand, const RetileSharedView &oView,
                       int nLevel, bool bMask, int nBand, int nBlockXOff,
                       int nBlockYOff, void *pData)
{
    int nBlockXSize = 0, nBlockYSize = 0;
    oBand.GetBlockSize(&nBlockXSize, &nBlockYSize);
    const GDALDataType eType = oBand.GetRasterDataType();
    const int nPixelBytes = GDALGetDataTypeSizeBytes(eType);
    const int nXOff = nBlockXOff * nBlockXSize;
    const int nYOff = nBlockYOff * nBlockYSize;
    const rt_window oWindow = {nXOff, nYOff,
                               std::min(nBlockXSize, oBand.GetXSize() - nXOff),
                               std::min(nBlockYSize, oBand.GetYSize() - nYOff)};
    const GSpacing nLineBytes =
        static_cast<GSpacing>(nBlockXSize) * nPixelBytes;

    if (oWindow.w_px < nBlockXSize || oWindow.h_px < nBlockYSize)
        memset(pData, 0,
               static_cast<size_t>(nLineBytes) *
                   static_cast<size_t>(nBlockYSize));
    return RetileReadWindow(oView, nLevel, bMask, nBand, oWindow,
                            {static_cast<unsigned char *>(pData), eType,
                             nPixelBytes, nLineBytes, 0});
}

void RetileScratchRows::Read(GDALRasterBand &oBand, int nBlockXOff,
                             int nBlockYOff)
{
    if (nBlockYOff != m_nRow) {
        for (const int nColumn : m_anColumns)
            oBand.FlushBlock(nColumn, m_nRow, FALSE);
        m_anColumns.clear();
        m_nRow = nBlockYOff;
    }
    m_anColumns.push_back(nBlockXOff);
}

CPLErr RetileRefuseWrite()
{
    CPLError(CE_Failure, CPLE_NoWriteAccess,
             "RETILE: a view cannot be written to");
    return CE_Failure;
}
