/* pixel_reader.cpp - see pixel_reader.h. */
#include "gdal/pixel_reader.h"

#include <climits>

namespace
{

struct Target {
    const RetileSharedView &oView;
    int nLevel;
    bool bMask;
    const std::vector<int> &anBands;
    const rt_window &oWindow;
    const RetileBuffer &oBuffer;

    GDALDataType SourceType(int iBand) const
    {
        const rt_gdal_band *psBand = rt_gdal_source_band(
            oView.Source(), nLevel, anBands[static_cast<size_t>(iBand)]);
        return bMask ? psBand->mask_type : psBand->type;
    }

    unsigned char *At(int iBand, int nX, int nY) const
    {
        return oBuffer.pabyData + iBand * oBuffer.nBandSpace +
               (nY - oWindow.y_px) * oBuffer.nLineSpace +
               (nX - oWindow.x_px) * oBuffer.nPixelSpace;
    }

    /* One line; nSourceStride 0 repeats the first pixel. */
    void CopyLine(const void *pSource, GDALDataType eSource, int nSourceStride,
                  unsigned char *pabyTo, int nPixels) const
    {
        if (oBuffer.nPixelSpace >= INT_MIN && oBuffer.nPixelSpace <= INT_MAX) {
            GDALCopyWords64(pSource, eSource, nSourceStride, pabyTo,
                            oBuffer.eType,
                            static_cast<int>(oBuffer.nPixelSpace), nPixels);
            return;
        }
        for (int i = 0; i < nPixels; i++)
            GDALCopyWords64(static_cast<const unsigned char *>(pSource) +
                                static_cast<int64_t>(i) * nSourceStride,
                            eSource, 0, pabyTo + i * oBuffer.nPixelSpace,
                            oBuffer.eType, 0, 1);
    }
};

} // namespace

static void Take(void *pContext, int32_t iBand, const rt_window *psWindow,
                 const void *pPixels, uint64_t nLineBytes)
{
    const Target &oTarget = *static_cast<const Target *>(pContext);
    const GDALDataType eType = oTarget.SourceType(iBand);
    const int nStride = GDALGetDataTypeSizeBytes(eType);

    for (int32_t y = 0; y < psWindow->h_px; y++)
        oTarget.CopyLine(static_cast<const unsigned char *>(pPixels) +
                             static_cast<uint64_t>(y) * nLineBytes,
                         eType, nStride,
                         oTarget.At(iBand, psWindow->x_px, psWindow->y_px + y),
                         psWindow->w_px);
}

/* Fills a window outside the source with the padding of each band. */
static void FillPadding(const Target &oTarget, const rt_window &oPadding)
{
    const RetilePixel oMasked{};

    for (int iBand = 0; iBand < static_cast<int>(oTarget.anBands.size());
         iBand++) {
        const RetilePixel &oPixel =
            oTarget.bMask ? oMasked
                          : oTarget.oView.PadPixel(
                                oTarget.anBands[static_cast<size_t>(iBand)]);
        for (int32_t y = 0; y < oPadding.h_px; y++)
            oTarget.CopyLine(
                oPixel.data(), oTarget.SourceType(iBand), 0,
                oTarget.At(iBand, oPadding.x_px, oPadding.y_px + y),
                oPadding.w_px);
    }
}

rt_status RetileReadPixels(const RetileSharedView &oView, int nLevel,
                           bool bMask, const std::vector<int> &anBands,
                           const rt_window &oWindow,
                           const RetileBuffer &oBuffer, rt_error *err)
{
    const RetileLevelSize &oSize = oView.Level(nLevel);
    const rt_window oSource = {0, 0, oSize.nSourceWidth, oSize.nSourceHeight};
    const rt_window oRight = {oSize.nSourceWidth, 0,
                              oSize.nWidth - oSize.nSourceWidth,
                              oSize.nSourceHeight};
    const rt_window oBelow = {0, oSize.nSourceHeight, oSize.nWidth,
                              oSize.nHeight - oSize.nSourceHeight};
    Target oTarget = {oView, nLevel, bMask, anBands, oWindow, oBuffer};
    const rt_sink oSink = {Take, &oTarget};
    rt_window oPart;

    if (rt_window_intersect(&oWindow, &oRight, &oPart))
        FillPadding(oTarget, oPart);
    if (rt_window_intersect(&oWindow, &oBelow, &oPart))
        FillPadding(oTarget, oPart);
    if (!rt_window_intersect(&oWindow, &oSource, &oPart))
        return RT_OK;
    return rt_view_read(oView.View(), 2 * nLevel + (bMask ? 1 : 0),
                        anBands.data(), static_cast<int32_t>(anBands.size()),
                        &oPart, &oSink, err);
}
