/* images.cpp - see images.h.
 *
 * All images are prepared before the first one is filled. If the budget is too
 * small for one of them, the copy fails before anything is decoded.
 */
#include "gdal/copy/images.h"

#include <algorithm>
#include <memory>
#include <string>

#include "gdal/copy/input.h"

namespace
{

/* One image and everything that is needed to fill it. */
struct Image {
    const RetileImage *poImage = nullptr;
    RetileFormatPtr poFormat{};
    std::vector<int32_t> anPlanes{};
    rt_image_copy oCopy{};
    RetileRawCopyPtr poRawCopy{};  /* nullptr: decoded and encoded */
    rt_image_mask oMask{};         /* for oCopy.mask */
    bool bIsFilled = false;        /* in the pass of another image */
    double dfBegin = 0, dfEnd = 1; /* share of the whole progress */
};

class Filling
{
  public:
    Filling(const RetileFillRequest &oRequest,
            const std::vector<RetileImage> &aoImages)
        : m_oRequest(oRequest), m_aoImages(aoImages)
    {
    }

    rt_status Run(rt_error *err);
    bool Clamped() const { return m_bClamped; }

  private:
    rt_status OpenFormats(rt_error *err);
    rt_status PrepareImage(const RetileImage &oImage, Image *poImage,
                           rt_error *err);
    rt_status PrepareImages(rt_error *err);
    rt_status TryRawCopy(Image &oImage, rt_error *err) const;
    void ShareAPass();
    rt_status CopyRawTiles(const Image &oImage, rt_error *err) const;
    rt_status FillImage(const Image &oImage, rt_error *err);
    rt_status FillImages(rt_error *err);
    void Tell(RetilePlanReport &oPlan) const;
    bool Report(double dfDone) const;
    static bool OnProgress(void *pContext, double dfDone);
    static void OnPlan(void *pContext, const char *pszPlan);

    const RetileFillRequest &m_oRequest;
    const std::vector<RetileImage> &m_aoImages;
    RetileCopyInput m_oInput{};
    std::vector<std::unique_ptr<Image>> m_apoImages{};
    const Image *m_poCurrent = nullptr;
    bool m_bClamped = false;

    CPL_DISALLOW_COPY_ASSIGN(Filling)
};

rt_status Filling::OpenFormats(rt_error *err)
{
    rt_status eStatus = RT_OK;

    for (const RetileImage &oImage : m_aoImages) {
        m_apoImages.push_back(std::make_unique<Image>());
        if (eStatus == RT_OK)
            eStatus = RetileOpenFormat(oImage, m_oRequest.poSrcDS,
                                       m_oRequest.papszOptions,
                                       m_apoImages.back()->poFormat, err);
    }
    return eStatus;
}

rt_status Filling::PrepareImage(const RetileImage &oImage, Image *poImage,
                                rt_error *err)
{
    poImage->poImage = &oImage;
    for (int nBand : oImage.anBands)
        poImage->anPlanes.push_back(nBand - 1);
    rt_image_copy &oCopy = poImage->oCopy;
    oCopy.masks = oImage.bMask;
    oCopy.planes = poImage->anPlanes.data();
    oCopy.n_planes = static_cast<int32_t>(poImage->anPlanes.size());
    oCopy.path = oImage.osPath.c_str();
    oCopy.directory = oImage.nDirectory;
    oCopy.format = poImage->poFormat.get();
    m_oInput.Describe(oCopy);
    oCopy.progress = OnProgress;
    oCopy.on_debug = OnPlan;
    oCopy.context = this;
    return TryRawCopy(*poImage, err);
}

/* If this finds no raw tile copy, the image must be decoded. */
rt_status Filling::TryRawCopy(Image &oImage, rt_error *err) const
{
    const bool bRequired =
        m_oRequest.oOptions.ePassthrough == RetilePassthrough::Required &&
        !oImage.poImage->bMask;
    rt_raw_tile_copy *poRawCopy = nullptr;
    uint64_t nLeastBytes = 0;
    rt_error oWhy = {};

    if (m_oRequest.oOptions.ePassthrough == RetilePassthrough::No)
        return m_oInput.Fit(oImage.oCopy, nLeastBytes, err);
    const rt_status eStatus =
        rt_raw_tile_copy_open(&oImage.oCopy, bRequired, &poRawCopy, &oWhy);
    oImage.poRawCopy.reset(poRawCopy);
    if (eStatus == RT_OK)
        return RT_OK;
    if (eStatus != RT_ERR_ARGUMENT)
        return rt_error_set(err, eStatus, "%s", oWhy.text);
    if (bRequired)
        return rt_error_set(err, RT_ERR_ARGUMENT, "PASSTHROUGH=REQUIRED: %s",
                            oWhy.text);
    CPLDebug("RETILE", "%s: no raw tile copy: %s",
             oImage.poImage->bMask ? "masks" : "bands", oWhy.text);
    return m_oInput.Fit(oImage.oCopy, nLeastBytes, err);
}

/* Lets the mask be filled in the same pass as the bands. Only if it has a file
 * of its own: in one file, the order of the tiles would depend on whether the
 * budget is large enough for that. */
void Filling::ShareAPass()
{
    if (m_apoImages.size() != 2)
        return;
    Image &oBands = *m_apoImages[0], &oMask = *m_apoImages[1];
    const rt_tile_format *poBands = oBands.poFormat.get();
    const rt_tile_format *poMask = oMask.poFormat.get();
    uint64_t nLeastBytes = 0;
    rt_error oIgnored = {};

    if (oBands.poImage->bMask || !oMask.poImage->bMask ||
        oBands.poRawCopy != nullptr || oMask.poRawCopy != nullptr ||
        oMask.anPlanes.size() != 1 || oMask.anPlanes[0] != 0 ||
        oBands.poImage->osPath == oMask.poImage->osPath ||
        !rt_image_takes_mask(&oBands.oCopy) ||
        rt_tile_format_w_px(poBands) != rt_tile_format_w_px(poMask) ||
        rt_tile_format_h_px(poBands) != rt_tile_format_h_px(poMask))
        return;
    const rt_image_copy oAlone = oBands.oCopy;
    oBands.oMask = {oMask.poImage->osPath.c_str(), oMask.poImage->nDirectory,
                    poMask};
    oBands.oCopy.mask = &oBands.oMask;
    oBands.oCopy.kept = {};
    oMask.bIsFilled =
        rt_image_copy_check(&oBands.oCopy, &nLeastBytes, &oIgnored) == RT_OK;
    if (!oMask.bIsFilled)
        oBands.oCopy = oAlone;
}

rt_status Filling::PrepareImages(rt_error *err)
{
    double dfDone = 0, dfAll = 0;

    for (size_t i = 0; i < m_aoImages.size(); i++) {
        const rt_status eStatus =
            PrepareImage(m_aoImages[i], m_apoImages[i].get(), err);

        if (eStatus != RT_OK)
            return eStatus;
        dfAll += static_cast<double>(m_aoImages[i].anBands.size());
    }
    ShareAPass();
    for (const auto &poImage : m_apoImages) {
        poImage->dfBegin = dfDone / dfAll;
        dfDone += static_cast<double>(poImage->anPlanes.size());
        poImage->dfEnd = dfDone / dfAll;
    }
    if (m_apoImages.back()->bIsFilled)
        m_apoImages.front()->dfEnd = 1.0;
    return RT_OK;
}

/* No image is current until all are planned. */
bool Filling::Report(double dfDone) const
{
    const double dfAll =
        m_poCurrent == nullptr
            ? 0.0
            : m_poCurrent->dfBegin +
                  dfDone * (m_poCurrent->dfEnd - m_poCurrent->dfBegin);

    return m_oRequest.pfnProgress(dfAll, "", m_oRequest.pProgressData) != FALSE;
}

bool Filling::OnProgress(void *pContext, double dfDone)
{
    return static_cast<const Filling *>(pContext)->Report(dfDone);
}

void Filling::OnPlan(void * /* pContext */, const char *pszPlan)
{
    CPLDebug("RETILE", "%s", pszPlan);
}

rt_status Filling::CopyRawTiles(const Image &oImage, rt_error *err) const
{
    rt_raw_tile_copy_result oResult;
    const rt_status eStatus =
        rt_raw_tile_copy_run(oImage.poRawCopy.get(), &oResult, err);

    if (eStatus == RT_OK)
        CPLDebug("RETILE",
                 "%s of '%s': " CPL_FRMT_GUIB " tiles (" CPL_FRMT_GUIB
                 " bytes) copied raw from '%s'%s, " CPL_FRMT_GUIB " holes",
                 oImage.poImage->bMask ? "masks" : "bands",
                 m_oRequest.pszFilename, static_cast<GUIntBig>(oResult.tiles),
                 static_cast<GUIntBig>(oResult.bytes),
                 rt_raw_tile_copy_path(oImage.poRawCopy.get()),
                 rt_raw_tile_copy_files(oImage.poRawCopy.get()) > 1
                     ? " and other files"
                     : "",
                 static_cast<GUIntBig>(oResult.holes));
    return eStatus;
}

rt_status Filling::FillImage(const Image &oImage, rt_error *err)
{
    rt_image_result oResult;

    if (oImage.bIsFilled)
        return RT_OK;
    if (oImage.poRawCopy != nullptr)
        return CopyRawTiles(oImage, err);
    const rt_status eStatus = rt_image_copy_run(&oImage.oCopy, &oResult, err);
    if (eStatus != RT_OK)
        return eStatus;
    m_bClamped |= oResult.clamped;
    CPLDebug("RETILE",
             "%s of '%s': DECODE_AMPLIFICATION=%.2f, held at most %.1f MB "
             "of %.1f, spilled %.1f MB",
             oImage.poImage->bMask          ? "masks"
             : oImage.oCopy.mask != nullptr ? "bands and mask"
                                            : "bands",
             m_oRequest.pszFilename,
             static_cast<double>(oResult.decoded_px) /
                 static_cast<double>(oResult.raster_px),
             static_cast<double>(oResult.peak_bytes) / 1048576.0,
             static_cast<double>(m_oRequest.oOptions.nMemoryMax) / 1048576.0,
             static_cast<double>(oResult.spilled_bytes) / 1048576.0);
    return RT_OK;
}

rt_status Filling::FillImages(rt_error *err)
{
    rt_status eStatus = RT_OK;

    for (const auto &poImage : m_apoImages) {
        m_poCurrent = poImage.get();
        if (eStatus == RT_OK)
            eStatus = FillImage(*poImage, err);
    }
    return eStatus;
}

void Filling::Tell(RetilePlanReport &oPlan) const
{
    for (const auto &poImage : m_apoImages)
        if (!poImage->bIsFilled)
            oPlan.AddPass({poImage->poImage->bMask          ? "masks"
                           : poImage->oCopy.mask != nullptr ? "bands and mask"
                                                            : "bands",
                           0, 0},
                          poImage->oCopy, poImage->poRawCopy.get());
}

rt_status Filling::Run(rt_error *err)
{
    rt_status eStatus = OpenFormats(err);

    if (eStatus == RT_OK)
        eStatus =
            m_oInput.Open(m_oRequest.poSrcDS, m_oRequest.oOptions,
                          RetileTargetOf(m_apoImages.front()->poFormat.get(),
                                         m_aoImages.front().eType, false),
                          -1, err);
    if (eStatus == RT_OK)
        eStatus = PrepareImages(err);
    if (eStatus == RT_OK && m_oRequest.poPlan != nullptr)
        Tell(*m_oRequest.poPlan);
    else if (eStatus == RT_OK)
        eStatus = FillImages(err);
    return eStatus == RT_OK ? m_oInput.Finish(err) : eStatus;
}

} // namespace

rt_status RetileFillImages(const RetileFillRequest &oRequest,
                           const std::vector<RetileImage> &aoImages,
                           bool &bClamped, rt_error *err)
{
    Filling oFilling(oRequest, aoImages);
    const rt_status eStatus = oFilling.Run(err);

    bClamped = oFilling.Clamped();
    return eStatus;
}
