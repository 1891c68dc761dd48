/* options.cpp - see options.h. */
#include "gdal/view/options.h"

#include <climits>
#include <cstdlib>

#include "core/base/byte_size.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "gdal/base/resources.h"
#include "gdal/view/chip_options.h"

const char *const pszRetileOpenOptionList =
    "<OpenOptionList>"
    "<Option name='BLOCKXSIZE' type='int' default='512' min='1' "
    "description='Block width in pixels'/>"
    "<Option name='BLOCKYSIZE' type='int' default='512' min='1' "
    "description='Block height in pixels'/>"
    "<Option name='PAD_EDGES' type='boolean' default='NO' "
    "description='Whether the raster grows to whole blocks, with masked "
    "pixels'/>"
    "<Option name='PAD_VALUE' type='string' "
    "description='Value of the pixels that PAD_EDGES and OVERLAP_MODE=PAD add; "
    "default: nodata, else 0'/>"
    "<Option name='CACHE' type='string-select' default='SHARED' "
    "description='Where decoded blocks are kept: in the cache of the process "
    "(its size is the configuration option RETILE_CACHEMAX), in one of this "
    "dataset, or nowhere'>"
    "<Value>SHARED</Value><Value>PRIVATE</Value><Value>NONE</Value>"
    "</Option>"
    "<Option name='CACHE_MAX' type='string' "
    "description='Size of a PRIVATE cache: bytes, or a number with KB, MB, "
    "GB or %'/>"
    "<Option name='NUM_THREADS' type='string' "
    "description='Threads that decode for this dataset: a number or ALL_CPUS; "
    "default: the configuration option RETILE_NUM_THREADS, else "
    "GDAL_NUM_THREADS, else ALL_CPUS'/>"
    "<Option name='SPILL' type='string-select' default='AUTO' "
    "description='What becomes of an evicted block: it is dropped, kept "
    "compressed, or written to a temporary file too; AUTO decides by what "
    "decoding it again costs'>"
    "<Value>AUTO</Value><Value>NONE</Value><Value>MEMORY</Value>"
    "<Value>DISK</Value></Option>"
    "<Option name='FOCAL' type='string' "
    "description='The dataset is the result of gdaldem on the source: the "
    "words of its command line without the names of the rasters, such as "
    "slope -compute_edges'/>"
    "<Option name='OVERLAP' type='int' default='0' min='0' "
    "description='Pixels that each block carries more on each of its four "
    "sides; the raster is the grid of these larger blocks'/>"
    "<Option name='OVERLAP_MODE' type='string-select' default='REFLECT' "
    "description='What lies beyond the edge of the source: it is mirrored, its "
    "edge pixel is repeated, or it holds PAD_VALUE'>"
    "<Value>REFLECT</Value><Value>REPLICATE</Value><Value>PAD</Value>"
    "</Option>"
    "<Option name='OVERVIEWS' type='string-select' default='SOURCE' "
    "description='Overviews: those of the source; levels computed on demand, "
    "down to 256 pixels; AUTO: the latter where the source has none; or none. "
    "The default is the configuration option RETILE_OVERVIEWS'>"
    "<Value>SOURCE</Value><Value>AUTO</Value><Value>VIRTUAL</Value>"
    "<Value>NONE</Value></Option>"
    "<Option name='OVERVIEW_RESAMPLING' type='string-select' "
    "description='How virtual overviews are computed; default: NEAREST for "
    "palettes, else AVERAGE'>"
    "<Value>NEAREST</Value><Value>AVERAGE</Value><Value>RMS</Value>"
    "<Value>MODE</Value><Value>GAUSS</Value><Value>BILINEAR</Value>"
    "<Value>CUBIC</Value><Value>CUBICSPLINE</Value><Value>LANCZOS</Value>"
    "</Option>"
    "<Option name='ZOOM_LEVEL_STRATEGY' type='string' "
    "description='Which level serves a reduced request: AUTO (50), LOWER "
    "(100), UPPER (0), or how much of the way from one level to the next, in "
    "percent, the finer one serves; default: as GDAL chooses'/>"
    "<Option name='SOURCE_DECODER' type='string-select' default='AUTO' "
    "description='Who decodes the pixels: the driver itself (JPEG 2000, by "
    "OpenJPEG), the driver of the source, or whichever can'>"
    "<Value>AUTO</Value><Value>GDAL</Value><Value>NATIVE</Value></Option>"
    "</OpenOptionList>";

static rt_status SetBlockSize(const char *pszName, const char *pszValue,
                              int &nSize, rt_error *err)
{
    char *pszEnd = nullptr;
    const long long nValue = std::strtoll(pszValue, &pszEnd, 10);

    if (*pszValue == '\0' || *pszEnd != '\0' || *pszValue == ' ' || nValue < 1)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "%s=%s is not a block size: write a whole number "
                            "of pixels, 1 or more",
                            pszName, pszValue);
    if (nValue > INT_MAX)
        return rt_error_set(err, RT_ERR_RANGE,
                            "%s=%s is more than a raster can have pixels "
                            "(2147483647)",
                            pszName, pszValue);
    nSize = static_cast<int>(nValue);
    return RT_OK;
}

static rt_status SetBool(const char *pszName, const char *pszValue,
                         bool &bValue, rt_error *err)
{
    for (const char *pszYes : {"YES", "TRUE", "ON", "1"})
        if (EQUAL(pszValue, pszYes)) {
            bValue = true;
            return RT_OK;
        }
    for (const char *pszNo : {"NO", "FALSE", "OFF", "0"})
        if (EQUAL(pszValue, pszNo)) {
            bValue = false;
            return RT_OK;
        }
    return rt_error_set(err, RT_ERR_ARGUMENT, "%s=%s is neither YES nor NO",
                        pszName, pszValue);
}

static rt_status SetCacheMode(const char *pszValue, RetileCacheMode &eMode,
                              rt_error *err)
{
    if (EQUAL(pszValue, "SHARED"))
        eMode = RetileCacheMode::Shared;
    else if (EQUAL(pszValue, "PRIVATE"))
        eMode = RetileCacheMode::Private;
    else if (EQUAL(pszValue, "NONE"))
        eMode = RetileCacheMode::None;
    else
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "CACHE=%s is unknown: write SHARED, PRIVATE or "
                            "NONE",
                            pszValue);
    return RT_OK;
}

static rt_status SetDecoder(const char *pszValue, rt_decoder &eDecoder,
                            rt_error *err)
{
    if (EQUAL(pszValue, "AUTO"))
        eDecoder = RT_DECODER_AUTO;
    else if (EQUAL(pszValue, "GDAL"))
        eDecoder = RT_DECODER_GDAL;
    else if (EQUAL(pszValue, "NATIVE"))
        eDecoder = RT_DECODER_NATIVE;
    else
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "SOURCE_DECODER=%s is unknown: write AUTO, GDAL or "
                            "NATIVE",
                            pszValue);
    return RT_OK;
}

static rt_status SetPadValue(const char *pszValue, RetileOptions &oOptions,
                             rt_error *err)
{
    if (CPLGetValueType(pszValue) == CPL_VALUE_STRING &&
        !EQUAL(pszValue, "nan") && !EQUAL(pszValue, "inf") &&
        !EQUAL(pszValue, "-inf"))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "PAD_VALUE=%s is not a number", pszValue);
    oOptions.bHasPadValue = true;
    oOptions.osPadValue = pszValue;
    return RT_OK;
}

static rt_status SetFocal(const char *pszValue, RetileOptions &oOptions,
                          rt_error *err)
{
    if (*pszValue == '\0')
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "FOCAL is empty: write words of gdaldem, such as "
                            "FOCAL=slope -compute_edges");
    oOptions.osFocal = pszValue;
    return RT_OK;
}

static rt_status UnknownOption(const char *pszName, rt_error *err)
{
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "unknown open option %s; there are BLOCKXSIZE, "
                        "BLOCKYSIZE, PAD_EDGES, PAD_VALUE, CACHE, CACHE_MAX, "
                        "NUM_THREADS, SPILL, FOCAL, OVERLAP, OVERLAP_MODE, "
                        "OVERVIEWS, OVERVIEW_RESAMPLING, ZOOM_LEVEL_STRATEGY "
                        "and SOURCE_DECODER",
                        pszName);
}

rt_status RetileSetOption(RetileOptions &oOptions, const char *pszName,
                          const char *pszValue, rt_error *err)
{
    rt_status eStatus = RT_OK;

    if (EQUAL(pszName, "BLOCKXSIZE"))
        eStatus =
            SetBlockSize("BLOCKXSIZE", pszValue, oOptions.nBlockXSize, err);
    else if (EQUAL(pszName, "BLOCKYSIZE"))
        eStatus =
            SetBlockSize("BLOCKYSIZE", pszValue, oOptions.nBlockYSize, err);
    else if (EQUAL(pszName, "PAD_EDGES"))
        eStatus = SetBool("PAD_EDGES", pszValue, oOptions.bPadEdges, err);
    else if (EQUAL(pszName, "PAD_VALUE"))
        eStatus = SetPadValue(pszValue, oOptions, err);
    else if (EQUAL(pszName, "CACHE"))
        eStatus = SetCacheMode(pszValue, oOptions.eCache, err);
    else if (EQUAL(pszName, "CACHE_MAX"))
        eStatus = rt_cache_size_parse(
            "CACHE_MAX", pszValue,
            static_cast<uint64_t>(CPLGetUsablePhysicalRAM()),
            &oOptions.nCacheMax, err);
    else if (EQUAL(pszName, "NUM_THREADS"))
        eStatus = RetileParseThreads(pszValue, oOptions.nThreads, err);
    else if (EQUAL(pszName, "OVERLAP"))
        eStatus = RetileSetOverlap(pszValue, oOptions.nOverlap, err);
    else if (EQUAL(pszName, "OVERLAP_MODE"))
        eStatus = RetileSetOverlapMode(pszValue, oOptions.eOverlapMode, err);
    else if (EQUAL(pszName, "OVERVIEWS") ||
             EQUAL(pszName, "OVERVIEW_RESAMPLING") ||
             EQUAL(pszName, "ZOOM_LEVEL_STRATEGY"))
        eStatus = RetileSetOverviewOption(oOptions.oOverviews, pszName,
                                          pszValue, err);
    else if (EQUAL(pszName, "SPILL"))
        eStatus = RetileParseSpill(pszValue, oOptions.eSpill, err);
    else if (EQUAL(pszName, "SOURCE_DECODER"))
        eStatus = SetDecoder(pszValue, oOptions.eDecoder, err);
    else if (EQUAL(pszName, "FOCAL"))
        eStatus = SetFocal(pszValue, oOptions, err);
    else
        return UnknownOption(pszName, err);
    if (eStatus == RT_OK)
        oOptions.oGiven[CPLString(pszName).toupper()] = pszValue;
    return eStatus;
}

rt_status RetileSetOptions(RetileOptions &oOptions, CSLConstList papszOptions,
                           rt_error *err)
{
    for (int i = 0; papszOptions != nullptr && papszOptions[i] != nullptr;
         i++) {
        char *pszName = nullptr;
        const char *pszValue = CPLParseNameValue(papszOptions[i], &pszName);
        const CPLString osName(pszName ? pszName : "");

        CPLFree(pszName);
        if (osName.empty() || pszValue == nullptr)
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "open option '%s' is not of the form "
                                "NAME=VALUE",
                                papszOptions[i]);
        if (EQUAL(osName, "VALIDATE_OPEN_OPTIONS"))
            continue;
        const rt_status eStatus =
            RetileSetOption(oOptions, osName, pszValue, err);
        if (eStatus != RT_OK)
            return eStatus;
    }
    return RT_OK;
}

rt_status RetileCheckOptions(const RetileOptions &oOptions, rt_error *err)
{
    const bool bHasMax = oOptions.oGiven.count("CACHE_MAX") > 0;

    if (bHasMax && oOptions.eCache != RetileCacheMode::Private)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "CACHE_MAX is the size of a PRIVATE cache: write "
                            "CACHE=PRIVATE too, or set the configuration "
                            "option RETILE_CACHEMAX");
    return RT_OK;
}

rt_status RetileReadView(const char *pszName, CSLConstList papszOptions,
                         RetileDescriptor &oDescriptor, RetileOptions &oOptions,
                         rt_error *err)
{
    rt_status eStatus = RetileReadDescriptor(pszName, oDescriptor, err);

    for (const auto &oItem : oDescriptor.oOptions)
        if (eStatus == RT_OK)
            eStatus = RetileSetOption(oOptions, oItem.first.c_str(),
                                      oItem.second.c_str(), err);
    if (eStatus == RT_OK)
        eStatus = RetileCheckOptions(oOptions, err);
    if (eStatus == RT_OK)
        eStatus = RetileSetOptions(oOptions, papszOptions, err);
    /* CACHE=NONE given at open may meet a CACHE_MAX of the descriptor. */
    if (eStatus == RT_OK &&
        CSLFetchNameValue(papszOptions, "CACHE_MAX") != nullptr)
        eStatus = RetileCheckOptions(oOptions, err);
    return eStatus;
}
