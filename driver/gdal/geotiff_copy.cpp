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

#include "core/byte_size.h"
#include "cpl_conv.h"
#include "gdal/copy_views.h"
#include "gdal/creation_options.h"
#include "gdal/dataset.h"
#include "gdal/geotiff_header.h"
#include "gdal/jpeg_copy.h"
#include "io/gdal_errors.h"
#include "io/image_copy.h"
#include "io/output_files.h"
#include "io/reopen.h"
#include "io/vrt_sources.h"
#include "io/vrt_window.h"

namespace
{

constexpr uint64_t SPILL_MAX_BYTES = uint64_t{10} << 30;

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
using FormatPtr = std::unique_ptr<rt_tile_format, CloseFormat>;
using OutputPtr = std::unique_ptr<rt_output, DiscardOutput>;

/* One image with what it takes to fill it. */
struct Image {
    const RetileImage *poImage = nullptr;
    FormatPtr poFormat{};
    std::vector<int32_t> anPlanes{};
    rt_image_copy oCopy{};
    double dfBegin = 0, dfEnd = 1; /* of all progress */
};

class Copy
{
  public:
    Copy(const char *pszFilename, GDALDataset *poSrcDS, bool bStrict,
         CSLConstList papszOptions, GDALProgressFunc pfnProgress,
         void *pProgressData)
        : m_pszFilename(pszFilename), m_poSrcDS(poSrcDS), m_bStrict(bStrict),
          m_papszOptions(papszOptions), m_pfnProgress(pfnProgress),
          m_pProgressData(pProgressData)
    {
    }

    GDALDataset *Run(rt_error *err);

  private:
    rt_status CheckTarget(rt_error *err) const;
    rt_status Write(rt_error *err);
    rt_status LetGTiffWrite(rt_error *err);
    rt_status ReadSpillOptions(rt_error *err);
    std::string WrapSources(uint64_t nCacheBytes);
    rt_status OpenSource(rt_error *err);
    rt_status PrepareImage(const RetileImage &oImage, rt_error *err);
    rt_status PrepareImages(rt_error *err);
    rt_status FillImages(rt_error *err);
    CPLStringList OlderFiles() const;
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
    RetileCopyOptions m_oOptions{};
    uint64_t m_nSpillBytes = 0;
    std::string m_osSpillFolder{};
    OutputPtr m_poOutput{};
    RetileHeader m_oHeader{};
    std::unique_ptr<RetileCopyViews> m_poViews{}; /* outlives m_poSource */
    SourcePtr m_poSource{};
    std::vector<std::unique_ptr<Image>> m_apoImages{};
    const Image *m_poCurrent = nullptr;

    CPL_DISALLOW_COPY_ASSIGN(Copy)
};

bool IsSameFile(const char *pszA, const char *pszB)
{
    VSIStatBufL sA, sB;

    if (strcmp(pszA, pszB) == 0)
        return true;
    if (STARTS_WITH(pszA, "/vsi") || STARTS_WITH(pszB, "/vsi"))
        return false;
    return VSIStatL(pszA, &sA) == 0 && VSIStatL(pszB, &sB) == 0 &&
           sA.st_dev == sB.st_dev && sA.st_ino == sB.st_ino;
}

bool IsAmong(const char *pszName, const CPLStringList &aosNames)
{
    for (int i = 0; i < aosNames.size(); i++)
        if (IsSameFile(pszName, aosNames[i]))
            return true;
    return false;
}

rt_status Copy::CheckTarget(rt_error *err) const
{
    const CPLStringList aosFiles(m_poSrcDS->GetFileList());

    if (!IsAmong(m_pszFilename, aosFiles) &&
        !EQUAL(m_pszFilename, m_poSrcDS->GetDescription()))
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "'%s' is the source, or a file of it, and cannot be "
                        "the target as well; write to another name",
                        m_pszFilename);
}

rt_status Copy::ReadSpillOptions(rt_error *err)
{
    const char *pszMax = CPLGetConfigOption("RETILE_SPILL_MAX", nullptr);

    for (const char *pszName : {"RETILE_SPILL_DIR", "CPL_TMPDIR", "TMPDIR"})
        if (m_osSpillFolder.empty())
            m_osSpillFolder = CPLGetConfigOption(pszName, "");
    if (m_osSpillFolder.empty())
        m_osSpillFolder = "/tmp";
    m_nSpillBytes = SPILL_MAX_BYTES;
    if (pszMax != nullptr) {
        const rt_status eStatus =
            rt_byte_size_parse("RETILE_SPILL_MAX", pszMax,
                               static_cast<uint64_t>(CPLGetUsablePhysicalRAM()),
                               &m_nSpillBytes, err);
        if (eStatus != RT_OK)
            return eStatus;
    }
    if (m_oOptions.eSpill == RetileSpill::None ||
        m_oOptions.eSpill == RetileSpill::Memory)
        m_nSpillBytes = 0;
    return RT_OK;
}

/* What lies under a row of tiles lies in some rows more: of the budget, as
 * much as CACHED_ROWS of the raster take, and half of it at most. */
uint64_t CacheUnderVrt(uint64_t nBudget, GDALDataset *poDS)
{
    constexpr uint64_t CACHED_ROWS = 2048, LEAST_BYTES = 64 << 20;
    uint64_t nRowBytes = 0;

    for (int i = 1; i <= poDS->GetRasterCount(); i++)
        nRowBytes += static_cast<uint64_t>(poDS->GetRasterXSize()) *
                     static_cast<uint64_t>(GDALGetDataTypeSizeBytes(
                         poDS->GetRasterBand(i)->GetRasterDataType()));
    return std::min(nBudget / 2,
                    std::max(LEAST_BYTES, nRowBytes * CACHED_ROWS));
}

/* The XML of a mosaic or a warp over views that all threads share; empty
 * where the source is something else. */
std::string Copy::WrapSources(uint64_t nCacheBytes)
{
    char *pszFolder = nullptr;
    char *pszXML = rt_vrt_xml(GDALDataset::ToHandle(m_poSrcDS),
                              m_poSrcDS->GetOpenOptions(), &pszFolder);
    std::string osWrapped;
    rt_vrt_window oWindow;
    rt_reopen oReopen;

    if (pszXML == nullptr)
        return osWrapped;
    if (rt_vrt_window_parse(pszXML, pszFolder, &oWindow)) {
        rt_vrt_window_free(&oWindow);
    } else {
        rt_reopen_choose(GDALDataset::ToHandle(m_poSrcDS), nullptr,
                         m_poSrcDS->GetOpenOptions(), &oReopen);
        if (oReopen.name != nullptr && rt_vrt_xml_is_exact(pszXML)) {
            m_poViews = std::make_unique<RetileCopyViews>(nCacheBytes);
            osWrapped = m_poViews->Wrap(pszXML, pszFolder);
        }
        rt_reopen_free(&oReopen);
    }
    CPLFree(pszXML);
    CPLFree(pszFolder);
    return osWrapped;
}

/* A view that changes no pixel is left out of the way. */
rt_status Copy::OpenSource(rt_error *err)
{
    const auto *poView = dynamic_cast<RetileDataset *>(m_poSrcDS);
    const bool bThrough = poView != nullptr && !poView->View()->IsPadded();
    const RetileDescriptor *poDescriptor =
        bThrough ? &poView->View()->Descriptor() : nullptr;
    const uint64_t nCacheBytes =
        CacheUnderVrt(m_oOptions.nMemoryMax, m_poSrcDS);
    const std::string osWrapped(WrapSources(nCacheBytes));
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
    if (!osWrapped.empty())
        m_oOptions.nMemoryMax -= nCacheBytes;
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

rt_status Copy::PrepareImage(const RetileImage &oImage, rt_error *err)
{
    auto poImage = std::make_unique<Image>();
    const std::string osNodata =
        oImage.bMask ? std::string() : NodataText(m_poSrcDS);
    rt_tile_format *poFormat = nullptr;
    const rt_status eStatus = rt_tile_format_open(
        oImage.osPath.c_str(), oImage.nDirectory,
        oImage.bMask ? nullptr : m_papszOptions, oImage.eType,
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
    oCopy.n_workers = m_oOptions.nThreads;
    oCopy.budget_bytes = m_oOptions.nMemoryMax;
    oCopy.spill_folder = m_osSpillFolder.c_str();
    oCopy.spill_bytes = m_nSpillBytes;
    oCopy.progress = OnProgress;
    oCopy.tell = OnPlan;
    oCopy.context = this;
    m_apoImages.push_back(std::move(poImage));
    return rt_image_copy_check(&oCopy, err);
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

rt_status Copy::FillImages(rt_error *err)
{
    for (const auto &poImage : m_apoImages) {
        rt_image_result oResult;

        m_poCurrent = poImage.get();
        const rt_status eStatus =
            rt_image_copy_run(&poImage->oCopy, &oResult, err);
        if (eStatus != RT_OK)
            return eStatus;
        CPLDebug("RETILE",
                 "%s of '%s': DECODE_AMPLIFICATION=%.2f, held at most %.1f MB "
                 "of %.1f, spilled %.1f MB",
                 poImage->poImage->bMask ? "masks" : "bands", m_pszFilename,
                 static_cast<double>(oResult.decoded_px) /
                     static_cast<double>(oResult.raster_px),
                 static_cast<double>(oResult.peak_bytes) / 1048576.0,
                 static_cast<double>(m_oOptions.nMemoryMax) / 1048576.0,
                 static_cast<double>(oResult.spilled_bytes) / 1048576.0);
    }
    return RT_OK;
}

/* A JPEG's coefficients are taken over by GTiff as they are. */
rt_status Copy::LetGTiffWrite(rt_error *err)
{
    auto *poGTiff = GetGDALDriverManager()->GetDriverByName("GTiff");
    CPLStringList aosOptions(RetileGTiffOptions(m_papszOptions));
    rt_gdal_errors oErrors;

    aosOptions.SetNameValue("TILED", "YES");
    for (const char *pszName : {"BLOCKXSIZE", "BLOCKYSIZE"})
        if (aosOptions.FetchNameValue(pszName) == nullptr)
            aosOptions.SetNameValue(pszName, "512");
    CPLDebug("RETILE", "GTiff takes over the coefficients of the JPEG");
    rt_gdal_errors_begin(&oErrors);
    GDALDataset *poDS = poGTiff->CreateCopy(
        rt_output_path(m_poOutput.get()), m_poSrcDS, m_bStrict,
        aosOptions.List(), m_pfnProgress, m_pProgressData);
    const bool bMade = poDS != nullptr;
    if (bMade)
        GDALClose(GDALDataset::ToHandle(poDS));
    rt_gdal_errors_end(&oErrors);
    if (bMade && oErrors.count == 0)
        return RT_OK;
    return rt_error_set(err, RT_ERR_IO, "%s",
                        rt_gdal_errors_text(&oErrors, "GTiff failed"));
}

rt_status Copy::Write(rt_error *err)
{
    const CPLStringList aosGTiff(RetileGTiffOptions(m_papszOptions));

    if (m_oOptions.ePassthrough != RetilePassthrough::No &&
        RetileCopiesJpegCoefficients(m_poSrcDS, aosGTiff.List()))
        return LetGTiffWrite(err);
    rt_status eStatus =
        RetileWriteGeoTiffHeader(rt_output_path(m_poOutput.get()), m_poSrcDS,
                                 m_bStrict, aosGTiff.List(), m_oHeader, err);
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

/* Files of an older dataset of the target's name that are not the source's. */
CPLStringList Copy::OlderFiles() const
{
    const CPLStringList aosSource(m_poSrcDS->GetFileList());
    CPLStringList aosFiles;
    VSIStatBufL sStat;

    if (VSIStatL(m_pszFilename, &sStat) != 0)
        return aosFiles;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    std::unique_ptr<GDALDataset> poOld(
        GDALDataset::Open(m_pszFilename, GDAL_OF_RASTER));
    const CPLStringList aosOld(poOld ? poOld->GetFileList() : nullptr);
    poOld.reset();
    CPLPopErrorHandler();
    CPLErrorReset();
    for (int i = 0; i < aosOld.size(); i++)
        if (!IsAmong(aosOld[i], aosSource))
            aosFiles.AddString(aosOld[i]);
    return aosFiles;
}

GDALDataset *OpenFinished(const char *pszName, unsigned nFlags)
{
    static const char *const apszGTiff[] = {"GTiff", nullptr};

    return GDALDataset::Open(pszName, nFlags | GDAL_OF_RASTER, apszGTiff);
}

GDALDataset *Copy::Finish(rt_error *err)
{
    const bool bStdout = STARTS_WITH(m_pszFilename, "/vsistdout");
    const CPLStringList aosOlder(bStdout ? CPLStringList() : OlderFiles());
    rt_gdal_errors oErrors;

    /* What the header and the tiles came to must open, before it is seen. */
    rt_gdal_errors_begin(&oErrors);
    GDALDataset *poDS =
        OpenFinished(rt_output_path(m_poOutput.get()), GDAL_OF_READONLY);
    rt_gdal_errors_end(&oErrors);
    if (poDS == nullptr) {
        (void)rt_error_set(err, RT_ERR_IO, "'%s' cannot be read back: %s",
                           m_pszFilename,
                           rt_gdal_errors_text(&oErrors, "no reason given"));
        return nullptr;
    }
    if (!bStdout) {
        GDALClose(GDALDataset::ToHandle(poDS));
        poDS = nullptr;
    }
    if (rt_output_commit(m_poOutput.get(), aosOlder.List(), err) != RT_OK) {
        if (poDS != nullptr)
            GDALClose(GDALDataset::ToHandle(poDS));
        return nullptr;
    }
    if (!bStdout)
        poDS = OpenFinished(m_pszFilename, GDAL_OF_UPDATE);
    if (poDS == nullptr)
        (void)rt_error_set(err, RT_ERR_IO,
                           "'%s' was written and cannot be opened: %s",
                           m_pszFilename, CPLGetLastErrorMsg());
    return poDS;
}

GDALDataset *Copy::Run(rt_error *err)
{
    rt_output *poOutput = nullptr;
    rt_status eStatus = RetileParseCopyOptions(m_papszOptions, m_oOptions, err);

    if (eStatus == RT_OK)
        eStatus = ReadSpillOptions(err);
    if (eStatus == RT_OK)
        eStatus = CheckTarget(err);
    if (eStatus == RT_OK)
        eStatus = rt_output_create(m_pszFilename, &poOutput, err);
    m_poOutput.reset(poOutput);
    if (eStatus == RT_OK)
        eStatus = Write(err);
    if (eStatus != RT_OK)
        return nullptr;
    GDALDataset *poDS = Finish(err);
    if (poDS == nullptr)
        return nullptr;
    m_pfnProgress(1.0, "", m_pProgressData);
    /* What GTiff could not write and copied in spite of. */
    for (const std::string &osFailure : m_oHeader.aosFailures)
        CPLError(CE_Failure, CPLE_AppDefined, "RETILE: %s", osFailure.c_str());
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
