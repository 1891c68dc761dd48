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

static void Take(void *pContext, const rt_part *psPart)
{
    const Target &oTarget = *static_cast<const Target *>(pContext);
    const rt_window &oWindow = psPart->window;

    for (int32_t i = 0; i < psPart->n_planes; i++) {
        const int32_t iBand = psPart->i_planes[i];
        const GDALDataType eType = oTarget.SourceType(iBand);
        const int nStride = GDALGetDataTypeSizeBytes(eType);
        const auto *pabyLine =
            static_cast<const unsigned char *>(psPart->pixels[i]);

        for (int32_t y = 0; y < oWindow.h_px; y++) {
            oTarget.CopyLine(pabyLine, eType, nStride,
                             oTarget.At(iBand, oWindow.x_px, oWindow.y_px + y),
                             oWindow.w_px);
            pabyLine += static_cast<int64_t>(psPart->line_px) * nStride;
        }
    }
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
