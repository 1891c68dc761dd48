/* band_reads.cpp - see band_reads.h. */
#include "gdal/view/band_reads.h"

#include <algorithm>
#include <climits>
#include <cstring>

#include "gdal/base/report.h"
#include "gdal/base/shared_cache.h"

/* The number of lines between two calls of a progress function: about a row of
 * the view's blocks, and whole blocks of the source, so that no block is
 * decoded twice even if nothing is cached. */
static int LinesAtOnce(const RetilePlanes &oPlanes)
{
    const RetileSharedView &oView = oPlanes.oView;
    const int nLines = oView.BlockYSize();

    if (oView.Chips() != nullptr)
        return nLines;
    const int nLayer = oPlanes.bMask ? 1 : 0;
    const rt_layer &oLayer =
        oView.IsVirtual(oPlanes.nLevel)
            ? oView.VirtualLevels()->Core(oPlanes.nLevel)->layers[nLayer]
            : oView.Core()->layers[2 * oPlanes.nLevel + nLayer];
    const int64_t nSourceBlock = oLayer.grid.block_h_px;
    return static_cast<int>(std::min<int64_t>(
        INT_MAX, (nLines + nSourceBlock - 1) / nSourceBlock * nSourceBlock));
}

CPLErr RetileReadWindow(const RetilePlanes &oPlanes, const rt_window &oWindow,
                        const RetileBuffer &oBuffer,
                        const GDALRasterIOExtraArg *psExtraArg)
{
    const GDALProgressFunc pfnProgress =
        psExtraArg != nullptr && psExtraArg->pfnProgress != GDALDummyProgress
            ? psExtraArg->pfnProgress
            : nullptr;
    const int nStep = pfnProgress != nullptr ? LinesAtOnce(oPlanes) : INT_MAX;
    rt_window oPart = oWindow;
    RetileBuffer oTo = oBuffer;
    rt_error err;

    RetileFollowCacheMax();
    for (int nDone = 0; nDone < oWindow.h_px; nDone += oPart.h_px) {
        oPart.y_px = oWindow.y_px + nDone;
        oPart.h_px = std::min(oWindow.h_px - nDone, nStep - oPart.y_px % nStep);
        oTo.pabyData = oBuffer.pabyData + nDone * oBuffer.nLineSpace;
        if (RetileReadPixels(oPlanes.oView, oPlanes.nLevel, oPlanes.bMask,
                             oPlanes.panBands, oPlanes.nBands, oPart, oTo,
                             &err) != RT_OK) {
            RetileReport(err);
            return CE_Failure;
        }
        if (pfnProgress != nullptr &&
            !pfnProgress(static_cast<double>(nDone + oPart.h_px) / oWindow.h_px,
                         "", psExtraArg->pProgressData))
            return CE_Failure;
    }
    return CE_None;
}

CPLErr RetileReadBlock(GDALRasterBand &oBand, const RetilePlanes &oPlanes,
                       int nBlockXOff, int nBlockYOff, void *pData)
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
    return RetileReadWindow(oPlanes, oWindow,
                            {static_cast<unsigned char *>(pData), eType,
                             nPixelBytes, nLineBytes, 0},
                            nullptr);
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

CPLErr RetileRefuseOverviews()
{
    CPLError(CE_Failure, CPLE_NotSupported,
             "RETILE: overviews cannot be added to a view: open it with "
             "OVERVIEWS=VIRTUAL, or build them in its source");
    return CE_Failure;
}
