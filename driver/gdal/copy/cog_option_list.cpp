/* cog_option_list.cpp - see cog_option_list.h. */
#include "gdal/copy/cog_option_list.h"

#include <cstring>

#include "cpl_error.h"
#include "cpl_string.h"
#include "gdal/base/driver_options.h"
#include "gdal/view/options.h"

/* PREDICTOR replaces GTiff's option and accepts its numbers too. */
static const char *const pszOptionList =
    "<CreationOptionList>"
    "<Option name='PREDICTOR' type='string-select' "
    "description='1, NO: none; 2, STANDARD: horizontal differencing; "
    "3, FLOATING_POINT; COG only: YES, as the data type has it'>"
    "<Value>1</Value><Value>2</Value><Value>3</Value>"
    "<Value>YES</Value><Value>NO</Value><Value>STANDARD</Value>"
    "<Value>FLOATING_POINT</Value></Option>"
    "<Option name='BLOCKSIZE' type='int' min='128' default='512' "
    "description='COG: tile size in pixels'/>"
    "<Option name='LEVEL' type='int' "
    "description='COG: DEFLATE/ZSTD/LZMA compression level: 1 (fastest)'/>"
    "<Option name='QUALITY' type='int' default='75' "
    "description='COG: JPEG/WEBP quality 1-100'/>"
    "<Option name='RESAMPLING' type='string' "
    "description='Resampling method for overviews or warping'/>"
    "<Option name='WARP_RESAMPLING' type='string' "
    "description='COG: resampling method for warping'/>"
    "<Option name='OVERVIEWS' type='string-select' "
    "description='Behavior regarding overviews; default: AUTO with a COG, "
    "else NONE. DESCRIPTOR: those that the view shows'>"
    "<Value>AUTO</Value><Value>IGNORE_EXISTING</Value>"
    "<Value>FORCE_USE_EXISTING</Value><Value>NONE</Value>"
    "<Value>SOURCE</Value><Value>VIRTUAL</Value></Option>"
    "<Option name='OVERVIEW_RESAMPLING' type='string' "
    "description='Resampling method for overviews'/>"
    "<Option name='OVERVIEW_COMPRESS' type='string' "
    "description='Compression of overviews; default: that of the image'/>"
    "<Option name='OVERVIEW_QUALITY' type='int' "
    "description='Overview JPEG/WEBP quality 1-100'/>"
    "<Option name='OVERVIEW_PREDICTOR' type='string-select' "
    "description='Predictor of overviews'>"
    "<Value>YES</Value><Value>NO</Value><Value alias='2'>STANDARD</Value>"
    "<Value alias='3'>FLOATING_POINT</Value></Option>"
    "<Option name='OVERVIEW_COUNT' type='int' min='0' "
    "description='Number of overviews'/>"
    "<Option name='ADD_ALPHA' type='boolean' default='YES' "
    "description='COG: NO adds no alpha band in case of reprojection'/>"
    "<Option name='STATISTICS' type='string-select' default='AUTO' "
    "description='COG: which statistics the file has'>"
    "<Value>AUTO</Value><Value>YES</Value><Value>NO</Value></Option>"
    "<Option name='TILING_SCHEME' type='string' default='CUSTOM' "
    "description='COG: which tiling scheme to use: a name such as "
    "GoogleMapsCompatible, or a JSON definition'/>"
    "<Option name='ZOOM_LEVEL' type='int' "
    "description='COG: target zoom level of TILING_SCHEME'/>"
    "<Option name='ZOOM_LEVEL_STRATEGY' type='string-select' default='AUTO' "
    "description='COG: which zoom level of TILING_SCHEME to choose'>"
    "<Value>AUTO</Value><Value>LOWER</Value><Value>UPPER</Value></Option>"
    "<Option name='ALIGNED_LEVELS' type='int' "
    "description='COG: number of levels whose tiles are those of "
    "TILING_SCHEME'/>"
    "<Option name='TARGET_SRS' type='string' "
    "description='COG: SRS to reproject to, as EPSG:XXXX, WKT or PROJ'/>"
    "<Option name='RES' type='float' "
    "description='COG: target resolution for TARGET_SRS'/>"
    "<Option name='EXTENT' type='string' "
    "description='COG: target extent for TARGET_SRS as "
    "minx,miny,maxx,maxy'/>"
    "</CreationOptionList>";

static const char *const apszOfOverviews[] = {
    "OVERVIEWS",         "RESAMPLING",       "OVERVIEW_RESAMPLING",
    "OVERVIEW_COMPRESS", "OVERVIEW_QUALITY", "OVERVIEW_PREDICTOR",
    "OVERVIEW_COUNT"};

static const char *const apszOfCog[] = {
    "BLOCKSIZE",           "LEVEL",          "QUALITY",    "ADD_ALPHA",
    "STATISTICS",          "TILING_SCHEME",  "ZOOM_LEVEL", "RES",
    "ZOOM_LEVEL_STRATEGY", "ALIGNED_LEVELS", "TARGET_SRS", "EXTENT",
    "WARP_RESAMPLING"};

static bool IsOfOverviews(const char *pszName)
{
    for (const char *pszKnown : apszOfOverviews)
        if (EQUAL(pszName, pszKnown))
            return true;
    return false;
}

const char *RetileCogOptionList()
{
    return pszOptionList;
}

bool RetileIsExtendedOption(const char *pszName)
{
    return EQUAL(pszName, "PREDICTOR") || EQUAL(pszName, "OVERVIEWS");
}

bool RetileIsCogOption(const char *pszName)
{
    for (const char *pszKnown : apszOfCog)
        if (EQUAL(pszName, pszKnown))
            return true;
    return IsOfOverviews(pszName);
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
    if (!RetileIsCogOption(osName.c_str()) ||
        EQUAL(pszOption, "OVERVIEWS=NONE"))
        return false;
    return !bOverviews || !IsOfOverviews(osName.c_str());
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
