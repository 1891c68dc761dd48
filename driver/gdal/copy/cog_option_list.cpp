/* cog_option_list.cpp - see cog_option_list.h. */
#include "gdal/copy/cog_option_list.h"

#include <cstring>

#include "cpl_error.h"
#include "cpl_string.h"
#include "gdal/base/driver_options.h"
#include "gdal/view/options.h"

namespace
{

/* Options of COGs that GTiff does not have. */
struct CogOption {
    const char *pszName;
    bool bOfOverviews; /* has an effect on the overviews of a plain GeoTIFF too
                        */
};

const CogOption aoCogOptions[] = {
    {"OVERVIEWS", true},
    {"RESAMPLING", true},
    {"OVERVIEW_RESAMPLING", true},
    {"OVERVIEW_COMPRESS", true},
    {"OVERVIEW_QUALITY", true},
    {"OVERVIEW_PREDICTOR", true},
    {"OVERVIEW_COUNT", true},
    {"BLOCKSIZE", false},
    {"LEVEL", false},
    {"QUALITY", false},
    {"ADD_ALPHA", false},
    {"STATISTICS", false},
    {"TILING_SCHEME", false},
    {"ZOOM_LEVEL", false},
    {"ZOOM_LEVEL_STRATEGY", false},
    {"ALIGNED_LEVELS", false},
    {"TARGET_SRS", false},
    {"RES", false},
    {"EXTENT", false},
    {"WARP_RESAMPLING", false},
};

const CogOption *Find(const char *pszName)
{
    for (const CogOption &oOption : aoCogOptions)
        if (EQUAL(pszName, oOption.pszName))
            return &oOption;
    return nullptr;
}

} // namespace

std::string RetileCogOptionList()
{
    std::string osList = "<CreationOptionList>";

    for (const CogOption &oOption : aoCogOptions)
        osList += RetileOptionXML({oOption.pszName, "type='string'", "",
                                   "as GDAL's COG driver has it"});
    return osList + "</CreationOptionList>";
}

bool RetileIsCogOption(const char *pszName)
{
    return Find(pszName) != nullptr;
}

static std::string NameOf(const char *pszOption)
{
    return std::string(pszOption, strcspn(pszOption, "="));
}

CPLStringList RetileWithoutCogOptions(CSLConstList papszOptions)
{
    CPLStringList aosOthers;

    for (; papszOptions != nullptr && *papszOptions != nullptr; papszOptions++)
        if (!RetileIsCogOption(NameOf(*papszOptions).c_str()))
            aosOthers.AddString(*papszOptions);
    return aosOthers;
}

/* A request for no overviews always has an effect. */
static bool SaysNothing(const std::string &osName, const char *pszOption,
                        bool bOverviews)
{
    const CogOption *psOption = Find(osName.c_str());

    if (psOption == nullptr || EQUAL(pszOption, "OVERVIEWS=NONE"))
        return false;
    return !bOverviews || !psOption->bOfOverviews;
}

void RetileWarnOfCogOptions(CSLConstList papszOptions, bool bOverviews)
{
    for (; papszOptions != nullptr && *papszOptions != nullptr;
         papszOptions++) {
        const std::string osName = NameOf(*papszOptions);

        if (SaysNothing(osName, *papszOptions, bOverviews))
            CPLError(CE_Warning, CPLE_AppDefined,
                     "RETILE: %s has no effect with LAYOUT=GTIFF; it is an "
                     "option of COGs",
                     osName.c_str());
    }
}

void RetileWarnOfViewOptions(CSLConstList papszOptions, const char *pszLayout)
{
    for (const char *pszName : RetileOptionNames(true))
        if (CSLFetchNameValue(papszOptions, pszName) != nullptr)
            CPLError(CE_Warning, CPLE_AppDefined,
                     "RETILE: %s has no effect with LAYOUT=%s; copy a view "
                     "that has it",
                     pszName, pszLayout);
}

/* Properties that a COG always has, or that GDAL has added: it passes the
 * source's interleaving on as the copy's. */
static bool IsOfCourse(CSLConstList papszOptions, const char *pszOption,
                       const char *pszName)
{
    if (EQUAL(pszName, "TILED"))
        return CPLFetchBool(papszOptions, pszName, true);
    if (EQUAL(pszName, "COPY_SRC_OVERVIEWS"))
        return true;
    return EQUAL(pszOption, "INTERLEAVE=PIXEL") ||
           (EQUAL(pszName, "INTERLEAVE") &&
            CPLFetchBool(papszOptions, "@INTERLEAVE_ADDED_AUTOMATICALLY",
                         false));
}

void RetileWarnOfOthersThanCog(CSLConstList papszGiven)
{
    CSLConstList papszOptions = papszGiven;

    for (; papszOptions != nullptr && *papszOptions != nullptr;
         papszOptions++) {
        const std::string osName = NameOf(*papszOptions);

        if (!IsOfCourse(papszGiven, *papszOptions, osName.c_str()) &&
            !RetileIsCogOption(osName.c_str()) &&
            RetileDriverDeclares("GTiff", osName.c_str()) &&
            !RetileDriverDeclares("COG", osName.c_str()))
            CPLError(CE_Warning, CPLE_AppDefined,
                     "RETILE: %s has no effect with LAYOUT=COG; it is an "
                     "option of LAYOUT=GTIFF",
                     osName.c_str());
    }
}
