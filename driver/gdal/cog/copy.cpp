/* copy.cpp - see copy.h. */
#include "gdal/cog/copy.h"

#include <memory>
#include <string>

#include "cpl_conv.h"
#include "gdal/base/progress_part.h"
#include "gdal/cog/gtiff.h"
#include "gdal/cog/plan.h"
#include "gdal/copy/pyramid_copy.h"
#include "gdal/overviews/level_reduce.h"
#include "io/dataset/gdal_versions.h"

namespace
{

struct DestroyFile {
    void operator()(rt_cog_file *file) const { rt_cog_file_destroy(file); }
};
using FilePtr = std::unique_ptr<rt_cog_file, DestroyFile>;

class Copy
{
  public:
    Copy(const RetileCogCopyRequest &oRequest, bool bCog, RetileHeader &oHeader,
         bool &bClamped)
        : m_oRequest(oRequest), m_bCog(bCog), m_oReported(oHeader),
          m_bClamped(bClamped)
    {
    }

    rt_status Run(rt_error *err);

  private:
    rt_status PrepareGTiff(rt_error *err);
    rt_status CheckPassthrough(rt_error *err) const;
    rt_status Choose(rt_error *err);
    rt_status WriteHeader(rt_error *err);
    bool WantsStatistics() const;
    void LeaveOutStatistics();
    rt_status FillPyramid(const RetilePyramidRequest &oFill, rt_error *err);
    rt_status Fill(rt_error *err);
    rt_status Finish(rt_error *err);

    const RetileCogCopyRequest &m_oRequest;
    const bool m_bCog;
    RetileHeader &m_oReported;
    bool &m_bClamped;
    RetileCogPlan m_oPlan{};
    RetileShownLevels m_oShown{};
    RetileReduce m_eMethod = RetileReduce::Average;
    RetileCogHeader m_oHeader{};
    FilePtr m_poFile{};

    CPL_DISALLOW_COPY_ASSIGN(Copy)
};

/* The header skeleton is read in one byte order (io/output/cog_skeleton.h). */
rt_status CheckEndianness(CSLConstList papszOptions, rt_error *err)
{
    const char *pszOrder =
        CSLFetchNameValueDef(papszOptions, "ENDIANNESS", "NATIVE");

    if (!EQUAL(pszOrder, "BIG") && !EQUAL(pszOrder, "INVERTED"))
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "ENDIANNESS=%s does not go together with overviews: "
                        "write ENDIANNESS=LITTLE, or OVERVIEWS=NONE",
                        pszOrder);
}

rt_status Copy::PrepareGTiff(rt_error *err)
{
    GDALDataset *poSrcDS = m_oRequest.poSrcDS;
    RetileCogOptions &oOptions = m_oPlan.oOptions;
    rt_status eStatus =
        RetileParseCopyOptions(m_oRequest.papszOptions, oOptions.oCopy, err);

    if (eStatus == RT_OK)
        eStatus = RetileParseOverviewOptions(poSrcDS, m_oRequest.papszOptions,
                                             RetileCogOverviews::None,
                                             oOptions.oOverviews, err);
    if (eStatus == RT_OK)
        eStatus = CheckEndianness(m_oRequest.papszOptions, err);
    if (eStatus != RT_OK)
        return eStatus;
    m_oPlan.oSource.poDS = poSrcDS;
    m_oPlan.oLevels = RetileChooseCogLevels(poSrcDS, oOptions.oOverviews,
                                            oOptions.oCopy.nBlockXSize, nullptr,
                                            nullptr, false);
    m_oPlan.aosImage = RetileGTiffOptions(m_oRequest.papszOptions);
    RetileAskForTiles(m_oPlan.aosImage);
    RetileAskForInterleaved(poSrcDS, poSrcDS->GetRasterCount(),
                            m_oPlan.aosImage);
    m_oPlan.aosOverviews = RetileOverviewImageOptions(
        poSrcDS, poSrcDS->GetRasterCount(), m_oRequest.papszOptions,
        m_oPlan.aosImage.List());
    return RT_OK;
}

/* Levels and statistics are computed from decoded pixels. */
rt_status Copy::CheckPassthrough(rt_error *err) const
{
    const RetileCogLevels &oLevels = m_oPlan.oLevels;
    const bool bLevels = oLevels.bCompute || oLevels.bComputeMasks;

    if (m_oPlan.oOptions.oCopy.ePassthrough != RetilePassthrough::Required ||
        (!bLevels && !WantsStatistics()))
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "PASSTHROUGH=REQUIRED: %s computed, so all tiles are "
                        "decoded and encoded again",
                        bLevels ? "overviews that the source does not have are"
                                : "statistics are");
}

rt_status Copy::Choose(rt_error *err)
{
    const RetileCogLevels &oLevels = m_oPlan.oLevels;
    const std::string &osMethod = m_oPlan.oOptions.oOverviews.osResampling;
    const rt_status eStatus =
        RetileCheckCogBands(m_oPlan.oSource.poDS, oLevels, err);

    if (eStatus != RT_OK)
        return eStatus;
    for (const auto &oSize : oLevels.anSizes)
        m_oShown.aoOverviews.push_back({oSize.first, oSize.second});
    m_oShown.bMask = RetileCogHasMask(m_oPlan.oSource.poDS);
    if (m_bCog && m_oPlan.oOptions.eStatistics == RetileCogStatistics::No)
        LeaveOutStatistics();
    if (oLevels.anSizes.empty() ||
        !(oLevels.bCompute || oLevels.bComputeMasks) ||
        RetileReduceMethod(osMethod.c_str(), &m_eMethod))
        return RT_OK;
    if (EQUAL(osMethod.c_str(), "NONE")) {
        m_eMethod = RetileReduce::None;
        return RT_OK;
    }
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "overviews cannot be resampled by %s: write NEAREST, "
                        "AVERAGE, BILINEAR, CUBIC, CUBICSPLINE, LANCZOS, MODE, "
                        "RMS, GAUSS or NONE",
                        osMethod.c_str());
}

rt_status Copy::WriteHeader(rt_error *err)
{
    const RetileCogRequest oHeader = {m_oRequest.pszPath,
                                      m_oPlan.oSource.poDS,
                                      m_oShown,
                                      m_oPlan.aosImage.List(),
                                      m_oPlan.aosOverviews.List(),
                                      !m_bCog && m_oRequest.bStrict};
    const CPLConfigOptionSetter oInternal("GDAL_TIFF_INTERNAL_MASK", "YES",
                                          false);

    m_oHeader = RetileCogHeader();
    return RetileWriteCogHeader(oHeader, m_oHeader, err);
}

/* As the COG driver sees it. */
bool HasStatistics(GDALDataset *poDS)
{
    for (const char *pszName : {"MINIMUM", "MAXIMUM", "MEAN", "STDDEV"})
        if (poDS->GetRasterBand(1)->GetMetadataItem(
                CPLSPrintf("STATISTICS_%s", pszName)) == nullptr)
            return false;
    return true;
}

/* Of other pixels than the source's, its statistics say nothing. */
bool Copy::WantsStatistics() const
{
    const bool bHas = HasStatistics(m_oRequest.poSrcDS);
    const bool bSame = m_oPlan.oSource.poDS == m_oRequest.poSrcDS;

    if (!m_bCog)
        return false;
    switch (m_oPlan.oOptions.eStatistics) {
    case RetileCogStatistics::Yes:
        return !(bHas && bSame && RT_GDAL_COG_KEEPS_STATISTICS);
    case RetileCogStatistics::Auto:
        return bHas && !bSame && RT_GDAL_COG_RENEWS_STATISTICS;
    default:
        return false;
    }
}

/* Statistics are known only after the copy, so the header is written again. */
rt_status Copy::FillPyramid(const RetilePyramidRequest &oFill, rt_error *err)
{
    RetilePyramidResult oResult;
    const rt_status eStatus =
        RetileFillPyramid(oFill, m_poFile.get(), oResult, err);

    m_bClamped = oResult.bClamped;
    if (eStatus != RT_OK || oResult.aaosStatistics.empty())
        return eStatus;
    m_oShown.aaosItems = std::move(oResult.aaosStatistics);
    return WriteHeader(err);
}

/* Hides the source's statistics if none are wanted. */
void Copy::LeaveOutStatistics()
{
    for (int i = 1; i <= m_oPlan.oSource.poDS->GetRasterCount(); i++) {
        CPLStringList aosItems;

        for (const char *pszName : {"MINIMUM", "MAXIMUM", "MEAN", "STDDEV",
                                    "VALID_PERCENT", "APPROXIMATE"})
            aosItems.AddString(CPLSPrintf("STATISTICS_%s", pszName));
        m_oShown.aaosItems.push_back(aosItems);
    }
}

rt_status Copy::Fill(rt_error *err)
{
    const RetileCopyOptions &oOptions = m_oPlan.oOptions.oCopy;
    const RetileProgressPart oEncoding(
        0, RETILE_FIRST_STEP, m_oRequest.pfnProgress, m_oRequest.pProgressData);
    const rt_cog_shape oShape = {static_cast<int32_t>(m_oHeader.anTiles.size()),
                                 m_oShown.bMask, m_oHeader.anTiles.data()};
    const RetilePyramidRequest oFill = {m_oRequest.pszFilename,
                                        m_oPlan.oSource.poDS,
                                        oOptions,
                                        m_oShown,
                                        m_oHeader,
                                        m_oPlan.aosImage.List(),
                                        m_oPlan.oLevels.bCompute,
                                        m_oPlan.oLevels.bComputeMasks,
                                        m_eMethod,
                                        WantsStatistics(),
                                        m_bCog,
                                        oEncoding.Function(),
                                        oEncoding.Data(),
                                        m_oRequest.poPlan};
    rt_cog_file *poFile = nullptr;
    /* Not limited by SPILL, which is for pixels: encoded tiles can only wait
     * here. */
    const rt_status eStatus =
        rt_cog_file_create(&oShape, oOptions.osSpillFolder.c_str(),
                           oOptions.nDiskMax, &poFile, err);

    m_poFile.reset(poFile);
    if (eStatus != RT_OK)
        return eStatus;
    return FillPyramid(oFill, err);
}

/* A classic TIFF that is too small becomes a BigTIFF, unless the user requested
 * a classic TIFF. */
rt_status Copy::Finish(rt_error *err)
{
    RetileProgressPart oFinishing(RETILE_FIRST_STEP, 1.0,
                                  m_oRequest.pfnProgress,
                                  m_oRequest.pProgressData);
    rt_status eStatus =
        rt_cog_file_finish(m_poFile.get(), m_oRequest.pszPath,
                           RetileProgressPart::Report, &oFinishing, err);

    if (eStatus != RT_ERR_RANGE ||
        EQUAL(m_oPlan.aosImage.FetchNameValueDef("BIGTIFF", ""), "NO"))
        return eStatus;
    m_oPlan.aosImage.SetNameValue("BIGTIFF", "YES");
    eStatus = WriteHeader(err);
    if (eStatus != RT_OK)
        return eStatus;
    return rt_cog_file_finish(m_poFile.get(), m_oRequest.pszPath,
                              RetileProgressPart::Report, &oFinishing, err);
}

rt_status Copy::Run(rt_error *err)
{
    rt_status eStatus =
        m_bCog ? RetilePlanCog(m_oRequest.poSrcDS, m_oRequest.papszOptions,
                               m_oPlan, err)
               : PrepareGTiff(err);

    if (eStatus == RT_OK)
        eStatus = CheckPassthrough(err);
    if (eStatus == RT_OK)
        eStatus = Choose(err);
    if (eStatus == RT_OK)
        eStatus = WriteHeader(err);
    if (eStatus == RT_OK)
        eStatus = Fill(err);
    if (eStatus == RT_OK && m_oRequest.poPlan == nullptr)
        eStatus = Finish(err);
    m_oReported.aoImages = m_oHeader.aoImages;
    m_oReported.aosFailures = m_oHeader.aosFailures;
    return eStatus;
}

} // namespace

rt_status RetileAsksForOverviews(GDALDataset *poSrcDS,
                                 CSLConstList papszOptions, bool &bAsks,
                                 rt_error *err)
{
    RetileCopyOverviews oOptions;
    const rt_status eStatus = RetileParseOverviewOptions(
        poSrcDS, papszOptions, RetileCogOverviews::None, oOptions, err);

    bAsks = oOptions.eWhich != RetileCogOverviews::None;
    return eStatus;
}

rt_status RetileWriteCog(const RetileCogCopyRequest &oRequest, bool bCog,
                         RetileHeader &oHeader, bool &bClamped, rt_error *err)
{
    const auto poCopy =
        std::make_unique<Copy>(oRequest, bCog, oHeader, bClamped);

    return poCopy->Run(err);
}
