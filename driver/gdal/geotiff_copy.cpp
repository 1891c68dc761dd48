/* geotiff_copy.cpp - see geotiff_copy.h.
 *
 * GTiff writes the header, with every tag and no tile, into a folder of our
 * own; the engine fills in the tiles; then everything is renamed into place.
 */
#include "gdal/geotiff_copy.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cpl_conv.h"
#include "gdal/copy_target.h"
#include "gdal/copy_views.h"
#include "gdal/creation_options.h"
#include "gdal/dataset.h"
#include "gdal/error_keeper.h"
#include "gdal/geotiff_header.h"
#include "gdal/jpeg_copy.h"
#include "io/gdal_errors.h"
#include "io/image_copy.h"
#include "io/output_files.h"
#include "io/passthrough.h"

namespace
{

struct CloseSource {
    void operator()(rt_copy_source *source) const
    {
        rt_copy_source_close(source);
    }
};
struct CloseFormat {
    void operator()(rt_tile_format *format) const
    {
        rt_tile_format_close(format);
    }
};
struct DiscardOutput {
    void operator()(rt_output *output) const { rt_output_discard(output); }
};
using SourcePtr = std::unique_ptr<rt_copy_source, CloseSource>;
struct ClosePassthrough {
    void operator()(rt_passthrough *passthrough) const
    {
        rt_passthrough_close(passthrough);
    }
};
using FormatPtr = std::unique_ptr<rt_tile_format, CloseFormat>;
using PassthroughPtr = std::unique_ptr<rt_passthrough, ClosePassthrough>;
using OutputPtr = std::unique_ptr<rt_output, DiscardOutput>;

/* One image with what it takes to fill it. */
struct Image {
    const RetileImage *poImage = nullptr;
    FormatPtr poFormat{};
    std::vector<int32_t> anPlanes{};
    rt_image_copy oCopy{};
    PassthroughPtr poPassthrough{}; /* where tiles are taken over */
    double dfBegin = 0, dfEnd = 1;  /* of all progress */
};

class Copy
{
  public:
    Copy(const char *pszFilename, GDALDataset *poSrcDS, bool bStrict,
         CSLConstList papszOptions, GDALProgressFunc pfnProgress,
         void *pProgressData)
        : m_pszFilename(pszFilename), m_poSrcDS(poSrcDS), m_bStrict(bStrict),
          m_papszOptions(papszOptions), m_pfnProgress(pfnProgress),
          m_pProgressData(pProgressData),
          m_bStdout(STARTS_WITH(pszFilename, "/vsistdout"))
    {
    }

    GDALDataset *Run(rt_error *err);

  private:
    rt_status Write(rt_error *err);
    rt_status WriteByGTiff(bool bJpeg, CSLConstList papszGTiff, rt_error *err);
    std::string NameTarget(const std::string &osText) const;
    rt_status OpenSource(rt_error *err);
    rt_status PrepareImage(const RetileImage &oImage, rt_error *err);
    rt_status PrepareImages(rt_error *err);
    rt_status CheckMemory(Image &oImage, rt_error *err) const;
    rt_status TryPassthrough(Image &oImage, rt_error *err) const;
    rt_status TakeTilesOver(const Image &oImage, rt_error *err) const;
    rt_status FillImage(const Image &oImage, rt_error *err);
    rt_status FillImages(rt_error *err);
    void ReportLosses(GDALDataset *poDS) const;
    rt_status ReadBack(rt_error *err);
    rt_status Commit(rt_error *err);
    GDALDataset *Finish(rt_error *err);
    bool Report(double dfDone) const;
    static bool OnProgress(void *pContext, double dfDone);
    static void OnPlan(void *pContext, const char *pszPlan);

    const char *const m_pszFilename;
    GDALDataset *const m_poSrcDS;
    const bool m_bStrict;
    const CSLConstList m_papszOptions;
    const GDALProgressFunc m_pfnProgress;
    void *const m_pProgressData;
    const bool m_bStdout;
    RetileCopyOptions m_oOptions{};
    OutputPtr m_poOutput{};
    GDALDatasetUniquePtr m_poReadBack{}; /* of standard output, to the end */
    RetileHeader m_oHeader{};
    std::unique_ptr<RetileCopyViews> m_poViews{}; /* outlives m_poSource */
    SourcePtr m_poSource{};
    std::vector<std::unique_ptr<Image>> m_apoImages{};
    const Image *m_poCurrent = nullptr;
    bool m_bClamped = false;

    CPL_DISALLOW_COPY_ASSIGN(Copy)
};

/* A view that changes no pixel is left out of the way. */
rt_status Copy::OpenSource(rt_error *err)
{
    const auto *poView = dynamic_cast<RetileDataset *>(m_poSrcDS);
    const bool bThrough = poView != nullptr && !poView->View()->IsPadded();
    const RetileDescriptor *poDescriptor =
        bThrough ? &poView->View()->Descriptor() : nullptr;
    m_poViews = RetileCopyViews::Under(m_poSrcDS, m_oOptions.nMemoryMax);
    const std::string osWrapped(m_poViews ? m_poViews->XML() : "");
    const char *pszName = poDescriptor != nullptr
                              ? poDescriptor->osSource.c_str()
                          : osWrapped.empty() ? nullptr
                                              : osWrapped.c_str();
    const CSLConstList papszOptions =
        poDescriptor != nullptr ? poDescriptor->aosSourceOptions.List()
        : osWrapped.empty()     ? m_poSrcDS->GetOpenOptions()
                                : nullptr;
    rt_copy_source *poSource = nullptr;
    const rt_status eStatus = rt_copy_source_open(
        GDALDataset::ToHandle(m_poSrcDS), pszName, papszOptions,
        m_oHeader.aoImages.front().eType, m_oOptions.nThreads, &poSource, err);

    m_poSource.reset(poSource);
    if (eStatus == RT_OK)
        CPLDebug("RETILE", "source: %s%s", rt_copy_source_how(poSource),
                 osWrapped.empty() ? "" : ", over views that all share");
    return eStatus;
}

std::string NodataText(GDALDataset *poSrcDS)
{
    GDALRasterBand *poBand = poSrcDS->GetRasterBand(1);
    int bHas = FALSE;

    if (poBand->GetRasterDataType() == GDT_Int64) {
        const auto nValue = poBand->GetNoDataValueAsInt64(&bHas);
        return bHas ? std::to_string(nValue) : "";
    }
    if (poBand->GetRasterDataType() == GDT_UInt64) {
        const auto nValue = poBand->GetNoDataValueAsUInt64(&bHas);
        return bHas ? std::to_string(nValue) : "";
    }
    const double dfValue = poBand->GetNoDataValue(&bHas);
    return bHas ? std::string(CPLSPrintf("%.18g", dfValue)) : "";
}

int64_t CountTiles(const rt_tile_format *poFormat)
{
    const int64_t nCols = (rt_tile_format_raster_w_px(poFormat) - 1) /
                              rt_tile_format_w_px(poFormat) +
                          1;
    const int64_t nRows = (rt_tile_format_raster_h_px(poFormat) - 1) /
                              rt_tile_format_h_px(poFormat) +
                          1;

    return nCols * nRows;
}

rt_status Copy::PrepareImage(const RetileImage &oImage, rt_error *err)
{
    auto poImage = std::make_unique<Image>();
    const std::string osNodata =
        oImage.bMask ? std::string() : NodataText(m_poSrcDS);
    CPLStringList aosMaskOptions;

    aosMaskOptions.SetNameValue("SPARSE_OK", oImage.bSparse ? "YES" : "NO");
    rt_tile_format *poFormat = nullptr;
    const rt_status eStatus = rt_tile_format_open(
        oImage.osPath.c_str(), oImage.nDirectory,
        oImage.bMask ? aosMaskOptions.List() : m_papszOptions, oImage.eType,
        osNodata.empty() ? nullptr : osNodata.c_str(), &poFormat, err);

    if (eStatus != RT_OK)
        return eStatus;
    poImage->poFormat.reset(poFormat);
    poImage->poImage = &oImage;
    for (int nBand : oImage.anBands)
        poImage->anPlanes.push_back(nBand - 1);
    rt_image_copy &oCopy = poImage->oCopy;
    oCopy.source = m_poSource.get();
    oCopy.masks = oImage.bMask;
    oCopy.planes = poImage->anPlanes.data();
    oCopy.n_planes = static_cast<int32_t>(poImage->anPlanes.size());
    oCopy.path = oImage.osPath.c_str();
    oCopy.directory = oImage.nDirectory;
    oCopy.format = poFormat;
    oCopy.n_workers = static_cast<int32_t>(
        std::min<int64_t>(m_oOptions.nThreads, CountTiles(poFormat)));
    oCopy.budget_bytes = m_oOptions.nMemoryMax;
    oCopy.spill_folder = m_oOptions.osSpillFolder.c_str();
    oCopy.spill_bytes = m_oOptions.nSpillMax;
    oCopy.progress = OnProgress;
    oCopy.tell = OnPlan;
    oCopy.context = this;
    m_apoImages.push_back(std::move(poImage));
    return TryPassthrough(*m_apoImages.back(), err);
}

/* What decoding takes has to fit; the caches of views under a VRT make room
 * for it. */
rt_status Copy::CheckMemory(Image &oImage, rt_error *err) const
{
    for (;;) {
        oImage.oCopy.other_bytes =
            m_poViews != nullptr ? m_poViews->CacheBytes() : 0;
        const rt_status eStatus = rt_image_copy_check(&oImage.oCopy, err);

        if (eStatus != RT_ERR_ARGUMENT || m_poViews == nullptr ||
            !m_poViews->Shrink())
            return eStatus;
    }
}

/* Otherwise the image has to be decoded. */
rt_status Copy::TryPassthrough(Image &oImage, rt_error *err) const
{
    const bool bRequired =
        m_oOptions.ePassthrough == RetilePassthrough::Required &&
        !oImage.poImage->bMask;
    rt_passthrough *poPassthrough = nullptr;
    rt_error oWhy = {};

    if (m_oOptions.ePassthrough == RetilePassthrough::No)
        return CheckMemory(oImage, err);
    const rt_status eStatus =
        rt_passthrough_open(&oImage.oCopy, bRequired, &poPassthrough, &oWhy);
    oImage.poPassthrough.reset(poPassthrough);
    if (eStatus == RT_OK)
        return RT_OK;
    if (eStatus != RT_ERR_ARGUMENT)
        return rt_error_set(err, eStatus, "%s", oWhy.text);
    if (bRequired)
        return rt_error_set(err, RT_ERR_ARGUMENT, "PASSTHROUGH=REQUIRED: %s",
                            oWhy.text);
    CPLDebug("RETILE", "%s: tiles are not taken over: %s",
             oImage.poImage->bMask ? "masks" : "bands", oWhy.text);
    return CheckMemory(oImage, err);
}

rt_status Copy::PrepareImages(rt_error *err)
{
    double dfDone = 0, dfAll = 0;

    for (const RetileImage &oImage : m_oHeader.aoImages) {
        const rt_status eStatus = PrepareImage(oImage, err);

        if (eStatus != RT_OK)
            return eStatus;
        dfAll += static_cast<double>(oImage.anBands.size());
    }
    for (const auto &poImage : m_apoImages) {
        poImage->dfBegin = dfDone / dfAll;
        dfDone += static_cast<double>(poImage->anPlanes.size());
        poImage->dfEnd = dfDone / dfAll;
    }
    return RT_OK;
}

bool Copy::Report(double dfDone) const
{
    const double dfAll = m_poCurrent->dfBegin +
                         dfDone * (m_poCurrent->dfEnd - m_poCurrent->dfBegin);

    return m_pfnProgress(std::min(dfAll, 0.999), "", m_pProgressData) != FALSE;
}

bool Copy::OnProgress(void *pContext, double dfDone)
{
    return static_cast<const Copy *>(pContext)->Report(dfDone);
}

void Copy::OnPlan(void * /* pContext */, const char *pszPlan)
{
    CPLDebug("RETILE", "%s", pszPlan);
}

rt_status Copy::TakeTilesOver(const Image &oImage, rt_error *err) const
{
    rt_passthrough_result oResult;
    const rt_status eStatus =
        rt_passthrough_run(oImage.poPassthrough.get(), &oResult, err);

    if (eStatus == RT_OK)
        CPLDebug("RETILE",
                 "%s of '%s': " CPL_FRMT_GUIB " tiles (" CPL_FRMT_GUIB
                 " bytes) taken over from '%s', " CPL_FRMT_GUIB " holes",
                 oImage.poImage->bMask ? "masks" : "bands", m_pszFilename,
                 static_cast<GUIntBig>(oResult.tiles),
                 static_cast<GUIntBig>(oResult.bytes),
                 rt_passthrough_path(oImage.poPassthrough.get()),
                 static_cast<GUIntBig>(oResult.holes));
    return eStatus;
}

rt_status Copy::FillImage(const Image &oImage, rt_error *err)
{
    rt_image_result oResult;

    if (oImage.poPassthrough != nullptr)
        return TakeTilesOver(oImage, err);
    const rt_status eStatus = rt_image_copy_run(&oImage.oCopy, &oResult, err);
    if (eStatus != RT_OK)
        return eStatus;
    m_bClamped |= oResult.clamped;
    CPLDebug("RETILE",
             "%s of '%s': DECODE_AMPLIFICATION=%.2f, held at most %.1f MB "
             "of %.1f, spilled %.1f MB",
             oImage.poImage->bMask ? "masks" : "bands", m_pszFilename,
             static_cast<double>(oResult.decoded_px) /
                 static_cast<double>(oResult.raster_px),
             static_cast<double>(oResult.peak_bytes) / 1048576.0,
             static_cast<double>(m_oOptions.nMemoryMax) / 1048576.0,
             static_cast<double>(oResult.spilled_bytes) / 1048576.0);
    return RT_OK;
}

rt_status Copy::FillImages(rt_error *err)
{
    rt_status eStatus = RT_OK;

    for (const auto &poImage : m_apoImages) {
        m_poCurrent = poImage.get();
        if (eStatus == RT_OK)
            eStatus = FillImage(*poImage, err);
    }
    return eStatus;
}

/* What is said of the file in our folder is meant of the target. */
std::string Copy::NameTarget(const std::string &osText) const
{
    if (m_poOutput == nullptr)
        return osText;
    return CPLString(osText).replaceAll(rt_output_path(m_poOutput.get()),
                                        m_pszFilename);
}

/* All of it where a JPEG's coefficients are copied, else all but tiles. */
rt_status Copy::WriteByGTiff(bool bJpeg, CSLConstList papszGTiff, rt_error *err)
{
    const char *pszPath = rt_output_path(m_poOutput.get());
    RetileErrorKeeper oErrors;

    oErrors.Show(pszPath, m_pszFilename);
    const rt_status eStatus =
        bJpeg ? RetileCopyJpegCoefficients(pszPath, m_poSrcDS, m_bStrict,
                                           papszGTiff, m_pfnProgress,
                                           m_pProgressData, err)
              : RetileWriteGeoTiffHeader(pszPath, m_poSrcDS, m_bStrict,
                                         papszGTiff, m_oHeader, err);
    oErrors.End();
    for (std::string &osFailure : m_oHeader.aosFailures)
        osFailure = NameTarget(osFailure);
    return eStatus;
}

rt_status Copy::Write(rt_error *err)
{
    const CPLStringList aosGTiff(RetileGTiffOptions(m_papszOptions));
    const bool bJpeg = m_oOptions.ePassthrough != RetilePassthrough::No &&
                       RetileCopiesJpegCoefficients(m_poSrcDS, aosGTiff.List());
    rt_status eStatus = WriteByGTiff(bJpeg, aosGTiff.List(), err);

    if (bJpeg)
        return eStatus;
    if (eStatus == RT_OK)
        eStatus = OpenSource(err);
    if (eStatus == RT_OK)
        eStatus = PrepareImages(err);
    if (eStatus == RT_OK)
        eStatus = FillImages(err);
    m_poSource.reset();
    if (eStatus == RT_OK && m_poViews != nullptr)
        CPLDebug("RETILE", "what lies under the VRT: DECODE_AMPLIFICATION=%.2f",
                 m_poViews->Amplification());
    return eStatus;
}

GDALDataset *OpenFinished(const char *pszName, unsigned nFlags)
{
    static const char *const apszGTiff[] = {"GTiff", nullptr};

    return GDALDataset::Open(pszName, nFlags | GDAL_OF_RASTER, apszGTiff);
}

/* What the header and the tiles came to must open, before it is seen. */
rt_status Copy::ReadBack(rt_error *err)
{
    rt_gdal_errors oErrors;

    rt_gdal_errors_begin(&oErrors);
    m_poReadBack.reset(
        OpenFinished(rt_output_path(m_poOutput.get()), GDAL_OF_READONLY));
    const bool bOpened = m_poReadBack != nullptr;
    const int nPassedOver = oErrors.count; /* such as of coordinate systems */
    if (!m_bStdout)
        m_poReadBack.reset();
    rt_gdal_errors_end(&oErrors);
    if (bOpened && oErrors.count == nPassedOver)
        return RT_OK;
    return rt_error_set(err, RT_ERR_IO, "'%s' cannot be read back: %s",
                        m_pszFilename,
                        rt_gdal_errors_text(&oErrors, "no reason given"));
}

/* Two copies with different files beside them must not take each other's for
 * stale, or miss them. Locked until the output is discarded. */
rt_status Copy::Commit(rt_error *err)
{
    rt_status eStatus = rt_output_lock(m_poOutput.get(), err);

    if (eStatus != RT_OK)
        return eStatus;
    const CPLStringList aosOlder(
        m_bStdout ? CPLStringList()
                  : RetileOlderFiles(m_pszFilename, m_poSrcDS));
    return rt_output_commit(m_poOutput.get(), aosOlder.List(), err);
}

GDALDataset *Copy::Finish(rt_error *err)
{
    rt_status eStatus = ReadBack(err);

    if (eStatus == RT_OK)
        eStatus = Commit(err);
    if (eStatus != RT_OK)
        return nullptr;
    if (m_bStdout)
        return m_poReadBack.release();
    GDALDataset *poDS = OpenFinished(m_pszFilename, GDAL_OF_UPDATE);
    m_poOutput.reset(); /* the progress function may copy to this folder */
    if (poDS == nullptr)
        (void)rt_error_set(err, RT_ERR_IO,
                           "'%s' was written and cannot be opened: %s",
                           m_pszFilename, CPLGetLastErrorMsg());
    return poDS;
}

/* What the file holds otherwise than the source does, or not at all. */
void Copy::ReportLosses(GDALDataset *poDS) const
{
    GDALRasterBand *poBand = poDS->GetRasterBand(1);
    const char *pszBits = poBand->GetMetadataItem("NBITS", "IMAGE_STRUCTURE");

    if (m_bClamped && poBand->GetRasterDataType() == GDT_Float32)
        CPLError(CE_Warning, CPLE_AppDefined,
                 "%s: One or more pixels beyond the range of float16 "
                 "converted to infinity.",
                 m_pszFilename);
    else if (m_bClamped)
        CPLError(CE_Warning, CPLE_AppDefined,
                 "%s: One or more pixels clipped to fit %s bit domain.",
                 m_pszFilename, pszBits ? pszBits : "a smaller");
    for (const std::string &osFailure : m_oHeader.aosFailures)
        CPLError(CE_Failure, CPLE_AppDefined, "RETILE: %s", osFailure.c_str());
}

GDALDataset *Copy::Run(rt_error *err)
{
    rt_output *poOutput = nullptr;
    rt_status eStatus = RetileParseCopyOptions(m_papszOptions, m_oOptions, err);

    if (eStatus == RT_OK)
        eStatus = RetileCheckTarget(m_pszFilename, m_poSrcDS, err);
    if (eStatus == RT_OK)
        eStatus = rt_output_create(m_pszFilename, &poOutput, err);
    m_poOutput.reset(poOutput);
    if (eStatus == RT_OK)
        eStatus = Write(err);
    GDALDataset *poDS = eStatus == RT_OK ? Finish(err) : nullptr;
    if (poDS == nullptr) {
        (void)rt_error_set(err, err->status, "%s",
                           NameTarget(err->text).c_str());
        return nullptr;
    }
    m_pfnProgress(1.0, "", m_pProgressData);
    ReportLosses(poDS);
    return poDS;
}

} // namespace

GDALDataset *RetileCopyToGeoTiff(const char *pszFilename, GDALDataset *poSrcDS,
                                 bool bStrict, CSLConstList papszOptions,
                                 GDALProgressFunc pfnProgress,
                                 void *pProgressData, rt_error *err)
{
    Copy oCopy(pszFilename, poSrcDS, bStrict, papszOptions, pfnProgress,
               pProgressData);

    return oCopy.Run(err);
}
