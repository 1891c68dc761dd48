/* options.cpp - see options.h. */
#include "gdal/cog/options.h"

#include <climits>
#include <cstdlib>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "gdal/base/driver_options.h"
#include "io/dataset/gdal_versions.h"

namespace
{

/* GTiff may be built without LZW. */
bool HasLzw()
{
    return RetileDriverDeclaresValue("GTiff", "COMPRESS", "LZW");
}

/* The COG driver's default of RESAMPLING. */
const char *DefaultResampling(GDALDataset *poSrcDS)
{
    GDALRasterBand *poBand = poSrcDS->GetRasterBand(1);

    if (poBand->GetColorTable() != nullptr)
        return "NEAREST";
    if (RT_GDAL_COG_COMPLEX_NEAREST &&
        GDALDataTypeIsComplex(poBand->GetRasterDataType()))
        return "NEAREST";
    return "CUBIC";
}

/* The value of option pszOwn, else of RESAMPLING, else the default. */
std::string Resampling(GDALDataset *poSrcDS, CSLConstList papszOptions,
                       const char *pszOwn)
{
    return CSLFetchNameValueDef(
        papszOptions, pszOwn,
        CSLFetchNameValueDef(papszOptions, "RESAMPLING",
                             DefaultResampling(poSrcDS)));
}

/* Parses a whole number of at least nLeast. Unchanged if the option is not
 * given. */
rt_status ParseNumber(CSLConstList papszOptions, const char *pszName,
                      int nLeast, int &nNumber, rt_error *err)
{
    const char *pszValue = CSLFetchNameValue(papszOptions, pszName);
    char *pszEnd = nullptr;

    if (pszValue == nullptr)
        return RT_OK;
    const long long nValue = std::strtoll(pszValue, &pszEnd, 10);
    if (pszEnd == pszValue || *pszEnd != '\0' || nValue < nLeast ||
        nValue > INT_MAX)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "%s=%s is not possible: write a whole number from "
                            "%d",
                            pszName, pszValue, nLeast);
    nNumber = static_cast<int>(nValue);
    return RT_OK;
}

/* Parsed as in the COG driver, which checks the number only when it knows how
 * many levels there are. The message then has their count. */
rt_status ParseZoomLevel(CSLConstList papszOptions,
                         RetileCogReprojection &oOptions, rt_error *err)
{
    const char *pszValue = CSLFetchNameValue(papszOptions, "ZOOM_LEVEL");
    char *pszEnd = nullptr;

    if (pszValue == nullptr || oOptions.poScheme == nullptr)
        return RT_OK;
    const int nLevels = static_cast<int>(oOptions.poScheme->aoLevels.size());
    const long nLevel = std::strtol(pszValue, &pszEnd, 10);
    if (pszEnd == pszValue || *pszEnd != '\0' || nLevel < 0 ||
        nLevel >= nLevels)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "Invalid zoom level: should be in [0,%d]",
                            nLevels - 1);
    oOptions.nZoomLevel = static_cast<int>(nLevel);
    return RT_OK;
}

rt_status ParseScheme(CSLConstList papszOptions,
                      RetileCogReprojection &oOptions, rt_error *err)
{
    const char *pszScheme =
        CSLFetchNameValueDef(papszOptions, "TILING_SCHEME", "CUSTOM");
    auto poScheme = std::make_shared<RetileTileMatrixSet>();

    if (EQUAL(pszScheme, "CUSTOM"))
        return RT_OK;
    const rt_status eStatus =
        RetileReadTileMatrixSet(pszScheme, *poScheme, err);
    if (eStatus != RT_OK)
        return eStatus;
    oOptions.osScheme = pszScheme;
    oOptions.poScheme = poScheme;
    return RT_OK;
}

/* Texts that are checked where they are used. A tiling scheme determines all of
 * them. */
void TakeTexts(CSLConstList papszOptions, RetileCogReprojection &oOptions)
{
    const struct {
        const char *pszName;
        std::string &osText;
    } aoTexts[] = {{"TARGET_SRS", oOptions.osTargetSRS},
                   {"EXTENT", oOptions.osExtent},
                   {"RES", oOptions.osRes}};

    for (const auto &oText : aoTexts) {
        const char *pszText =
            CSLFetchNameValueDef(papszOptions, oText.pszName, "");

        if (oOptions.poScheme == nullptr)
            oText.osText = pszText;
        else if (*pszText != '\0')
            CPLError(CE_Warning, CPLE_AppDefined, "RETILE: Ignoring %s option",
                     oText.pszName);
    }
}

rt_status ParseReprojection(GDALDataset *poSrcDS, CSLConstList papszOptions,
                            RetileCogReprojection &oOptions, rt_error *err)
{
    static const char *const apszStrategy[] = {"AUTO", "LOWER", "UPPER",
                                               nullptr};
    int iStrategy = 0;
    rt_status eStatus = ParseScheme(papszOptions, oOptions, err);

    if (eStatus == RT_OK)
        eStatus = ParseZoomLevel(papszOptions, oOptions, err);
    if (eStatus == RT_OK)
        eStatus =
            RetileParseChoice(papszOptions, "ZOOM_LEVEL_STRATEGY", apszStrategy,
                              "AUTO, LOWER or UPPER", iStrategy, err);
    if (eStatus == RT_OK)
        eStatus = ParseNumber(papszOptions, "ALIGNED_LEVELS", 0,
                              oOptions.nAlignedLevels, err);
    if (eStatus != RT_OK)
        return eStatus;
    oOptions.eStrategy = static_cast<RetileZoomStrategy>(iStrategy);
    oOptions.osResampling =
        Resampling(poSrcDS, papszOptions, "WARP_RESAMPLING");
    oOptions.bAddAlpha = CPLFetchBool(papszOptions, "ADD_ALPHA", true);
    TakeTexts(papszOptions, oOptions);
    return RT_OK;
}

/* The block size is the tiling scheme's unless another one is requested. */
rt_status ParseCopy(CSLConstList papszOptions, RetileCogOptions &oOptions,
                    rt_error *err)
{
    CPLStringList aosOptions(CSLDuplicate(papszOptions));

    for (const char *pszName : {"BLOCKXSIZE", "BLOCKYSIZE"})
        aosOptions.SetNameValue(pszName, nullptr);
    rt_status eStatus =
        RetileParseCopyOptions(aosOptions.List(), oOptions.oCopy, err);
    int nSize = oOptions.oReprojection.poScheme
                    ? oOptions.oReprojection.poScheme->nTileSize
                    : oOptions.oCopy.nBlockXSize;
    if (eStatus == RT_OK)
        eStatus = RetileParseBlockSize(papszOptions, "BLOCKSIZE", nSize, err);
    if (eStatus != RT_OK)
        return eStatus;
    if (nSize % 16 != 0)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the tiles of TILING_SCHEME=%s are %d pixels, "
                            "which is no multiple of 16: give BLOCKSIZE",
                            oOptions.oReprojection.osScheme.c_str(), nSize);
    oOptions.oCopy.nBlockXSize = oOptions.oCopy.nBlockYSize = nSize;
    return RT_OK;
}

rt_status ParseStatistics(CSLConstList papszOptions, RetileCogOptions &oOptions,
                          rt_error *err)
{
    static const char *const apszWords[] = {"AUTO", "YES", "NO", nullptr};
    int iWord = 0;
    const rt_status eStatus = RetileParseChoice(
        papszOptions, "STATISTICS", apszWords, "AUTO, YES or NO", iWord, err);

    oOptions.eStatistics = static_cast<RetileCogStatistics>(iWord);
    return eStatus;
}

} // namespace

rt_status RetileParseOverviewOptions(GDALDataset *poSrcDS,
                                     CSLConstList papszOptions,
                                     RetileCogOverviews eDefault,
                                     RetileCopyOverviews &oOptions,
                                     rt_error *err)
{
    static const char *const apszWords[] = {
        "AUTO", "IGNORE_EXISTING", "FORCE_USE_EXISTING", "NONE", nullptr};
    int iWord = static_cast<int>(eDefault);
    rt_status eStatus = RT_OK;

    if (CSLFetchNameValue(papszOptions, "OVERVIEWS") != nullptr)
        eStatus = RetileParseChoice(
            papszOptions, "OVERVIEWS", apszWords,
            "AUTO, IGNORE_EXISTING, FORCE_USE_EXISTING or NONE", iWord, err);
    if (eStatus == RT_OK)
        eStatus = ParseNumber(papszOptions, "OVERVIEW_COUNT", 0,
                              oOptions.nCount, err);
    oOptions.eWhich = static_cast<RetileCogOverviews>(iWord);
    oOptions.osResampling =
        Resampling(poSrcDS, papszOptions, "OVERVIEW_RESAMPLING");
    return eStatus;
}

rt_status RetileParseCogOptions(GDALDataset *poSrcDS, CSLConstList papszOptions,
                                RetileCogOptions &oOptions, rt_error *err)
{
    oOptions = {};
    if (poSrcDS->GetRasterCount() == 0)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "LAYOUT=COG does not support 0-band source "
                            "raster");
    rt_status eStatus =
        ParseReprojection(poSrcDS, papszOptions, oOptions.oReprojection, err);
    if (eStatus == RT_OK)
        eStatus = ParseCopy(papszOptions, oOptions, err);
    if (eStatus == RT_OK)
        eStatus = RetileParseOverviewOptions(poSrcDS, papszOptions,
                                             RetileCogOverviews::Auto,
                                             oOptions.oOverviews, err);
    if (eStatus == RT_OK)
        eStatus = ParseStatistics(papszOptions, oOptions, err);
    oOptions.osCompress = CSLFetchNameValueDef(papszOptions, "COMPRESS",
                                               HasLzw() ? "LZW" : "NONE");
    oOptions.bMaskForAlpha = EQUAL(oOptions.osCompress.c_str(), "JPEG");
    return eStatus;
}
