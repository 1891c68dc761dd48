/* pixel_reader.cpp - see pixel_reader.h.
 *
 * Cached pixels are delivered at the speed of memory. Pixels that need no
 * conversion are moved by whole blocks or rows if the buffer's layout allows
 * it. GDAL converts the others.
 */
#include "gdal/view/pixel_reader.h"

#include <climits>
#include <cstring>
#include <vector>

#include "core/base/interleave.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/gdal_errors.h"
#include "io/dataset/read_mask.h"

namespace
{

struct Target {
    const RetileSharedView &oView;
    int nLevel;
    bool bMask;
    const int *panBands;
    int nBands;
    const rt_window &oWindow;
    const RetileBuffer &oBuffer;

    GDALDataType SourceType(int iBand) const
    {
        const rt_gdal_band *psBand = oView.Band(nLevel, panBands[iBand]);
        return bMask ? psBand->mask_type : psBand->type;
    }

    unsigned char *At(int iBand, int nX, int nY) const
    {
        return oBuffer.pabyData + iBand * oBuffer.nBandSpace +
               (nY - oWindow.y_px) * oBuffer.nLineSpace +
               (nX - oWindow.x_px) * oBuffer.nPixelSpace;
    }

    /* Copies one line. nSourceStride 0 repeats the first pixel. */
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

    /* Whether the buffer has the bytes of all bands side by side. */
    bool IsInterleaved() const
    {
        return nBands >= RT_INTERLEAVE_MIN && nBands <= RT_INTERLEAVE_MAX &&
               oBuffer.eType == GDT_Byte && oBuffer.nBandSpace == 1 &&
               oBuffer.nPixelSpace == nBands;
    }
};

} // namespace

/* If the part has bytes of all bands, puts them side by side. */
static bool TakeInterleaved(const Target &oTarget, const rt_part &oPart)
{
    const unsigned char *apabyLines[RT_INTERLEAVE_MAX] = {};
    const rt_window &oWindow = oPart.window;

    if (oPart.n_planes != oTarget.nBands || !oTarget.IsInterleaved())
        return false;
    for (int32_t i = 0; i < oPart.n_planes; i++) {
        const int32_t iBand = oPart.i_planes[i];

        if (oTarget.SourceType(iBand) != GDT_Byte)
            return false;
        apabyLines[iBand] = static_cast<const unsigned char *>(oPart.pixels[i]);
    }
    for (int32_t y = 0; y < oWindow.h_px; y++) {
        rt_interleave(apabyLines, oTarget.nBands, oWindow.w_px,
                      oTarget.At(0, oWindow.x_px, oWindow.y_px + y));
        for (int32_t i = 0; i < oPart.n_planes; i++)
            apabyLines[i] += oPart.line_px;
    }
    return true;
}

/* Copies a plane that has the buffer's type. */
static void TakeUnchanged(const Target &oTarget, const rt_part &oPart,
                          int32_t i, int nPixelBytes)
{
    const rt_window &oWindow = oPart.window;
    const RetileBuffer &oBuffer = oTarget.oBuffer;
    const auto *pabyLine = static_cast<const unsigned char *>(oPart.pixels[i]);
    const int64_t nLineBytes = int64_t{oPart.line_px} * nPixelBytes;
    unsigned char *pabyTo =
        oTarget.At(oPart.i_planes[i], oWindow.x_px, oWindow.y_px);
    int64_t nPixels = oWindow.w_px;
    int32_t nLines = oWindow.h_px;

    /* Lines that are contiguous on both sides are copied as one. */
    if (oPart.line_px == oWindow.w_px &&
        oBuffer.nLineSpace == oWindow.w_px * oBuffer.nPixelSpace) {
        nPixels *= nLines;
        nLines = 1;
    }
    /* rt_spread alone would do, but one call for each short line is measurable.
     */
    const bool bNoGaps = oBuffer.nPixelSpace == nPixelBytes;
    for (int32_t y = 0; y < nLines; y++) {
        if (bNoGaps)
            memcpy(pabyTo, pabyLine,
                   static_cast<size_t>(nPixels * nPixelBytes));
        else
            rt_spread(pabyLine, static_cast<uint32_t>(nPixelBytes), nPixels,
                      pabyTo, oBuffer.nPixelSpace);
        pabyLine += nLineBytes;
        pabyTo += oBuffer.nLineSpace;
    }
}

static void TakeConverted(const Target &oTarget, const rt_part &oPart,
                          int32_t i, GDALDataType eType, int nPixelBytes)
{
    const rt_window &oWindow = oPart.window;
    const auto *pabyLine = static_cast<const unsigned char *>(oPart.pixels[i]);

    for (int32_t y = 0; y < oWindow.h_px; y++) {
        oTarget.CopyLine(
            pabyLine, eType, nPixelBytes,
            oTarget.At(oPart.i_planes[i], oWindow.x_px, oWindow.y_px + y),
            oWindow.w_px);
        pabyLine += int64_t{oPart.line_px} * nPixelBytes;
    }
}

static void OnPart(void *pContext, const rt_part *psPart)
{
    const Target &oTarget = *static_cast<const Target *>(pContext);

    if (TakeInterleaved(oTarget, *psPart))
        return;
    for (int32_t i = 0; i < psPart->n_planes; i++) {
        const GDALDataType eType = oTarget.SourceType(psPart->i_planes[i]);
        const int nPixelBytes = GDALGetDataTypeSizeBytes(eType);

        if (eType == oTarget.oBuffer.eType)
            TakeUnchanged(oTarget, *psPart, i, nPixelBytes);
        else
            TakeConverted(oTarget, *psPart, i, eType, nPixelBytes);
    }
}

static void Fill(const Target &oTarget, int iBand, const rt_window &oWindow,
                 const RetilePixel &oPixel)
{
    for (int32_t y = 0; y < oWindow.h_px; y++)
        oTarget.CopyLine(oPixel.data(), oTarget.SourceType(iBand), 0,
                         oTarget.At(iBand, oWindow.x_px, oWindow.y_px + y),
                         oWindow.w_px);
}

/* Fills a window outside the source with each band's padding. */
static void FillPadding(const Target &oTarget, const rt_window &oPadding)
{
    const RetilePixel oMasked{};

    for (int iBand = 0; iBand < oTarget.nBands; iBand++)
        Fill(oTarget, iBand, oPadding,
             oTarget.bMask ? oMasked
                           : oTarget.oView.PadPixel(oTarget.panBands[iBand]));
}

static void FillChipPadding(void *pContext, const rt_window *psPadding)
{
    FillPadding(*static_cast<const Target *>(pContext), *psPadding);
}

/* Whether the requested masks are 255 throughout the source. */
static bool AreAllValid(const Target &oTarget)
{
    for (int i = 0; i < oTarget.nBands; i++)
        if (oTarget.oView.Band(oTarget.nLevel, oTarget.panBands[i])
                ->mask_flags != GMF_ALL_VALID)
            return false;
    return true;
}

/* Reads a window of a raster of overlapped tiles. Masks are 0 beyond the
 * source's edge, whatever the pixels are there. Masks that are all valid are
 * not read. */
static rt_status ReadChips(Target &oTarget, const rt_sink &oSink, rt_error *err)
{
    rt_chips oChips = *oTarget.oView.Chips();
    std::vector<uint32_t> anPixelBytes;
    const RetilePixel oValid = {255};

    if (oTarget.bMask)
        oChips.mode = RT_CHIP_PAD;
    for (int i = 0; i < oTarget.nBands; i++)
        anPixelBytes.push_back(static_cast<uint32_t>(
            GDALGetDataTypeSizeBytes(oTarget.SourceType(i))));
    rt_chip_sink oChipSink = {&oChips, &oTarget.oWindow, anPixelBytes.data(),
                              &oSink};
    rt_status eStatus = RT_OK;
    if (oTarget.bMask && AreAllValid(oTarget))
        for (int i = 0; i < oTarget.nBands; i++)
            Fill(oTarget, i, oTarget.oWindow, oValid);
    else
        eStatus = rt_chips_read(&oChipSink, oTarget.oView.View(),
                                2 * oTarget.nLevel + (oTarget.bMask ? 1 : 0),
                                oTarget.panBands, oTarget.nBands, err);
    rt_chips_padding(&oChips, &oTarget.oWindow, FillChipPadding, &oTarget);
    return eStatus;
}

/* Reads the window from the source itself, as GDAL would. */
static CPLErr ReadOf(GDALDataset *poSource, const Target &oTarget,
                     const rt_window &oPart)
{
    const RetileBuffer &oBuffer = oTarget.oBuffer;
    std::vector<int> anBands(oTarget.panBands,
                             oTarget.panBands + oTarget.nBands);
    CPLErr eErr = CE_None;

    for (int &nBand : anBands)
        nBand++;
    if (oTarget.nLevel == 0 && !oTarget.bMask && oTarget.nBands > 1)
        return poSource->RasterIO(
            GF_Read, oPart.x_px, oPart.y_px, oPart.w_px, oPart.h_px,
            oTarget.At(0, oPart.x_px, oPart.y_px), oPart.w_px, oPart.h_px,
            oBuffer.eType, oTarget.nBands, anBands.data(), oBuffer.nPixelSpace,
            oBuffer.nLineSpace, oBuffer.nBandSpace, nullptr);
    for (int i = 0; eErr == CE_None && i < oTarget.nBands; i++) {
        GDALRasterBandH hBand =
            rt_gdal_level_band(GDALDataset::ToHandle(poSource), oTarget.nLevel,
                               oTarget.panBands[i]);

        void *pTo = oTarget.At(i, oPart.x_px, oPart.y_px);
        eErr = oTarget.bMask
                   ? rt_gdal_read_mask(GDALGetMaskBand(hBand), oPart.x_px,
                                       oPart.y_px, oPart.w_px, oPart.h_px, pTo,
                                       oPart.w_px, oPart.h_px, oBuffer.eType,
                                       oBuffer.nPixelSpace, oBuffer.nLineSpace,
                                       nullptr)
                   : GDALRasterIOEx(
                         hBand, GF_Read, oPart.x_px, oPart.y_px, oPart.w_px,
                         oPart.h_px, pTo, oPart.w_px, oPart.h_px, oBuffer.eType,
                         oBuffer.nPixelSpace, oBuffer.nLineSpace, nullptr);
    }
    return eErr;
}

static rt_status ReadSource(const Target &oTarget, const rt_window &oPart,
                            rt_error *err)
{
    const rt_gdal_source *poSource = oTarget.oView.Source();
    rt_gdal_errors oErrors;
    const rt_status eStatus = rt_gdal_source_check(poSource, err);

    if (eStatus != RT_OK)
        return eStatus;
    const CPLErr eErr = oTarget.oView.WithInput([&](GDALDataset *poDataset) {
        rt_settings_before sSettings;
        rt_gdal_source_enter_settings(poSource, &sSettings);
        rt_gdal_errors_begin(&oErrors);
        const CPLErr eRead = ReadOf(poDataset, oTarget, oPart);
        rt_gdal_flush(GDALDataset::ToHandle(poDataset), oTarget.nLevel);
        rt_gdal_errors_end(&oErrors);
        rt_open_settings_leave(&sSettings);
        return eRead;
    });
    if (eErr == CE_None)
        return RT_OK;
    return rt_error_set(err, RT_ERR_SOURCE, "source '%s': %s",
                        rt_gdal_source_name(poSource),
                        rt_gdal_errors_text(&oErrors, "cannot be read"));
}

/* Reads the part of the target's window that lies in the source. */
static rt_status ReadInside(Target &oTarget, const rt_window &oPart,
                            const rt_sink &oSink, rt_error *err)
{
    const RetileSharedView &oView = oTarget.oView;
    const int nLevel = oTarget.nLevel;
    const bool bOfSource = !oView.IsFocal() && !oView.IsVirtual(nLevel);

    if (bOfSource && oView.AsksSource())
        return ReadSource(oTarget, oPart, err);
    const RetileSharedView::Layer oLayer = oView.LayerOf(nLevel, oTarget.bMask);
    const rt_status eStatus =
        rt_view_read(oLayer.poView, oLayer.nLayer, oTarget.panBands,
                     oTarget.nBands, &oPart, &oSink, err);
    rt_error oLess;
    if (eStatus == RT_ERR_SOURCE && bOfSource && oView.MayReadLess() &&
        ReadSource(oTarget, oPart, &oLess) == RT_OK)
        return RT_OK;
    return eStatus;
}

/* The padding is filled last: a VRT with a pixel function writes zeros into the
 * gaps between lines, where the padding is. */
rt_status RetileReadPixels(const RetileSharedView &oView, int nLevel,
                           bool bMask, const int *panBands, int nBands,
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
    Target oTarget = {oView, nLevel, bMask, panBands, nBands, oWindow, oBuffer};
    const rt_sink oSink = {OnPart, &oTarget};
    rt_status eStatus = RT_OK;
    rt_window oPart;

    if (oView.Chips() != nullptr)
        return ReadChips(oTarget, oSink, err);
    if (rt_window_intersect(&oWindow, &oSource, &oPart))
        eStatus = ReadInside(oTarget, oPart, oSink, err);
    if (rt_window_intersect(&oWindow, &oRight, &oPart))
        FillPadding(oTarget, oPart);
    if (rt_window_intersect(&oWindow, &oBelow, &oPart))
        FillPadding(oTarget, oPart);
    return eStatus;
}
