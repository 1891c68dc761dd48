/* create_copy.cpp - see create_copy.h. */
#include "gdal/create_copy.h"

#include <cstring>

#include "cpl_conv.h"
#include "gdal/base/copy_target.h"
#include "gdal/base/descriptor.h"
#include "gdal/base/driver_options.h"
#include "gdal/base/gzip_properties.h"
#include "gdal/base/last_error.h"
#include "gdal/base/report.h"
#include "gdal/base/watched_progress.h"
#include "gdal/copy/cog_option_list.h"
#include "gdal/geotiff_copy.h"
#include "gdal/view/dataset.h"
#include "gdal/view/options.h"
#include "io/dataset/file_stat.h"
#include "io/vrt/reopen.h"

enum class Layout { GTiff, Cog, Descriptor };

static rt_status FindLayout(const char *pszFilename, CSLConstList papszOptions,
                            Layout &eLayout, rt_error *err)
{
    const bool bNamed = EQUAL(CPLGetExtension(pszFilename), "retile");
    const char *pszLayout = CSLFetchNameValueDef(
        papszOptions, "LAYOUT", bNamed ? "DESCRIPTOR" : "GTIFF");

    eLayout = EQUAL(pszLayout, "DESCRIPTOR") ? Layout::Descriptor
              : EQUAL(pszLayout, "COG")      ? Layout::Cog
                                             : Layout::GTiff;
    if (eLayout != Layout::GTiff || EQUAL(pszLayout, "GTIFF"))
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "LAYOUT=%s is unknown: write GTIFF, COG or DESCRIPTOR",
                        pszLayout);
}

/* A name such as NETCDF:"f.nc":v, with its file made absolute. */
static std::string AbsoluteConnection(GDALDataset *poSrcDS,
                                      const std::string &osName)
{
    VSIStatBufL sStat;

    if (rt_file_stat(osName.c_str(), &sStat) == 0)
        return osName;
    const CPLStringList aosFiles(poSrcDS->GetFileList());
    for (int i = 0; i < aosFiles.size(); i++) {
        const char *pszFile = aosFiles[i];
        const size_t nAt = osName.find(pszFile);
        char *pszReal = nullptr;

        if (nAt == std::string::npos || !CPLIsFilenameRelative(pszFile) ||
            (pszReal = realpath(pszFile, nullptr)) == nullptr)
            continue;
        std::string osAbsolute = osName;
        osAbsolute.replace(nAt, strlen(pszFile), pszReal);
        free(pszReal);
        return osAbsolute;
    }
    return osName;
}

/* Whether the name will open what poSrcDS shows, also later and in other
 * processes. GDAL's memory files exist in this process only, so only a
 * descriptor that is such a file itself may name one. */
static rt_status CheckName(GDALDataset *poSrcDS, const char *pszFilename,
                           const RetileDescriptor &oDescriptor, rt_error *err)
{
    const bool bMayBeInMemory = STARTS_WITH(pszFilename, "/vsimem/");
    rt_reopen oReopen;

    if (!bMayBeInMemory && strstr(oDescriptor.osSource.c_str(), "/vsimem/"))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the source '%s' is in the memory of this process, "
                            "and a descriptor in a file would find nothing "
                            "there; write it to a file first",
                            oDescriptor.osSource.c_str());
    if (dynamic_cast<RetileDataset *>(poSrcDS) != nullptr ||
        poSrcDS->GetAccess() == GA_Update)
        return RT_OK;
    rt_reopen_choose(GDALDataset::ToHandle(poSrcDS), nullptr,
                     poSrcDS->GetOpenOptions(), &oReopen);
    const bool bSame = oReopen.name != nullptr || oReopen.nature.by_thread;
    const std::string osWhy = bSame ? "" : oReopen.why_not;
    rt_reopen_free(&oReopen);
    if (bSame)
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "a descriptor needs a source that can be opened by its "
                        "name, and '%s' cannot: %s; write it to a file first",
                        oDescriptor.osSource.c_str(), osWhy.c_str());
}

static rt_status DescribeSource(GDALDataset *poSrcDS, const char *pszFilename,
                                RetileDescriptor &oDescriptor, rt_error *err)
{
    const auto *poView = dynamic_cast<RetileDataset *>(poSrcDS);
    const char *pszDriver = poSrcDS->GetDriverName();

    if (poView != nullptr) {
        oDescriptor.osSource = poView->View()->Descriptor().osSource;
        oDescriptor.aosSourceOptions =
            poView->View()->Descriptor().aosSourceOptions;
        oDescriptor.oOptions = poView->View()->Options().oGiven;
    } else {
        oDescriptor.osSource = poSrcDS->GetDescription();
        oDescriptor.aosSourceOptions =
            CPLStringList(CSLDuplicate(poSrcDS->GetOpenOptions()));
    }
    const bool bInMemory = EQUAL(pszDriver, "MEM") &&
                           !STARTS_WITH(oDescriptor.osSource.c_str(), "MEM:");
    if (oDescriptor.osSource.empty() || bInMemory)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "a descriptor needs a source that can be opened "
                            "by its name, and this %s dataset has none; write "
                            "it to a file first",
                            pszDriver);
    oDescriptor.osSource = AbsoluteConnection(poSrcDS, oDescriptor.osSource);
    return CheckName(poSrcDS, pszFilename, oDescriptor, err);
}

/* The creation options that are open options of the view. GDAL has already
 * warned of others. */
static CPLStringList ViewOptions(CSLConstList papszOptions)
{
    CPLStringList aosOptions;

    for (const char *pszName : RetileOptionNames(false)) {
        const char *pszValue = CSLFetchNameValue(papszOptions, pszName);

        if (pszValue != nullptr)
            aosOptions.SetNameValue(pszName, pszValue);
    }
    return aosOptions;
}

/* A descriptor may replace another one of the same source. */
static rt_status CheckTarget(const char *pszFilename, GDALDataset *poSrcDS,
                             rt_error *err)
{
    const bool bView = dynamic_cast<RetileDataset *>(poSrcDS) != nullptr;

    if (bView && RetileCanonicalName(pszFilename) ==
                     RetileCanonicalName(poSrcDS->GetDescription()))
        return RT_OK;
    return RetileCheckTarget(pszFilename, poSrcDS, err);
}

/* Writes the descriptor after the view that it describes has opened. Reports 1
 * before that: a copy that is cancelled leaves no file. */
static rt_status Write(const char *pszFilename, GDALDataset *poSrcDS,
                       CSLConstList papszOptions,
                       RetileWatchedProgress &sProgress, rt_error *err)
{
    CPLStringList aosOptions(ViewOptions(papszOptions));
    RetileDescriptor oDescriptor;
    RetileOptions oOptions;
    rt_status eStatus = CheckTarget(pszFilename, poSrcDS, err);

    if (eStatus == RT_OK)
        eStatus = DescribeSource(poSrcDS, pszFilename, oDescriptor, err);

    for (const auto &oItem : oDescriptor.oOptions)
        if (aosOptions.FetchNameValue(oItem.first.c_str()) == nullptr)
            aosOptions.SetNameValue(oItem.first.c_str(), oItem.second.c_str());
    if (eStatus == RT_OK)
        eStatus = RetileSetOptions(oOptions, aosOptions.List(), err);
    if (eStatus == RT_OK)
        eStatus = RetileCheckOptions(oOptions, err);
    if (eStatus != RT_OK)
        return eStatus;
    if (RetileSharedView::Open(oDescriptor, oOptions, err) == nullptr)
        return err->status;
    if (!RetileWatchedProgress::Report(1.0, "", &sProgress))
        return rt_error_set(err, RT_ERR_CANCELLED, "cancelled");
    oDescriptor.oOptions = oOptions.oGiven;
    return RetileWriteDescriptor(pszFilename, oDescriptor, nullptr,
                                 RetileOlderFiles(pszFilename, poSrcDS), err);
}

static GDALDataset *WriteDescriptor(const char *pszFilename,
                                    GDALDataset *poSrcDS,
                                    CSLConstList papszOptions,
                                    RetileWatchedProgress &sProgress,
                                    rt_error *err)
{
    if (Write(pszFilename, poSrcDS, papszOptions, sProgress, err) != RT_OK)
        return nullptr;
    GDALDataset *poDS = GDALDataset::Open(pszFilename, GDAL_OF_RASTER);
    if (poDS == nullptr)
        (void)rt_error_set(err, RT_ERR_SOURCE,
                           "'%s' was written and cannot be opened: %s",
                           pszFilename, CPLGetLastErrorMsg());
    return poDS;
}

/* GDAL chooses no driver by the name if one is asked for. LAYOUT says that the
 * name is meant. */
static void WarnOfName(const char *pszFilename, CSLConstList papszOptions)
{
    const std::string osExtension = CPLGetExtension(pszFilename);
    const std::string osOwner =
        osExtension.empty() || CSLFetchNameValue(papszOptions, "LAYOUT")
            ? ""
            : RetileDriverOfExtension(osExtension.c_str());

    if (!osOwner.empty())
        CPLError(CE_Warning, CPLE_AppDefined,
                 "RETILE: '%s' becomes a GeoTIFF, although .%s is an extension "
                 "of the driver %s; give it a name that ends in .tif, or "
                 "LAYOUT=GTIFF if the name is meant",
                 pszFilename, osExtension.c_str(), osOwner.c_str());
}

/* Options of a view have no effect on a copy, which is made anyway. */
static void WarnOfOptionsWithoutEffect(CSLConstList papszOptions, bool bCog)
{
    const char *pszOverviews =
        CSLFetchNameValueDef(papszOptions, "OVERVIEWS", "NONE");

    RetileWarnOfViewOptions(papszOptions, bCog ? "COG" : "GTIFF");
    if (bCog)
        RetileWarnOfOthersThanCog(papszOptions);
    else
        RetileWarnOfCogOptions(papszOptions, !EQUAL(pszOverviews, "NONE"));
    RetileLastWarning::Note();
}

GDALDataset *RetileCreateCopy(const char *pszFilename, GDALDataset *poSrcDS,
                              int bStrict, CSLConstList papszOptions,
                              GDALProgressFunc pfnProgress, void *pProgressData)
{
    const RetileLastWarning oLastWarning;
    const RetileNoGzipProperties oNoFiles;
    GDALDataset *poDS = nullptr;
    Layout eLayout = Layout::GTiff;
    RetileWatchedProgress sProgress = {
        pfnProgress != nullptr ? pfnProgress : GDALDummyProgress, pProgressData,
        false};
    rt_error err;

    if (FindLayout(pszFilename, papszOptions, eLayout, &err) == RT_OK) {
        if (!RetileWatchedProgress::Report(0.0, "", &sProgress))
            (void)rt_error_set(&err, RT_ERR_CANCELLED, "cancelled");
        else if (eLayout == Layout::Descriptor)
            poDS = WriteDescriptor(pszFilename, poSrcDS, papszOptions,
                                   sProgress, &err);
        else {
            const bool bCog = eLayout == Layout::Cog;
            /* From 3.9 on GDAL warps large requests of a VRT at once, not in
             * its blocks. Pixels would depend on the memory of the copy. */
            const CPLConfigOptionSetter oBlocks(
                "GDAL_VRT_WARP_USE_DATASET_RASTERIO", "NO", true);

            WarnOfName(pszFilename, papszOptions);
            WarnOfOptionsWithoutEffect(papszOptions, bCog);
            poDS = RetileCopyToGeoTiff(
                pszFilename, poSrcDS, bCog, bStrict != FALSE, papszOptions,
                RetileWatchedProgress::Report, &sProgress, &err);
        }
    }
    if (poDS == nullptr)
        RetileReport(err);
    return poDS;
}

std::string RetileTellPlan(GDALDataset *poSrcDS, CSLConstList papszOptions)
{
    const RetileNoGzipProperties oNoFiles;
    Layout eLayout = Layout::GTiff;
    RetilePlanReport oPlan;
    rt_error err;
    rt_status eStatus = FindLayout("", papszOptions, eLayout, &err);

    if (eStatus == RT_OK && eLayout == Layout::Descriptor)
        eStatus = rt_error_set(&err, RT_ERR_ARGUMENT,
                               "a descriptor has no plan: write LAYOUT=GTIFF "
                               "or COG");
    const bool bCog = eLayout == Layout::Cog;
    const CPLConfigOptionSetter oBlocks("GDAL_VRT_WARP_USE_DATASET_RASTERIO",
                                        "NO", true);
    if (eStatus == RT_OK)
        eStatus = RetilePlanGeoTiff(poSrcDS, bCog, papszOptions, oPlan, &err);
    if (eStatus == RT_OK)
        return oPlan.Json(bCog ? "COG" : "GTIFF");
    RetileReport(err);
    return "";
}
