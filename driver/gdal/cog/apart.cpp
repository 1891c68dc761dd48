/* apart.cpp - see apart.h. */
#include "gdal/cog/apart.h"

#include <string>

#include "cpl_string.h"
#include "gdal/base/driver_options.h"
#include "gdal/base/error_keeper.h"
#include "gdal/base/watched_progress.h"
#include "gdal_priv.h"

namespace
{

/* Those that the COG driver has. */
CPLStringList CogOptions(CSLConstList papszOptions)
{
    CPLStringList aosOptions;

    for (; papszOptions && *papszOptions; papszOptions++) {
        const std::string osOption = *papszOptions;

        if (RetileDriverDeclares(
                "COG", osOption.substr(0, osOption.find('=')).c_str()))
            aosOptions.AddString(osOption.c_str());
    }
    return aosOptions;
}

} // namespace

bool RetileAsksForBandsApart(CSLConstList papszOptions)
{
    const char *pszInterleave =
        CSLFetchNameValueDef(papszOptions, "INTERLEAVE", "PIXEL");

    return !EQUAL(pszInterleave, "PIXEL") &&
           !CPLFetchBool(papszOptions, "@INTERLEAVE_ADDED_AUTOMATICALLY",
                         false) &&
           RetileDriverDeclaresValue("COG", "INTERLEAVE", pszInterleave);
}

rt_status RetileWriteBandsApart(const RetileCogCopyRequest &oRequest,
                                rt_error *err)
{
    GDALDriver *poCog = GetGDALDriverManager()->GetDriverByName("COG");
    RetileWatchedProgress sProgress = {oRequest.pfnProgress,
                                       oRequest.pProgressData, false};
    RetileErrorKeeper oErrors;

    if (EQUAL(
            CSLFetchNameValueDef(oRequest.papszOptions, "PASSTHROUGH", "AUTO"),
            "REQUIRED"))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "PASSTHROUGH=REQUIRED: with LAYOUT=COG, all tiles "
                            "are encoded again");
    CPLDebug("RETILE", "COG: its bands are apart, so GDAL's driver writes it");
    const GDALDatasetUniquePtr poDS(
        poCog->CreateCopy(oRequest.pszPath, oRequest.poSrcDS, FALSE,
                          CogOptions(oRequest.papszOptions).List(),
                          RetileWatchedProgress::Report, &sProgress));
    if (sProgress.bCancelled)
        return rt_error_set(err, RT_ERR_CANCELLED, "cancelled");
    if (poDS == nullptr || !oErrors.Failures().empty())
        return rt_error_set(err, RT_ERR_IO, "%s",
                            oErrors.Told(0, "the COG driver failed").c_str());
    oErrors.End();
    return RT_OK;
}
