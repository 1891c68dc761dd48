/* metadata.cpp - see metadata.h. */
#include "gdal/view/metadata.h"

#include <cstring>
#include <vector>

#include "cpl_conv.h"
#include "cpl_json.h"
#include "cpl_vsi.h"
#include "gdal/base/descriptor.h"
#include "gdal/base/resources.h"
#include "gdal/view/chip_options.h"
#include "io/dataset/gdal_versions.h"

static bool IsImageStructure(const char *pszDomain)
{
    return pszDomain != nullptr && EQUAL(pszDomain, "IMAGE_STRUCTURE");
}

static const std::vector<const char *> &ShownOfImage()
{
    static const std::vector<const char *> apszShown =
        RT_GDAL_HAS_INT8
            ? std::vector<const char *>{"INTERLEAVE", "NBITS"}
            : std::vector<const char *>{"INTERLEAVE", "NBITS", "PIXELTYPE"};

    return apszShown;
}

/* The block layout and the compression of blocks belong to the source only. */
bool RetileHidesItem(const char *pszName, const char *pszDomain)
{
    if (IsImageStructure(pszDomain)) {
        for (const char *pszShown : ShownOfImage())
            if (EQUAL(pszName, pszShown))
                return false;
        return true;
    }
    return pszDomain != nullptr && EQUAL(pszDomain, "TIFF") &&
           (STARTS_WITH_CI(pszName, "BLOCK_OFFSET_") ||
            STARTS_WITH_CI(pszName, "BLOCK_SIZE_"));
}

bool RetileIsStatistic(const char *pszName, const char *pszDomain)
{
    return (pszDomain == nullptr || *pszDomain == '\0') &&
           STARTS_WITH_CI(pszName, "STATISTICS_");
}

static bool IsSubdatasetName(const char *pszKey)
{
    const size_t nLength = strlen(pszKey);

    return STARTS_WITH_CI(pszKey, "SUBDATASET_") && nLength > 5 &&
           EQUAL(pszKey + nLength - 5, "_NAME");
}

/* To list all items, GDAL 3.6 walks through a JPEG 2000 file with the handle
 * that also decodes, and then decodes from a wrong offset. Overviews may have a
 * dataset without a driver. */
static bool MayBeListed(GDALMajorObject &oSource)
{
    auto *poBand = dynamic_cast<GDALRasterBand *>(&oSource);
    auto *poDS = poBand != nullptr ? poBand->GetDataset()
                                   : dynamic_cast<GDALDataset *>(&oSource);
    const char *pszDriver = poDS != nullptr ? poDS->GetDriverName() : "";

    return *pszDriver != '\0' && !EQUAL(pszDriver, "JP2OpenJPEG");
}

/* Some drivers list items that they do not give one by one (Rasterlite). */
CPLStringList RetileSourceMetadata(GDALMajorObject &oSource,
                                   const char *pszDomain)
{
    CPLStringList aosShown;

    if (!IsImageStructure(pszDomain))
        return CPLStringList(CSLDuplicate(oSource.GetMetadata(pszDomain)));
    const bool bList = MayBeListed(oSource);
    CSLConstList papszAll = bList ? oSource.GetMetadata(pszDomain) : nullptr;
    for (const char *pszName : ShownOfImage()) {
        const char *pszValue =
            bList ? CSLFetchNameValue(papszAll, pszName)
                  : oSource.GetMetadataItem(pszName, pszDomain);
        if (pszValue != nullptr)
            aosShown.AddNameValue(pszName, pszValue);
    }
    return aosShown;
}

/* Whether the domain is a single text. */
static bool IsWhole(const char *pszDomain)
{
    return pszDomain != nullptr && (STARTS_WITH_CI(pszDomain, "xml:") ||
                                    STARTS_WITH_CI(pszDomain, "json:"));
}

CPLStringList RetileMergeMetadata(const char *pszDomain, CSLConstList oSource,
                                  CSLConstList papszOwn)
{
    const bool bSubdatasets =
        pszDomain != nullptr && EQUAL(pszDomain, "SUBDATASETS");
    const bool bOwnStatistics =
        CSLFetchNameValue(papszOwn, RETILE_ANY_STATISTIC) != nullptr;
    CPLStringList aosMerged;

    if (IsWhole(pszDomain))
        return CPLStringList(CSLDuplicate(
            papszOwn != nullptr && papszOwn[0] != nullptr ? papszOwn
                                                          : oSource));

    for (int i = 0; oSource != nullptr && oSource[i] != nullptr; i++) {
        char *pszKey = nullptr;
        const char *pszValue = CPLParseNameValue(oSource[i], &pszKey);

        if (pszKey == nullptr || pszValue == nullptr)
            aosMerged.AddString(oSource[i]); /* domains xml: and json: */
        else if (bSubdatasets && IsSubdatasetName(pszKey))
            aosMerged.AddNameValue(pszKey, CPLSPrintf("RETILE:%s", pszValue));
        else if (!RetileHidesItem(pszKey, pszDomain) &&
                 !(bOwnStatistics && RetileIsStatistic(pszKey, pszDomain)))
            aosMerged.AddString(oSource[i]);
        CPLFree(pszKey);
    }
    for (int i = 0; papszOwn != nullptr && papszOwn[i] != nullptr; i++) {
        char *pszKey = nullptr;
        const char *pszValue = CPLParseNameValue(papszOwn[i], &pszKey);

        if (pszKey != nullptr && pszValue != nullptr)
            aosMerged.SetNameValue(pszKey, pszValue);
        else
            aosMerged.AddString(papszOwn[i]);
        CPLFree(pszKey);
    }
    return aosMerged;
}

static void AddCount(CPLStringList &aosList, const char *pszName,
                     uint64_t nCount)
{
    aosList.SetNameValue(
        pszName, CPLSPrintf(CPL_FRMT_GUIB, static_cast<GUIntBig>(nCount)));
}

/* The sum of the items pszItem of the actions at the top of GDAL's network
 * statistics. */
static uint64_t NetworkCount(const CPLJSONObject &oActions, const char *pszItem)
{
    uint64_t nSum = 0;

    for (const CPLJSONObject &oAction : oActions.GetChildren())
        nSum += static_cast<uint64_t>(oAction.GetLong(pszItem, 0));
    return nSum;
}

/* Adds the requests and bytes that GDAL has counted on the network in this
 * process, if it counts them. */
static void AddNetwork(CPLStringList &aosList)
{
    if (!CPLTestBool(
            CPLGetConfigOption("CPL_VSIL_NETWORK_STATS_ENABLED", "NO")))
        return;
    char *pszJson = VSINetworkStatsGetAsSerializedJSON(nullptr);
    CPLJSONDocument oDocument;
    const bool bRead =
        pszJson != nullptr && oDocument.LoadMemory(std::string(pszJson));

    CPLFree(pszJson);
    if (!bRead)
        return;
    const CPLJSONObject oMethods = oDocument.GetRoot().GetObj("methods");
    AddCount(aosList, "NETWORK_REQUESTS", NetworkCount(oMethods, "count"));
    AddCount(aosList, "NETWORK_BYTES",
             NetworkCount(oMethods, "downloaded_bytes"));
}

CPLStringList RetileStatistics(const RetileSharedView &oView)
{
    const auto Count = [&oView](rt_stat eStat) {
        const RetileVirtualLevels *poLevels = oView.VirtualLevels();
        return rt_stats_get(oView.Stats(), eStat) +
               (poLevels ? poLevels->Count(eStat) : 0);
    };
    const rt_stats *poSource = oView.SourceStats();
    uint64_t nDecoded = 0, nTouched = 0; // of the files of a mosaic
    oView.CountFiles(nDecoded, nTouched);
    nDecoded += rt_stats_get(poSource, RT_STAT_PIXELS_DECODED);
    nTouched += rt_stats_get(poSource, RT_STAT_PIXELS_TOUCHED);
    rt_cache_counters oCache = {};
    CPLStringList aosList;

    if (oView.Cache() != nullptr)
        rt_block_cache_count(oView.Cache(), &oCache);
    AddCount(aosList, "CACHE_HITS", Count(RT_STAT_HITS));
    AddCount(aosList, "CACHE_MISSES", Count(RT_STAT_MISSES));
    AddCount(aosList, "IN_FLIGHT_WAITS", Count(RT_STAT_IN_FLIGHT_WAITS));
    AddCount(aosList, "SOURCE_PIXELS_DECODED", nDecoded);
    AddCount(aosList, "SOURCE_READS",
             rt_stats_get(poSource, RT_STAT_SOURCE_READS));
    AddCount(aosList, "EVICTIONS", oCache.evictions);
    AddCount(aosList, "OVERSIZE", Count(RT_STAT_OVERSIZE));
    AddCount(aosList, "BYTES_RESIDENT", oCache.resident_bytes);
    AddCount(aosList, "BYTES_PEAK", oCache.peak_bytes);
    AddCount(aosList, "SPILL_WRITES", oCache.spill_writes);
    AddCount(aosList, "SPILL_READS", oCache.spill_reads);
    AddCount(aosList, "SPILL_BYTES", oCache.spill_bytes);
    aosList.SetNameValue(
        "DECODE_AMPLIFICATION",
        CPLSPrintf("%.2f", nTouched == 0 ? 0.0
                                         : static_cast<double>(nDecoded) /
                                               static_cast<double>(nTouched)));
    AddNetwork(aosList);
    return aosList;
}

static const char *AccessName(rt_access eAccess)
{
    switch (eAccess) {
    case RT_ACCESS_ROWS:
        return "ROWS";
    case RT_ACCESS_SEQUENTIAL:
        return "SEQUENTIAL";
    default:
        return "RANDOM";
    }
}

static const char *CacheName(RetileCacheMode eMode)
{
    switch (eMode) {
    case RetileCacheMode::Private:
        return "PRIVATE";
    case RetileCacheMode::None:
        return "NONE";
    default:
        return "SHARED";
    }
}

static std::string JoinedBySpaces(const CPLStringList &aosList)
{
    std::string osText;

    for (int i = 0; i < aosList.size(); i++)
        osText += (i > 0 ? " " : "") + std::string(aosList[i]);
    return osText;
}

static void AddOverviews(CPLStringList &aosList, const RetileSharedView &oView)
{
    const double dfStrategy = oView.Options().oOverviews.dfStrategy;

    aosList.SetNameValue("OVERVIEWS", RetileOverviewsName(oView.Overviews()));
    if (oView.VirtualLevels() != nullptr)
        aosList.SetNameValue("OVERVIEW_RESAMPLING",
                             RetileReduceName(oView.VirtualLevels()->Method()));
    if (dfStrategy >= 0)
        aosList.SetNameValue("ZOOM_LEVEL_STRATEGY",
                             CPLSPrintf("%.15g", dfStrategy));
}

CPLStringList RetileDescription(const RetileSharedView &oView)
{
    const rt_source *poCore = rt_gdal_source_core(oView.Source());
    const RetileOptions &oOptions = oView.Options();
    const RetileLevelSize &oSize = oView.Level(0);
    const auto Blocks = [](int nSize, int nBlock) {
        return (static_cast<int64_t>(nSize) + nBlock - 1) / nBlock;
    };
    CPLStringList aosList;

    aosList.SetNameValue("SOURCE", rt_gdal_source_name(oView.Source()));
    oView.WithInput([&](GDALDataset *poDataset) {
        aosList.SetNameValue("SOURCE_DRIVER", poDataset->GetDriverName());
        return 0;
    });
    if (!oView.Descriptor().aosSourceOptions.empty())
        aosList.SetNameValue(
            "SOURCE_OPEN_OPTIONS",
            JoinedBySpaces(oView.Descriptor().aosSourceOptions).c_str());
    for (int nLevel = 0; nLevel < oView.Levels() && !oView.IsVirtual(nLevel);
         nLevel++) {
        const rt_grid &oSourceBlock = poCore->layers[2 * nLevel].grid;
        const std::string osKey =
            nLevel == 0 ? "SOURCE_BLOCK"
                        : CPLSPrintf("SOURCE_BLOCK_OVERVIEW_%d", nLevel - 1);
        aosList.SetNameValue(osKey.c_str(),
                             CPLSPrintf("%dx%d", oSourceBlock.block_w_px,
                                        oSourceBlock.block_h_px));
    }
    aosList.SetNameValue("ACCESS", AccessName(poCore->layers[0].access));
    AddCount(aosList, "BLOCKS_X",
             static_cast<uint64_t>(Blocks(oSize.nWidth, oView.BlockXSize())));
    AddCount(aosList, "BLOCKS_Y",
             static_cast<uint64_t>(Blocks(oSize.nHeight, oView.BlockYSize())));
    aosList.SetNameValue("BLOCKXSIZE", CPLSPrintf("%d", oOptions.nBlockXSize));
    aosList.SetNameValue("BLOCKYSIZE", CPLSPrintf("%d", oOptions.nBlockYSize));
    aosList.SetNameValue("PAD_EDGES", oOptions.bPadEdges ? "YES" : "NO");
    aosList.SetNameValue("OVERLAP", CPLSPrintf("%d", oOptions.nOverlap));
    aosList.SetNameValue("OVERLAP_MODE",
                         RetileOverlapName(oOptions.eOverlapMode));
    if (oOptions.bHasPadValue)
        aosList.SetNameValue("PAD_VALUE", oOptions.osPadValue.c_str());
    aosList.SetNameValue("CACHE", CacheName(oOptions.eCache));
    if (oView.Cache() != nullptr) {
        rt_cache_counters oCache;
        rt_block_cache_count(oView.Cache(), &oCache);
        AddCount(aosList, "CACHE_MAX", oCache.limit_bytes);
    }
    aosList.SetNameValue("NUM_THREADS", CPLSPrintf("%d", oOptions.nThreads));
    aosList.SetNameValue("SPILL", RetileSpillName(oOptions.eSpill));
    AddOverviews(aosList, oView);
    aosList.SetNameValue("SOURCE_DECODER",
                         rt_gdal_source_decoder(oView.Source()));
    if (oView.IsFocal())
        aosList.SetNameValue("FOCAL", oOptions.osFocal.c_str());
    return aosList;
}

/* With this many threads, the lists of threads that have ended are dropped. */
constexpr size_t MANY_THREADS = 64;

RetileListKeeper::OfThread &RetileListKeeper::OfThisThread_locked()
{
    static thread_local const auto poAlive = std::make_shared<const char>('\0');
    const auto oFound = m_oThreads.find(std::this_thread::get_id());

    /* Thread ids are reused. */
    if (oFound != m_oThreads.end() && !oFound->second.poAlive.expired())
        return oFound->second;
    if (m_oThreads.size() >= MANY_THREADS)
        for (auto it = m_oThreads.begin(); it != m_oThreads.end();)
            it = it->second.poAlive.expired() ? m_oThreads.erase(it)
                                              : std::next(it);
    OfThread &oOf = m_oThreads[std::this_thread::get_id()];
    oOf.poAlive = poAlive;
    return oOf;
}

static RetilePlanner pfnTellPlan = nullptr;

void RetileSetPlanner(RetilePlanner pfnPlanner)
{
    pfnTellPlan = pfnPlanner;
}

std::string RetilePlanItem(GDALDataset *poView, const char *pszItem)
{
    const CPLStringList aosOptions(
        CSLTokenizeString2(pszItem, "\n", CSLT_STRIPLEADSPACES));

    return pfnTellPlan != nullptr ? pfnTellPlan(poView, aosOptions.List()) : "";
}

char **RetileListKeeper::Keep(const std::string &osKey, CPLStringList &&aosList)
{
    const std::lock_guard<RetileMutex> oLock(m_oMutex);
    OfThread &oOf = OfThisThread_locked();
    const auto oFound = oOf.oByKey.find(osKey);

    if (oFound != oOf.oByKey.end()) {
        oOf.aoKept.splice(oOf.aoKept.end(), oOf.aoKept, oFound->second);
    } else {
        oOf.aoKept.push_back({osKey, CPLStringList()});
        oOf.oByKey[osKey] = std::prev(oOf.aoKept.end());
        if (oOf.aoKept.size() > MOST) {
            oOf.oByKey.erase(oOf.aoKept.front().osKey);
            oOf.aoKept.pop_front();
        }
    }
    oOf.aoKept.back().aosList = std::move(aosList);
    return oOf.aoKept.back().aosList.List();
}

size_t RetileListKeeper::Count()
{
    const std::lock_guard<RetileMutex> oLock(m_oMutex);
    size_t nCount = 0;

    for (const auto &oItem : m_oThreads)
        nCount += oItem.second.aoKept.size();
    return nCount;
}

const char *RetileListKeeper::KeepText(const std::string &osKey,
                                       const char *pszText)
{
    if (pszText == nullptr)
        return nullptr;
    CPLStringList aosText;
    aosText.AddString(pszText);
    return Keep(osKey, std::move(aosText))[0];
}
