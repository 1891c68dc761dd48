/* geotiff_copy.cpp - see geotiff_copy.h.
 *
 * GTiff writes the header with all tags and no tiles into a folder of this
 * driver's own. The engine fills in the tiles. Then everything is renamed to
 * its place.
 */
#include "gdal/geotiff_copy.h"

#include <atomic>
#include <memory>
#include <string>

#include "cpl_conv.h"
#include "gdal/base/copy_target.h"
#include "gdal/base/driver_options.h"
#include "gdal/base/error_keeper.h"
#include "gdal/base/last_error.h"
#include "gdal/base/progress_part.h"
#include "gdal/base/report.h"
#include "gdal/cog/apart.h"
#include "gdal/cog/copy.h"
#include "gdal/copy/chip_tiles.h"
#include "gdal/copy/images.h"
#include "gdal/copy/jpeg.h"
#include "io/dataset/gdal_errors.h"
#include "io/output/files.h"

namespace
{

struct DiscardOutput {
    void operator()(rt_output *output) const { rt_output_discard(output); }
};
using OutputPtr = std::unique_ptr<rt_output, DiscardOutput>;

/* Whether the finished file is copied to the target rather than renamed. */
bool IsCopiedTo(const char *pszFilename)
{
    return STARTS_WITH(pszFilename, "/vsi") &&
           !STARTS_WITH(pszFilename, "/vsimem/");
}

class Copy
{
  public:
    Copy(const char *pszFilename, GDALDataset *poSrcDS, bool bCog, bool bStrict,
         CSLConstList papszOptions, GDALProgressFunc pfnProgress,
         void *pProgressData)
        : m_pszFilename(pszFilename), m_poSrcDS(poSrcDS), m_bCog(bCog),
          m_bStrict(bStrict), m_papszOptions(papszOptions),
          m_pfnProgress(pfnProgress), m_pProgressData(pProgressData),
          m_bStdout(STARTS_WITH(pszFilename, "/vsistdout")),
          m_bCopiedTo(IsCopiedTo(pszFilename)),
          m_oWriting(0, m_bCopiedTo ? RETILE_FIRST_STEP : RETILE_ALMOST_DONE,
                     pfnProgress, pProgressData)
    {
    }

    GDALDataset *Run(rt_error *err);
    /* Stops before anything is filled. */
    rt_status Plan(RetilePlanReport &oPlan, rt_error *err);

  private:
    rt_status Begin(rt_error *err);
    rt_status Write(rt_error *err);
    rt_status WriteCog(rt_error *err);
    rt_status WriteByGTiff(bool bJpeg, CSLConstList papszGTiff, rt_error *err);
    void ReportLosses(GDALDataset *poDS) const;
    rt_status ReadBack(rt_error *err);
    rt_status Reopen(rt_error *err);
    static rt_status OnPlaced(void *pCopy, rt_error *err);
    rt_status AskBeforeCommit(rt_error *err) const;
    rt_status Commit(rt_error *err);
    GDALDataset *Finish(rt_error *err);
    GDALDataset *WriteAndFinish(rt_error *err);

    const char *const m_pszFilename;
    GDALDataset *const m_poSrcDS;
    const bool m_bCog;
    const bool m_bStrict;
    const CSLConstList m_papszOptions;
    const GDALProgressFunc m_pfnProgress;
    void *const m_pProgressData;
    const bool m_bStdout;
    const bool m_bCopiedTo;
    const RetileProgressPart m_oWriting; /* everything except the commit */
    RetileCopyOptions m_oOptions{};
    OutputPtr m_poOutput{};
    GDALDatasetUniquePtr m_poReadBack{}; /* of standard output, until the end */
    GDALDatasetUniquePtr m_poFinished{}; /* under its name */
    RetileHeader m_oHeader{};
    bool m_bClamped = false;
    RetilePlanReport *m_poPlan = nullptr; /* what is told instead of copying */

    CPL_DISALLOW_COPY_ASSIGN(Copy)
};

/* GTiff writes everything if a JPEG's coefficients are copied, otherwise
 * everything except tiles. */
rt_status Copy::WriteByGTiff(bool bJpeg, CSLConstList papszGTiff, rt_error *err)
{
    const char *pszPath = rt_output_path(m_poOutput.get());
    RetileErrorKeeper oErrors;

    const rt_status eStatus =
        bJpeg ? RetileCopyJpegCoefficients(pszPath, m_poSrcDS, m_bStrict,
                                           papszGTiff, m_oWriting.Function(),
                                           m_oWriting.Data(), err)
              : RetileWriteGeoTiffHeader(pszPath, m_poSrcDS, m_bStrict,
                                         papszGTiff, m_oHeader, err);
    oErrors.End();
    return eStatus;
}

/* Files with overviews, in either layout. */
rt_status Copy::WriteCog(rt_error *err)
{
    const char *pszPath = rt_output_path(m_poOutput.get());
    const RetileCogCopyRequest oRequest = {
        pszPath,        m_pszFilename,         m_poSrcDS,         m_bStrict,
        m_papszOptions, m_oWriting.Function(), m_oWriting.Data(), m_poPlan};
    const bool bApart = m_bCog && RetileAsksForBandsApart(m_papszOptions);

    if (bApart && m_poPlan != nullptr)
        m_poPlan->AddOther("written by GDAL's COG driver: its bands are apart");
    else if (bApart)
        return RetileWriteBandsApart(oRequest, err);
    if (bApart)
        return RT_OK;
    return RetileWriteCog(oRequest, m_bCog, m_oHeader, m_bClamped, err);
}

rt_status Copy::Write(rt_error *err)
{
    CPLStringList aosGTiff(RetileGTiffOptions(m_papszOptions));
    bool bOverviews = false;
    if (m_poSrcDS->GetRasterCount() == 0)
        return rt_error_set(err, RT_ERR_SOURCE, "source '%s' has no bands",
                            m_poSrcDS->GetDescription());
    rt_status eStatus = m_bCog
                            ? RT_OK
                            : RetileAsksForOverviews(m_poSrcDS, m_papszOptions,
                                                     bOverviews, err);

    if (eStatus == RT_OK && (m_bCog || bOverviews))
        return WriteCog(err);
    if (eStatus == RT_OK)
        eStatus = RetileAskForChips(m_poSrcDS, aosGTiff, err);
    if (eStatus != RT_OK)
        return eStatus;
    const bool bJpeg = m_oOptions.ePassthrough != RetilePassthrough::No &&
                       RetileCopiesJpegCoefficients(m_poSrcDS, aosGTiff.List());
    if (bJpeg && m_poPlan != nullptr) {
        m_poPlan->AddOther("the JPEG's coefficients are copied by GTiff");
        return RT_OK;
    }
    eStatus = WriteByGTiff(bJpeg, aosGTiff.List(), err);
    if (bJpeg || eStatus != RT_OK)
        return eStatus;
    const RetileFillRequest oRequest = {
        m_pszFilename,         m_poSrcDS,         m_papszOptions, m_oOptions,
        m_oWriting.Function(), m_oWriting.Data(), m_poPlan};
    return RetileFillImages(oRequest, m_oHeader.aoImages, m_bClamped, err);
}

GDALDataset *OpenFinished(const char *pszName, unsigned nFlags,
                          CSLConstList papszOptions = nullptr)
{
    static const char *const apszGTiff[] = {"GTiff", nullptr};

    return GDALDataset::Open(pszName, nFlags | GDAL_OF_RASTER, apszGTiff,
                             papszOptions);
}

/* The finished file must open before it gets its name. */
rt_status Copy::ReadBack(rt_error *err)
{
    rt_gdal_errors oErrors;

    rt_gdal_errors_begin(&oErrors);
    m_poReadBack.reset(
        OpenFinished(rt_output_path(m_poOutput.get()), GDAL_OF_READONLY));
    const bool bOpened = m_poReadBack != nullptr;
    const int nPassedOver = oErrors.count; /* such as coordinate systems */
    if (!m_bStdout)
        m_poReadBack.reset();
    rt_gdal_errors_end(&oErrors);
    if (bOpened && oErrors.count == nPassedOver)
        return RT_OK;
    return rt_error_set(err, RT_ERR_IO, "'%s' cannot be read back: %s",
                        m_pszFilename,
                        rt_gdal_errors_text(&oErrors, "no reason given"));
}

/* Opens the file as CreateCopy returns it. From 3.10 on, GTiff refuses to open
 * a COG for update unless it is told that its layout may break. */
rt_status Copy::Reopen(rt_error *err)
{
    static const char *const pszBreak = "IGNORE_COG_LAYOUT_BREAK";
    CPLStringList aosOptions;
    RetileErrorKeeper oErrors;

    if (RetileDriverDeclares("GTiff", pszBreak, GDAL_DMD_OPENOPTIONLIST))
        aosOptions.SetNameValue(pszBreak, "YES");
    m_poFinished.reset(
        OpenFinished(m_pszFilename, GDAL_OF_UPDATE, aosOptions.List()));
    const std::string osWhy = oErrors.Told(0, "no reason given");
    if (m_poFinished == nullptr)
        return rt_error_set(err, RT_ERR_IO,
                            "'%s' was written and cannot be opened: %s",
                            m_pszFilename, osWhy.c_str());
    oErrors.End();
    return RT_OK;
}

rt_status Copy::OnPlaced(void *pCopy, rt_error *err)
try {
    return static_cast<Copy *>(pCopy)->Reopen(err);
} catch (...) {
    return RetileExceptionStatus(err);
}

/* Reports 1 before the file gets its name, because a copy that is cancelled
 * then leaves no file. If the file is copied to its target, 1 is reported with
 * its last bytes. Also for a step that was told to stop and went on. */
rt_status Copy::AskBeforeCommit(rt_error *err) const
{
    const bool bGoOn = m_bCopiedTo
                           ? m_oWriting.Function()(1.0, "", m_oWriting.Data())
                           : m_pfnProgress(1.0, "", m_pProgressData);

    return bGoOn ? RT_OK : rt_error_set(err, RT_ERR_CANCELLED, "cancelled");
}

/* The lock stops two copies with different files beside them from treating each
 * other's files as stale, or from missing them. It is held until the output is
 * discarded. */
rt_status Copy::Commit(rt_error *err)
{
    rt_status eStatus = rt_output_lock(m_poOutput.get(), err);

    if (eStatus != RT_OK)
        return eStatus;
    const CPLStringList aosOlder(
        m_bStdout ? CPLStringList()
                  : RetileOlderFiles(m_pszFilename, m_poSrcDS));
    RetileProgressPart oCopying(RETILE_FIRST_STEP, 1.0, m_pfnProgress,
                                m_pProgressData);
    const rt_output_progress oProgress = {RetileProgressPart::Report,
                                          &oCopying};
    if (!m_bStdout)
        rt_output_on_placed(m_poOutput.get(), OnPlaced, this);
    return rt_output_commit(m_poOutput.get(), aosOlder.List(), &oProgress, err);
}

GDALDataset *Copy::Finish(rt_error *err)
{
    RetileLastWarning::Note();
    rt_status eStatus = ReadBack(err);

    if (eStatus == RT_OK)
        eStatus = AskBeforeCommit(err);
    if (eStatus == RT_OK)
        eStatus = Commit(err);
    if (eStatus != RT_OK)
        return nullptr;
    return (m_bStdout ? m_poReadBack : m_poFinished).release();
}

/* Warns of what the file holds differently from the source, or not at all. */
void Copy::ReportLosses(GDALDataset *poDS) const
{
    GDALRasterBand *poBand = poDS->GetRasterBand(1);
    const char *pszBits = poBand->GetMetadataItem("NBITS", "IMAGE_STRUCTURE");

    /* Later versions of GDAL read it as Float16. */
    if (m_bClamped && GDALDataTypeIsFloating(poBand->GetRasterDataType()))
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

/* Messages about the file in the temporary folder show the target's name. */
GDALDataset *Copy::WriteAndFinish(rt_error *err)
{
    const RetileShownName oShown(rt_output_path(m_poOutput.get()),
                                 m_pszFilename);
    GDALDataset *poDS = Write(err) == RT_OK ? Finish(err) : nullptr;

    if (poDS == nullptr)
        (void)rt_error_set(err, err->status, "%s",
                           RetileShownName::In(err->text).c_str());
    return poDS;
}

/* Checks options and target, and makes the folder. */
rt_status Copy::Begin(rt_error *err)
{
    rt_output *poOutput = nullptr;
    rt_status eStatus =
        m_bCog ? RT_OK
               : RetileParseCopyOptions(m_papszOptions, m_oOptions, err);

    if (eStatus == RT_OK)
        eStatus = RetileCheckTarget(m_pszFilename, m_poSrcDS, err);
    if (eStatus == RT_OK)
        eStatus = RetileCheckTiffName(m_pszFilename, err);
    if (eStatus == RT_OK)
        eStatus = rt_output_create(m_pszFilename, &poOutput, err);
    m_poOutput.reset(poOutput);
    return eStatus;
}

rt_status Copy::Plan(RetilePlanReport &oPlan, rt_error *err)
{
    m_poPlan = &oPlan;
    const rt_status eStatus = Begin(err);
    return eStatus == RT_OK ? Write(err) : eStatus;
}

GDALDataset *Copy::Run(rt_error *err)
{
    const rt_status eStatus = Begin(err);
    GDALDataset *poDS = eStatus == RT_OK ? WriteAndFinish(err) : nullptr;
    if (poDS == nullptr)
        return nullptr;
    m_poOutput.reset();
    ReportLosses(poDS);
    return poDS;
}

} // namespace

GDALDataset *RetileCopyToGeoTiff(const char *pszFilename, GDALDataset *poSrcDS,
                                 bool bCog, bool bStrict,
                                 CSLConstList papszOptions,
                                 GDALProgressFunc pfnProgress,
                                 void *pProgressData, rt_error *err)
{
    Copy oCopy(pszFilename, poSrcDS, bCog, bStrict, papszOptions, pfnProgress,
               pProgressData);

    return oCopy.Run(err);
}

rt_status RetilePlanGeoTiff(GDALDataset *poSrcDS, bool bCog,
                            CSLConstList papszOptions, RetilePlanReport &oPlan,
                            rt_error *err)
{
    static std::atomic<unsigned> nPlans{0};
    const std::string osPath("/vsimem/retile_plan_" + std::to_string(nPlans++) +
                             ".tif");
    Copy oCopy(osPath.c_str(), poSrcDS, bCog, false, papszOptions,
               GDALDummyProgress, nullptr);

    return oCopy.Plan(oPlan, err);
}
