/* cog_copy.cpp - see cog_copy.h. */
#include "gdal/cog_copy.h"

#include <memory>
#include <string>

#include "cpl_conv.h"
#include "gdal/cog_gtiff.h"
#include "gdal/cog_levels.h"
#include "gdal/cog_options.h"
#include "gdal/cog_warp.h"
#include "gdal/level_reduce.h"
#include "gdal/pyramid_copy.h"

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
    rt_status PrepareCog(rt_error *err);
    rt_status PrepareGTiff(rt_error *err);
    rt_status Choose(bool bWarped, rt_error *err);
    rt_status WriteHeader(rt_error *err);
    rt_status Fill(rt_error *err);
    rt_status Finish(rt_error *err);
    static bool OnProgress(void *pContext, double dfDone);

    const RetileCogCopyRequest &m_oRequest;
    const bool m_bCog;
    RetileHeader &m_oReported;
    bool &m_bClamped;
    RetileCogOptions m_oOptions{};
    RetileCogSource m_oSource{};
    RetileCogLevels m_oLevels{};
    RetileShownLevels m_oShown{};
    RetileReduce m_eMethod = RetileReduce::Average;
    CPLStringList m_aosImage{}, m_aosOverviews{};
    RetileCogHeader m_oHeader{};
    FilePtr m_poFile{};

    CPL_DISALLOW_COPY_ASSIGN(Copy)
};

rt_status Copy::PrepareCog(rt_error *err)
{
    rt_status eStatus = RetileParseCogOptions(
        m_oRequest.poSrcDS, m_oRequest.papszOptions, m_oOptions, err);

    if (eStatus == RT_OK)
        eStatus =
            RetileOpenCogSource(m_oRequest.poSrcDS, m_oOptions, m_oSource, err);
    if (eStatus != RT_OK)
        return eStatus;
    const int nBands = m_oSource.poDS->GetRasterCount();
    m_aosImage =
        RetileCogImageOptions(m_oSource.poDS, nBands, m_oRequest.papszOptions,
                              m_oOptions, m_oSource.Target());
    m_aosOverviews = RetileOverviewImageOptions(
        m_oSource.poDS, nBands, m_oRequest.papszOptions, m_aosImage.List());
    return Choose(m_oSource.poWarped != nullptr, err);
}

rt_status Copy::PrepareGTiff(rt_error *err)
{
    rt_status eStatus =
        RetileParseCopyOptions(m_oRequest.papszOptions, m_oOptions.oCopy, err);

    if (eStatus == RT_OK)
        eStatus = RetileParseOverviewOptions(
            m_oRequest.poSrcDS, m_oRequest.papszOptions,
            RetileCogOverviews::None, m_oOptions.oOverviews, err);
    if (eStatus != RT_OK)
        return eStatus;
    m_oSource.poDS = m_oRequest.poSrcDS;
    m_aosImage = RetileGTiffOptions(m_oRequest.papszOptions);
    RetileAskForTiles(m_aosImage);
    m_aosOverviews = RetileOverviewImageOptions(
        m_oSource.poDS, m_oSource.poDS->GetRasterCount(),
        m_oRequest.papszOptions, m_aosImage.List());
    return Choose(false, err);
}

rt_status Copy::Choose(bool bWarped, rt_error *err)
{
    const std::string &osMethod = m_oOptions.oOverviews.osResampling;

    m_oLevels = RetileChooseCogLevels(
        m_oSource.poDS, m_oOptions.oOverviews, m_oOptions.oCopy.nBlockXSize,
        m_oOptions.oReprojection.poScheme.get(), m_oSource.Target(), bWarped);
    for (const auto &oSize : m_oLevels.anSizes)
        m_oShown.aoOverviews.push_back({oSize.first, oSize.second});
    m_oShown.bMask =
        m_oSource.poDS->GetRasterBand(1)->GetMaskFlags() == GMF_PER_DATASET;
    if (!m_oLevels.anSizes.empty() && m_oLevels.bCompute &&
        !RetileReduceMethod(osMethod.c_str(), &m_eMethod))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "overviews cannot be resampled by %s: write "
                            "NEAREST, AVERAGE, BILINEAR, CUBIC, CUBICSPLINE, "
                            "LANCZOS, MODE, RMS or GAUSS",
                            osMethod.c_str());
    return RT_OK;
}

rt_status Copy::WriteHeader(rt_error *err)
{
    const RetileCogRequest oHeader = {m_oRequest.pszPath, m_oSource.poDS,
                                      m_oShown, m_aosImage.List(),
                                      m_aosOverviews.List()};
    const CPLConfigOptionSetter oInternal("GDAL_TIFF_INTERNAL_MASK", "YES",
                                          false);

    m_oHeader = RetileCogHeader();
    return RetileWriteCogHeader(oHeader, m_oHeader, err);
}

rt_status Copy::Fill(rt_error *err)
{
    const RetileCopyOptions &oOptions = m_oOptions.oCopy;
    const rt_cog_shape oShape = {static_cast<int32_t>(m_oHeader.anTiles.size()),
                                 m_oShown.bMask, m_oHeader.anTiles.data()};
    const RetilePyramidRequest oFill = {m_oRequest.pszFilename,
                                        m_oSource.poDS,
                                        oOptions,
                                        m_oShown,
                                        m_oHeader,
                                        m_aosImage.List(),
                                        m_oLevels.bCompute,
                                        m_oLevels.bComputeMasks,
                                        m_eMethod,
                                        m_oRequest.pfnProgress,
                                        m_oRequest.pProgressData};
    rt_cog_file *poFile = nullptr;
    const rt_status eStatus =
        rt_cog_file_create(&oShape, oOptions.osSpillFolder.c_str(),
                           oOptions.nSpillMax, &poFile, err);

    m_poFile.reset(poFile);
    if (eStatus != RT_OK)
        return eStatus;
    return RetileFillPyramid(oFill, m_poFile.get(), m_bClamped, err);
}

bool Copy::OnProgress(void *pContext, double /* dfDone */)
{
    const auto *poCopy = static_cast<const Copy *>(pContext);

    return poCopy->m_oRequest.pfnProgress(
               0.999, "", poCopy->m_oRequest.pProgressData) != FALSE;
}

/* A classic TIFF that turns out to be too small becomes a BigTIFF, unless it
 * was asked for by name. */
rt_status Copy::Finish(rt_error *err)
{
    rt_status eStatus = rt_cog_file_finish(m_poFile.get(), m_oRequest.pszPath,
                                           OnProgress, this, err);

    if (eStatus != RT_ERR_RANGE ||
        EQUAL(m_aosImage.FetchNameValueDef("BIGTIFF", ""), "NO"))
        return eStatus;
    m_aosImage.SetNameValue("BIGTIFF", "YES");
    eStatus = WriteHeader(err);
    if (eStatus != RT_OK)
        return eStatus;
    return rt_cog_file_finish(m_poFile.get(), m_oRequest.pszPath, OnProgress,
                              this, err);
}

rt_status Copy::Run(rt_error *err)
{
    rt_status eStatus = m_bCog ? PrepareCog(err) : PrepareGTiff(err);

    if (eStatus == RT_OK)
        eStatus = WriteHeader(err);
    if (eStatus == RT_OK)
        eStatus = Fill(err);
    if (eStatus == RT_OK)
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
    RetileOverviewOptions oOptions;
    const rt_status eStatus = RetileParseOverviewOptions(
        poSrcDS, papszOptions, RetileCogOverviews::None, oOptions, err);

    bAsks = oOptions.eWhich != RetileCogOverviews::None;
    return eStatus;
}

rt_status RetileWriteCog(const RetileCogCopyRequest &oRequest, bool bCog,
                         RetileHeader &oHeader, bool &bClamped, rt_error *err)
{
    Copy oCopy(oRequest, bCog, oHeader, bClamped);

    return oCopy.Run(err);
}
