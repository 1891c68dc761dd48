/* creation_options.cpp - see creation_options.h. */
#include "gdal/copy/creation_options.h"

#include <climits>
#include <cstdlib>
#include <cstring>

#include "core/base/byte_size.h"
#include "cpl_conv.h"
#include "cpl_minixml.h"
#include "gdal/base/shared_cache.h"
#include "gdal/copy/cog_option_list.h"
#include "gdal/view/options.h"

namespace
{

struct CopyOption : RetileOptionText {
    bool
        bGTiffs; /* whether it is one of GTiff's, or of the COG driver's, too */
};

/* In addition: the open options of a view that a descriptor names, and all
 * others of GTiff and the COG driver. */
const CopyOption aoCopyOptions[] = {
    {{"LAYOUT", "type='string-select'", "GTIFF COG DESCRIPTOR",
      "What is written: a tiled GeoTIFF, a Cloud Optimized one, or a .retile "
      "file that names the source; default: by extension, .retile is "
      "DESCRIPTOR"},
     false},
    {{"BLOCKXSIZE", "type='int' default='512' min='1'", "",
      "Block width in pixels; of a GeoTIFF, a multiple of 16"},
     true},
    {{"BLOCKYSIZE", "type='int' default='512' min='1'", "",
      "Block height in pixels; of a GeoTIFF, a multiple of 16"},
     true},
    {{"TILED", "type='boolean' default='YES'", "",
      "YES: there are no other files than tiled ones"},
     true},
    {{"MEMORY_MAX", "type='string'", "",
      "All memory that a copy may hold: bytes, or a number with KB, MB, GB or "
      "%; default: RETILE_CACHEMAX"},
     false},
    {{"NUM_THREADS", "type='string' default='ALL_CPUS'", "",
      "Threads that decode and encode: a number or ALL_CPUS; DESCRIPTOR: that "
      "decode for the view"},
     false},
    {{"SPILL", "type='string-select' default='AUTO'", "AUTO NONE MEMORY DISK",
      "Where pixels wait if they are decoded before they are needed; "
      "DESCRIPTOR: what happens to evicted blocks"},
     false},
    {{"PASSTHROUGH", "type='string-select' default='AUTO'", "AUTO NO REQUIRED",
      "Whether encoded tiles of the source are copied without decoding if the "
      "copy needs the same encoding; REQUIRED: the copy fails if that is not "
      "possible for the bands"},
     false},
    {{"PREDICTOR", "type='string-select'",
      "1 2 3 YES NO STANDARD FLOATING_POINT",
      "1, NO: none; 2, STANDARD: horizontal differencing; 3, FLOATING_POINT; "
      "COG only: YES, as the data type has it"},
     true},
    {{"OVERVIEWS", "type='string-select'",
      "AUTO IGNORE_EXISTING FORCE_USE_EXISTING NONE SOURCE VIRTUAL",
      "Behavior regarding overviews; default: AUTO with a COG, else NONE. "
      "DESCRIPTOR: those that the view shows"},
     true},
};

} // namespace

/* Options of GTiff that have no meaning here. */
static const char *const apszMeaningless[] = {
    "TILED", "COPY_SRC_OVERVIEWS", "STREAMABLE_OUTPUT", "APPEND_SUBDATASET",
    "JPEG_DIRECT_COPY"};

/* The option of that name in a list, or nullptr. */
static CPLXMLNode *Declaration(CPLXMLNode *psList, const char *pszName)
{
    CPLXMLNode *psOption = psList->psChild;

    while (psOption != nullptr &&
           !EQUAL(CPLGetXMLValue(psOption, "name", ""), pszName))
        psOption = psOption->psNext;
    return psOption;
}

static bool IsMeaningless(const char *pszName)
{
    for (const char *pszMeaningless : apszMeaningless)
        if (EQUAL(pszName, pszMeaningless))
            return true;
    return false;
}

static bool IsAny(const char * /* pszName */)
{
    return true;
}

/* Adds a copy of an element, without those after it. */
static void AddCopy(CPLXMLNode *psParent, const CPLXMLNode *psElement)
{
    CPLXMLNode oAlone = *psElement;

    oAlone.psNext = nullptr;
    CPLAddXMLChild(psParent, CPLCloneXMLTree(&oAlone));
}

/* Adds the options of another list that psList does not have and IsWanted. */
static void AddOptions(CPLXMLNode *psList, const char *pszOtherList,
                       bool (*IsWanted)(const char *pszName))
{
    const CPLXMLTreeCloser oOther(pszOtherList ? CPLParseXMLString(pszOtherList)
                                               : nullptr);

    for (const CPLXMLNode *psOption = oOther ? oOther->psChild : nullptr;
         psOption != nullptr; psOption = psOption->psNext) {
        const char *pszName = CPLGetXMLValue(psOption, "name", "");

        if (psOption->eType != CXT_Element || IsMeaningless(pszName) ||
            Declaration(psList, pszName) != nullptr || !IsWanted(pszName))
            continue;
        AddCopy(psList, psOption);
    }
}

static bool IsValue(const CPLXMLNode *psNode)
{
    return psNode->eType == CXT_Element && EQUAL(psNode->pszValue, "Value");
}

static bool HasValue(const CPLXMLNode *psOption, const char *pszValue)
{
    for (const CPLXMLNode *ps = psOption->psChild; ps != nullptr;
         ps = ps->psNext)
        if (IsValue(ps) && EQUAL(CPLGetXMLValue(ps, "", ""), pszValue))
            return true;
    return false;
}

/* Adds the values that another list has for the options of psList: the COG
 * driver has some that GTiff does not have, and one list declares both. */
static void AddValues(CPLXMLNode *psList, const char *pszOtherList)
{
    const CPLXMLTreeCloser oOther(pszOtherList ? CPLParseXMLString(pszOtherList)
                                               : nullptr);

    for (const CPLXMLNode *psOther = oOther ? oOther->psChild : nullptr;
         psOther != nullptr; psOther = psOther->psNext) {
        CPLXMLNode *psOption =
            Declaration(psList, CPLGetXMLValue(psOther, "name", ""));

        for (const CPLXMLNode *ps = psOption ? psOther->psChild : nullptr;
             ps != nullptr; ps = ps->psNext)
            if (IsValue(ps) && !HasValue(psOption, CPLGetXMLValue(ps, "", "")))
                AddCopy(psOption, ps);
    }
}

std::string RetileCreationOptionList(const char *pszGTiffList,
                                     const char *pszCogList)
{
    std::string osOwn = "<CreationOptionList>";

    for (const CopyOption &oOption : aoCopyOptions)
        osOwn += RetileOptionXML(oOption);
    osOwn += RetileDescriptorOptionsXML() + "</CreationOptionList>";
    const CPLXMLTreeCloser oOwn(CPLParseXMLString(osOwn.c_str()));

    AddOptions(oOwn.get(), pszCogList, RetileIsCogOption);
    AddOptions(oOwn.get(), RetileCogOptionList().c_str(), IsAny);
    AddOptions(oOwn.get(), pszGTiffList, IsAny);
    AddValues(oOwn.get(), pszCogList);
    char *pszText = CPLSerializeXMLTree(oOwn.get());
    std::string osList(pszText);
    CPLFree(pszText);
    return osList;
}

CPLStringList RetileGTiffOptions(CSLConstList papszOptions)
{
    CPLStringList aosOptions(RetileWithoutCogOptions(papszOptions));

    for (const CopyOption &oOption : aoCopyOptions)
        if (!oOption.bGTiffs)
            aosOptions.SetNameValue(oOption.pszName, nullptr);
    for (const char *pszName : RetileOptionNames(true))
        aosOptions.SetNameValue(pszName, nullptr);
    return aosOptions;
}

rt_status RetileParseBlockSize(CSLConstList papszOptions, const char *pszName,
                               int &nSize, rt_error *err)
{
    const char *pszValue = CSLFetchNameValue(papszOptions, pszName);
    char *pszEnd = nullptr;

    if (pszValue == nullptr)
        return RT_OK;
    const long long nValue = std::strtoll(pszValue, &pszEnd, 10);
    if (pszEnd == pszValue || *pszEnd != '\0' || nValue <= 0 ||
        nValue > INT_MAX || nValue % 16 != 0)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "%s=%s is not a size of tiles: write a multiple "
                            "of 16, such as 512",
                            pszName, pszValue);
    nSize = static_cast<int>(nValue);
    return RT_OK;
}

static rt_status ParseMemoryMax(CSLConstList papszOptions, uint64_t &nBytes,
                                rt_error *err)
{
    const char *pszValue = CSLFetchNameValue(papszOptions, "MEMORY_MAX");

    if (pszValue == nullptr)
        return RetileCacheMax(nBytes, err);
    const rt_status eStatus = rt_byte_size_parse(
        "MEMORY_MAX", pszValue,
        static_cast<uint64_t>(CPLGetUsablePhysicalRAM()), &nBytes, err);
    if (eStatus != RT_OK || nBytes >= RT_CACHE_MIN_BYTES)
        return eStatus;
    const bool bMeansMB =
        nBytes > 0 && strspn(pszValue, "0123456789") == strlen(pszValue);
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "MEMORY_MAX=%s is %llu bytes: write %sMB%s", pszValue,
                        static_cast<unsigned long long>(nBytes),
                        bMeansMB ? pszValue : "1", bMeansMB ? "" : " or more");
}

rt_status RetileParseChoice(CSLConstList papszOptions, const char *pszName,
                            CSLConstList papszValues, const char *pszChoice,
                            int &iValue, rt_error *err)
{
    const char *pszValue =
        CSLFetchNameValueDef(papszOptions, pszName, papszValues[0]);

    iValue = CSLFindString(papszValues, pszValue);
    if (iValue < 0)
        return rt_error_set(err, RT_ERR_ARGUMENT, "%s=%s is unknown: write %s",
                            pszName, pszValue, pszChoice);
    return RT_OK;
}

static rt_status ReadSpill(CSLConstList papszOptions,
                           RetileCopyOptions &oOptions, rt_error *err)
{
    RetileSpillPlace oPlace;
    rt_status eStatus = RetileParseSpill(
        CSLFetchNameValue(papszOptions, "SPILL"), oOptions.eSpill, err);

    if (eStatus == RT_OK)
        eStatus = RetileFindSpillPlace(oPlace, err);
    oOptions.osSpillFolder = oPlace.osFolder;
    oOptions.nSpillMax = oOptions.nDiskMax = oPlace.nMaxBytes;
    if (oOptions.eSpill == RT_SPILL_NONE || oOptions.eSpill == RT_SPILL_MEMORY)
        oOptions.nSpillMax = 0;
    return eStatus;
}

rt_status RetileParseCopyOptions(CSLConstList papszOptions,
                                 RetileCopyOptions &oOptions, rt_error *err)
{
    static const char *const apszPassthrough[] = {"AUTO", "NO", "REQUIRED",
                                                  nullptr};
    int iPassthrough = 0;
    rt_status eStatus = RetileParseBlockSize(papszOptions, "BLOCKXSIZE",
                                             oOptions.nBlockXSize, err);

    if (eStatus == RT_OK)
        eStatus = RetileParseBlockSize(papszOptions, "BLOCKYSIZE",
                                       oOptions.nBlockYSize, err);
    if (eStatus == RT_OK)
        eStatus = ParseMemoryMax(papszOptions, oOptions.nMemoryMax, err);
    if (eStatus == RT_OK)
        eStatus =
            RetileParseThreads(CSLFetchNameValue(papszOptions, "NUM_THREADS"),
                               oOptions.nThreads, err);
    if (eStatus == RT_OK)
        eStatus = ReadSpill(papszOptions, oOptions, err);
    if (eStatus == RT_OK)
        eStatus =
            RetileParseChoice(papszOptions, "PASSTHROUGH", apszPassthrough,
                              "AUTO, NO or REQUIRED", iPassthrough, err);
    oOptions.ePassthrough = static_cast<RetilePassthrough>(iPassthrough);
    return eStatus;
}
