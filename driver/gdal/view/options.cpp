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

static rt_status SetPadValue(RetileOptions &oOptions, const char *,
                             const char *pszValue, rt_error *err)
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

static rt_status SetFocal(RetileOptions &oOptions, const char *,
                          const char *pszValue, rt_error *err)
{
    if (*pszValue == '\0')
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "FOCAL is empty: write words of gdaldem, such as "
                            "FOCAL=slope -compute_edges");
    oOptions.osFocal = pszValue;
    return RT_OK;
}

namespace
{

/* An open option: what GDAL is told of it, and what a value of it sets. */
struct Option : RetileOptionText {
    rt_status (*pfnSet)(RetileOptions &oOptions, const char *pszName,
                        const char *pszValue, rt_error *err);
    /* The description as a creation option that LAYOUT=DESCRIPTOR alone has;
     * nullptr if a copy has an option of this name too. */
    const char *pszOfDescriptor;
};

/* Sets a member by a function that takes the value and nothing else. */
template <auto Member, auto Parse>
rt_status Set(RetileOptions &oOptions, const char *, const char *pszValue,
              rt_error *err)
{
    return Parse(pszValue, oOptions.*Member, err);
}

/* ... and by one that takes the option's name too, for its messages. */
template <auto Member, auto Parse>
rt_status SetNamed(RetileOptions &oOptions, const char *pszName,
                   const char *pszValue, rt_error *err)
{
    return Parse(pszName, pszValue, oOptions.*Member, err);
}

rt_status SetCacheMax(RetileOptions &oOptions, const char *pszName,
                      const char *pszValue, rt_error *err)
{
    return rt_cache_size_parse(pszName, pszValue,
                               static_cast<uint64_t>(CPLGetUsablePhysicalRAM()),
                               &oOptions.nCacheMax, err);
}

rt_status SetOverviews(RetileOptions &oOptions, const char *pszName,
                       const char *pszValue, rt_error *err)
{
    return RetileSetOverviewOption(oOptions.oOverviews, pszName, pszValue, err);
}

} // namespace

/* Names, XML, messages and creation options of descriptors all come from here.
 */
static const Option aoOptions[] = {
    {{"BLOCKXSIZE", "type='int' default='512' min='1'", "",
      "Block width in pixels"},
     SetNamed<&RetileOptions::nBlockXSize, SetBlockSize>,
     nullptr},
    {{"BLOCKYSIZE", "type='int' default='512' min='1'", "",
      "Block height in pixels"},
     SetNamed<&RetileOptions::nBlockYSize, SetBlockSize>,
     nullptr},
    {{"PAD_EDGES", "type='boolean' default='NO'", "",
      "Whether the raster grows to whole blocks, with masked pixels"},
     SetNamed<&RetileOptions::bPadEdges, SetBool>,
     "whether the raster grows to whole blocks"},
    {{"PAD_VALUE", "type='string'", "",
      "Value of the pixels that PAD_EDGES and OVERLAP_MODE=PAD add; default: "
      "nodata, else 0"},
     SetPadValue,
     "value of the pixels that PAD_EDGES adds"},
    {{"CACHE", "type='string-select' default='SHARED'", "SHARED PRIVATE NONE",
      "Where decoded blocks are kept: in the cache of the process (its size is "
      "the configuration option RETILE_CACHEMAX), in one of this dataset, or "
      "nowhere"},
     Set<&RetileOptions::eCache, SetCacheMode>,
     "where decoded blocks are kept"},
    {{"CACHE_MAX", "type='string'", "",
      "Size of a PRIVATE cache: bytes, or a number with KB, MB, GB or %"},
     SetCacheMax,
     "size of a PRIVATE cache"},
    {{"NUM_THREADS", "type='string'", "",
      "Threads that decode for this dataset: a number or ALL_CPUS; default: "
      "the configuration option RETILE_NUM_THREADS, else GDAL_NUM_THREADS, "
      "else ALL_CPUS"},
     Set<&RetileOptions::nThreads, RetileParseThreads>,
     nullptr},
    {{"SPILL", "type='string-select' default='AUTO'", "AUTO NONE MEMORY DISK",
      "What becomes of an evicted block: it is dropped, kept compressed, or "
      "written to a temporary file too; AUTO decides by what decoding it again "
      "costs"},
     Set<&RetileOptions::eSpill, RetileParseSpill>,
     nullptr},
    {{"FOCAL", "type='string'", "",
      "The dataset is the result of gdaldem on the source: the words of its "
      "command line without the names of the rasters, such as slope "
      "-compute_edges"},
     SetFocal,
     "the words of a gdaldem command line, whose result the view shows"},
    {{"OVERLAP", "type='int' default='0' min='0'", "",
      "Pixels that each block carries more on each of its four sides; the "
      "raster is the grid of these larger blocks"},
     Set<&RetileOptions::nOverlap, RetileSetOverlap>,
     "pixels that each block carries more on each of its sides"},
    {{"OVERLAP_MODE", "type='string-select' default='REFLECT'",
      "REFLECT REPLICATE PAD",
      "What lies beyond the edge of the source: it is mirrored, its edge pixel "
      "is repeated, or it holds PAD_VALUE"},
     Set<&RetileOptions::eOverlapMode, RetileSetOverlapMode>,
     "what lies beyond the edge of the source"},
    {{"OVERVIEWS", "type='string-select' default='SOURCE'",
      "SOURCE AUTO VIRTUAL NONE",
      "SOURCE: those of the source; VIRTUAL: levels computed on demand, down "
      "to 256 pixels; AUTO: those of the source, or virtual ones if it has "
      "none; NONE. The default is the configuration option RETILE_OVERVIEWS"},
     SetOverviews,
     nullptr},
    {{"OVERVIEW_RESAMPLING", "type='string-select'",
      "NEAREST AVERAGE RMS MODE GAUSS BILINEAR CUBIC CUBICSPLINE LANCZOS",
      "How virtual overviews are computed; default: NEAREST for palettes, else "
      "AVERAGE"},
     SetOverviews,
     nullptr},
    {{"ZOOM_LEVEL_STRATEGY", "type='string'", "",
      "Which level serves a reduced request: AUTO (50), LOWER (100), UPPER "
      "(0), or how much of the way from one level to the next, in percent, "
      "the finer one serves; default: as GDAL chooses"},
     SetOverviews,
     nullptr},
    {{"SOURCE_DECODER", "type='string-select' default='AUTO'",
      "AUTO GDAL NATIVE",
      "Who decodes the pixels: the driver itself (JPEG 2000, by OpenJPEG), the "
      "driver of the source, or whichever can"},
     Set<&RetileOptions::eDecoder, SetDecoder>,
     "who decodes the pixels"},
};

std::string RetileOptionXML(const RetileOptionText &oOption)
{
    const CPLStringList aosValues(CSLTokenizeString(oOption.pszValues));
    char *pszText = CPLEscapeString(oOption.pszDescription, -1, CPLES_XML);
    std::string osXML = std::string("<Option name='") + oOption.pszName + "' " +
                        oOption.pszType + " description=\"" + pszText + "\"";

    CPLFree(pszText);
    if (aosValues.empty())
        return osXML + "/>";
    osXML += ">";
    for (int i = 0; i < aosValues.size(); i++)
        osXML += std::string("<Value>") + aosValues[i] + "</Value>";
    return osXML + "</Option>";
}

std::string RetileOpenOptionList()
{
    std::string osXML = "<OpenOptionList>";

    for (const Option &oOption : aoOptions)
        osXML += RetileOptionXML(oOption);
    return osXML + "</OpenOptionList>";
}

std::string RetileDescriptorOptionsXML()
{
    std::string osXML;

    for (const Option &oOption : aoOptions) {
        if (oOption.pszOfDescriptor == nullptr)
            continue;
        const std::string osText =
            std::string("DESCRIPTOR: ") + oOption.pszOfDescriptor;
        RetileOptionText oText = oOption;
        oText.pszDescription = osText.c_str();
        osXML += RetileOptionXML(oText);
    }
    return osXML;
}

std::vector<const char *> RetileOptionNames(bool bOfDescriptorOnly)
{
    std::vector<const char *> apszNames;

    for (const Option &oOption : aoOptions)
        if (!bOfDescriptorOnly || oOption.pszOfDescriptor != nullptr)
            apszNames.push_back(oOption.pszName);
    return apszNames;
}

static rt_status UnknownOption(const char *pszName, rt_error *err)
{
    const std::vector<const char *> apszNames = RetileOptionNames(false);
    std::string osNames = apszNames[0];

    for (size_t i = 1; i < apszNames.size(); i++)
        osNames += (i + 1 < apszNames.size() ? ", " : " and ") +
                   std::string(apszNames[i]);
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "unknown open option %s; there are %s", pszName,
                        osNames.c_str());
}

rt_status RetileSetOption(RetileOptions &oOptions, const char *pszName,
                          const char *pszValue, rt_error *err)
{
    for (const Option &oOption : aoOptions) {
        if (!EQUAL(pszName, oOption.pszName))
            continue;
        const rt_status eStatus =
            oOption.pfnSet(oOptions, oOption.pszName, pszValue, err);
        if (eStatus == RT_OK)
            oOptions.oGiven[oOption.pszName] = pszValue;
        return eStatus;
    }
    return UnknownOption(pszName, err);
}

/* What GDAL and rasterio 1.4 pass on of their own. Each handle of a view is
 * thread-safe. */
static bool IsOfCaller(const char *pszName)
{
    return EQUAL(pszName, "VALIDATE_OPEN_OPTIONS") ||
           EQUAL(pszName, "THREAD_SAFE");
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
        if (IsOfCaller(osName))
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
