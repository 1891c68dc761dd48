/* warp.cpp - see warp.h.
 *
 * The arguments of the warp are those of the COG driver. Its block grid is
 * fixed (warp_grid.h), so that all threads compute the same pixels.
 */
#include "gdal/cog/warp.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "gdal/base/error_keeper.h"
#include "gdal/cog/warp_grid.h"
#include "gdal/cog/warp_source.h"
#include "gdal_utils.h"
#include "io/dataset/gdal_versions.h"
#include "io/vrt/reopen.h"

namespace
{

void AddNumber(CPLStringList &aosArgs, double dfNumber)
{
    aosArgs.AddString(CPLSPrintf("%.18g", dfNumber));
}

/* The resolution is passed only if it agrees with the size. Otherwise gdalwarp
 * refuses the two together. */
void AddGrid(CPLStringList &aosArgs, const RetileCogTarget &oTarget)
{
    const auto Fits = [&oTarget](double dfFrom, double dfTo, int nSize) {
        return std::fabs((dfTo - dfFrom) / oTarget.dfRes - nSize) <= 1e-8;
    };

    aosArgs.AddString("-t_srs");
    aosArgs.AddString(oTarget.osSRS.c_str());
    aosArgs.AddString("-te");
    for (const double dfEdge :
         {oTarget.dfMinX, oTarget.dfMinY, oTarget.dfMaxX, oTarget.dfMaxY})
        AddNumber(aosArgs, dfEdge);
    aosArgs.AddString("-ts");
    for (const int nSize : {oTarget.nXSize, oTarget.nYSize})
        aosArgs.AddString(CPLSPrintf("%d", nSize));
    if (!Fits(oTarget.dfMinX, oTarget.dfMaxX, oTarget.nXSize) ||
        !Fits(oTarget.dfMinY, oTarget.dfMaxY, oTarget.nYSize))
        return;
    aosArgs.AddString("-tr");
    AddNumber(aosArgs, oTarget.dfRes);
    AddNumber(aosArgs, oTarget.dfRes);
}

/* Pixels beyond the source are nodata if there is nodata, otherwise
 * transparent. */
bool NeedsAlpha(GDALDataset *poSrcDS, const RetileCogReprojection &oAsked)
{
    int bHasNoData = FALSE;

    (void)poSrcDS->GetRasterBand(1)->GetNoDataValue(&bHasNoData);
    return bHasNoData == FALSE && oAsked.bAddAlpha;
}

CPLStringList WarpArguments(GDALDataset *poSrcDS,
                            const RetileCogReprojection &oAsked,
                            const RetileCogTarget &oTarget)
{
    CPLStringList aosArgs;

    aosArgs.AddString("-of");
    aosArgs.AddString("VRT");
    AddGrid(aosArgs, oTarget);
    if (NeedsAlpha(poSrcDS, oAsked))
        aosArgs.AddString("-dstalpha");
    for (const char *pszArg :
         {"-r", oAsked.osResampling.c_str(), "-wo", "SAMPLE_GRID=YES"})
        aosArgs.AddString(pszArg);
    return aosArgs;
}

/* A warped VRT does not show 64-bit nodata. Its pixels have the nearest double,
 * and so has the nodata of files that gdalwarp writes from GDAL 3.7 on, if the
 * type holds it. */
void ShowLongNoData(GDALDataset *poSrcDS, GDALDataset *poWarped)
{
    constexpr double MOST_SIGNED = 9223372036854775808.0;
    constexpr double MOST_UNSIGNED = 18446744073709551616.0;
    const int nBands =
        std::min(poSrcDS->GetRasterCount(), poWarped->GetRasterCount());

    for (int i = 1; i <= nBands; i++) {
        GDALRasterBand *poFrom = poSrcDS->GetRasterBand(i);
        GDALRasterBand *poTo = poWarped->GetRasterBand(i);
        int bHas = FALSE;

        if (poFrom->GetRasterDataType() == GDT_Int64) {
            const auto dfValue =
                static_cast<double>(poFrom->GetNoDataValueAsInt64(&bHas));
            if (bHas && dfValue < MOST_SIGNED)
                poTo->SetNoDataValueAsInt64(static_cast<int64_t>(dfValue));
        } else if (poFrom->GetRasterDataType() == GDT_UInt64) {
            const auto dfValue =
                static_cast<double>(poFrom->GetNoDataValueAsUInt64(&bHas));
            if (bHas && dfValue < MOST_UNSIGNED)
                poTo->SetNoDataValueAsUInt64(static_cast<uint64_t>(dfValue));
        }
    }
}

GDALDatasetUniquePtr Warp(GDALDataset *poSrcDS,
                          const RetileCogReprojection &oAsked,
                          const RetileCogTarget &oTarget)
{
    CPLStringList aosArgs = WarpArguments(poSrcDS, oAsked, oTarget);
    GDALDatasetH hSrcDS = GDALDataset::ToHandle(poSrcDS);
    GDALWarpAppOptions *psOptions =
        GDALWarpAppOptionsNew(aosArgs.List(), nullptr);

    if (psOptions == nullptr)
        return nullptr;
    GDALDatasetH hWarped =
        GDALWarp("", nullptr, 1, &hSrcDS, psOptions, nullptr);
    GDALWarpAppOptionsFree(psOptions);
    if (hWarped != nullptr)
        ShowLongNoData(poSrcDS, GDALDataset::FromHandle(hWarped));
    return GDALDatasetUniquePtr(GDALDataset::FromHandle(hWarped));
}

/* The same VRT opened from its XML, in blocks of one size. nullptr if the XML
 * does not show the same. */
GDALDatasetUniquePtr OpenInBlocks(GDALDataset *poSrcDS, GDALDataset *poWarped)
{
    static const char *const apszVRT[] = {"VRT", nullptr};
    GDALDatasetUniquePtr poAgain;
    rt_reopen oReopen;

    rt_reopen_choose(GDALDataset::ToHandle(poWarped), nullptr, nullptr,
                     &oReopen);
    if (oReopen.name != nullptr) {
        const std::string osXML =
            RetileFixWarpGrid(oReopen.name, poSrcDS, poWarped);

        poAgain.reset(GDALDataset::Open(osXML.c_str(),
                                        GDAL_OF_RASTER | GDAL_OF_INTERNAL,
                                        apszVRT, oReopen.options));
    } else {
        CPLDebug("RETILE", "COG: reprojected by one thread: %s",
                 oReopen.why_not);
    }
    rt_reopen_free(&oReopen);
    return poAgain;
}

/* Fails with the messages of GDAL's failures. */
rt_status Refused(const RetileErrorKeeper &oErrors, rt_status eStatus,
                  const char *pszOtherwise, rt_error *err)
{
    return rt_error_set(err, eStatus, "%s",
                        oErrors.Told(0, pszOtherwise).c_str());
}

rt_status OpenWarped(GDALDataset *poSrcDS, const RetileCogOptions &oOptions,
                     RetileCogSource &oSource, rt_error *err)
{
    rt_status eStatus =
        RetileFindCogTarget(poSrcDS, oOptions, oSource.oTarget, err);

    if (eStatus != RT_OK || RetileIsAtCogTarget(poSrcDS, oSource.oTarget))
        return eStatus;
    RetileCogReprojection oAsked = oOptions.oReprojection;
    oSource.poUnder = RetileUnderPlainWarp(poSrcDS, oAsked.osResampling);
    if (oSource.poUnder != nullptr) {
        poSrcDS = oSource.poUnder.get();
        CPLDebug("RETILE", "COG: '%s' is reprojected once",
                 poSrcDS->GetDescription());
    }
    RetileErrorKeeper oErrors;
    oSource.poWarped = Warp(poSrcDS, oAsked, oSource.oTarget);
    if (oSource.poWarped == nullptr)
        return Refused(oErrors, RT_ERR_ARGUMENT,
                       "the source cannot be reprojected", err);
    oErrors.End();
    RetileErrorKeeper oNoErrors;
    GDALDatasetUniquePtr poAgain =
        OpenInBlocks(poSrcDS, oSource.poWarped.get());
    if (poAgain != nullptr)
        oSource.poWarped = std::move(poAgain);
    oSource.poDS = oSource.poWarped.get();
    return RT_OK;
}

} // namespace

bool RetileHasAlphaForMask(GDALDataset *poDS)
{
    const int nBands = poDS->GetRasterCount();
    const bool bFits =
        nBands == 4 || (nBands == 2 && RT_GDAL_MASK_OF_GREY_ALPHA);

    return bFits && poDS->GetRasterBand(nBands)->GetColorInterpretation() ==
                        GCI_AlphaBand;
}

GDALDatasetUniquePtr RetileMaskByAlpha(GDALDataset *poDS, rt_error *err)
{
    const int nAlpha = poDS->GetRasterCount();
    RetileErrorKeeper oErrors;
    CPLStringList aosArgs;

    aosArgs.AddString("-of");
    aosArgs.AddString("VRT");
    for (int i = 1; i <= nAlpha; i++) {
        aosArgs.AddString(i < nAlpha ? "-b" : "-mask");
        aosArgs.AddString(CPLSPrintf("%d", i));
    }
    GDALTranslateOptions *psOptions =
        GDALTranslateOptionsNew(aosArgs.List(), nullptr);
    GDALDatasetUniquePtr poMasked(GDALDataset::FromHandle(
        GDALTranslate("", GDALDataset::ToHandle(poDS), psOptions, nullptr)));
    GDALTranslateOptionsFree(psOptions);
    if (poMasked == nullptr)
        (void)Refused(oErrors, RT_ERR_SOURCE,
                      "the alpha band cannot become a mask", err);
    oErrors.End();
    return poMasked;
}

rt_status RetileOpenCogSource(GDALDataset *poSrcDS,
                              const RetileCogOptions &oOptions,
                              RetileCogSource &oSource, rt_error *err)
{
    oSource.poMasked.reset();
    oSource.poWarped.reset();
    oSource.poUnder.reset();
    oSource.oTarget = {};
    oSource.poDS = poSrcDS;
    if (oOptions.oReprojection.IsAsked()) {
        const rt_status eStatus = OpenWarped(poSrcDS, oOptions, oSource, err);

        if (eStatus != RT_OK)
            return eStatus;
    }
    if (!oOptions.bMaskForAlpha || !RetileHasAlphaForMask(oSource.poDS))
        return RT_OK;
    oSource.poMasked = RetileMaskByAlpha(oSource.poDS, err);
    if (oSource.poMasked == nullptr)
        return err->status;
    oSource.poDS = oSource.poMasked.get();
    return RT_OK;
}
