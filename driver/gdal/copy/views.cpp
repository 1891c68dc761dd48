/* views.cpp - see views.h.
 *
 * Views of running copies are found by names that no user would write: the
 * prefix and a number that is not used twice.
 */
#include "gdal/copy/views.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "core/base/byte_size.h"
#include "cpl_conv.h"
#include "gdal/base/cycle.h"
#include "gdal/base/descriptor.h"
#include "gdal/base/fork_mutex.h"
#include "gdal/base/resources.h"
#include "gdal/base/shared_cache.h"
#include "gdal/copy/cache_needs.h"
#include "gdal/copy/row_demand.h"
#include "gdal/view/options.h"
#include "io/dataset/codec_memory.h"
#include "io/vrt/mosaic.h"
#include "io/vrt/nature.h"
#include "io/vrt/open_xml.h"
#include "io/vrt/reopen.h"
#include "io/vrt/sources.h"
#include "io/vrt/window.h"

namespace
{

/* Each source has an open handle until the copy ends. */
constexpr int MAX_SOURCES = 64;

struct Registry {
    RetileMutex oMutex{};
    /* Guarded by oMutex. */
    std::map<std::string, std::shared_ptr<const RetileSharedView>> oViews{};
    uint64_t nNext = 1;
};

Registry &TheRegistry()
{
    static Registry oRegistry;

    return oRegistry;
}

/* The number of different sources that a VRT names. */
size_t CountSources(const char *pszXML, const char *pszFolder)
{
    const CPLStringList aosNames(rt_vrt_source_names(pszXML, pszFolder));
    std::set<std::string> oSeen;

    for (int i = 0; i < aosNames.size(); i++)
        oSeen.insert(aosNames[i]);
    return oSeen.size();
}

} // namespace

RetileCopyViews::RetileCopyViews(uint64_t nCacheBytes)
    : m_nCacheBytes(nCacheBytes)
{
}

RetileCopyViews::~RetileCopyViews()
{
    Forget();
    m_oViews.clear();
    rt_block_cache_destroy(m_poCache);
}

std::shared_ptr<const RetileSharedView>
RetileCopyViews::Find(const char *pszName)
{
    Registry &oRegistry = TheRegistry();

    if (!STARTS_WITH(pszName, RT_COPY_VIEW_PREFIX))
        return nullptr;
    const std::lock_guard<RetileMutex> oLock(oRegistry.oMutex);
    const auto oFound = oRegistry.oViews.find(pszName);
    return oFound == oRegistry.oViews.end() ? nullptr : oFound->second;
}

/* From now on nobody finds the views. */
void RetileCopyViews::Forget() const
{
    Registry &oRegistry = TheRegistry();
    const std::lock_guard<RetileMutex> oLock(oRegistry.oMutex);

    for (const auto &oItem : m_oViews)
        oRegistry.oViews.erase(oItem.first);
}

rt_status RetileCopyViews::OpenCache(rt_error *err)
{
    RetileSpillPlace oPlace;
    const rt_status eStatus = RetileFindSpillPlace(oPlace, err);

    if (eStatus == RT_OK)
        m_poCache = RetileCreateCache(m_nCacheBytes, oPlace, err);
    if (m_poCache != nullptr)
        rt_block_cache_serve_in_order(m_poCache);
    return m_poCache != nullptr ? RT_OK : err->status;
}

/* The name of a view with the common cache; empty if it cannot be opened. */
std::string RetileCopyViews::Add(const RetileDescriptor &oDescriptor,
                                 RetileOptions oOptions, rt_error *err)
{
    Registry &oRegistry = TheRegistry();

    if ((m_poCache == nullptr && OpenCache(err) != RT_OK) ||
        RetileSetOption(oOptions, "NUM_THREADS",
                        std::to_string(m_nThreads).c_str(), err) != RT_OK ||
        RetileSetOption(oOptions, "SPILL", "NONE", err) != RT_OK)
        return "";
    const std::shared_ptr<RetileSharedView> poView =
        RetileSharedView::Open(oDescriptor, oOptions, err, m_poCache);
    if (poView == nullptr)
        return "";
    const std::lock_guard<RetileMutex> oLock(oRegistry.oMutex);
    const std::string osName =
        RT_COPY_VIEW_PREFIX + std::to_string(oRegistry.nNext++);
    oRegistry.oViews[osName] = poView;
    m_oViews[osName] = poView;
    return osName;
}

/* Whether the name would be opened as a view. The copy then opens it in its own
 * way. Otherwise the view's cache, which is not the copy's, would be in between
 * and decode again what it cannot keep. */
static bool IsViewName(const char *pszName)
{
    return RetileIsPrefixed(pszName) || RetileIsText(pszName) ||
           EQUAL(CPLGetExtension(pszName), "retile");
}

/* The name of a view of pszName. If pszName is a view's name, the new view is
 * of the same source. */
std::string RetileCopyViews::Add(const char *pszName, CSLConstList papszOptions)
{
    const bool bView = IsViewName(pszName);

    /* A view would round values that the VRT over it gets as they are. */
    if (rt_vrt_nature_of_name(pszName).finer)
        return "";
    const std::unique_ptr<RetileOpening> poOpening(
        bView ? new RetileOpening(pszName) : nullptr);
    RetileDescriptor oDescriptor;
    RetileOptions oOptions;
    rt_error err;

    if (!bView) {
        oDescriptor.osSource = pszName;
        oDescriptor.aosSourceOptions =
            CPLStringList(CSLDuplicate(papszOptions));
    } else if (RetileReadView(pszName, papszOptions, oDescriptor, oOptions,
                              &err) != RT_OK ||
               poOpening->Check(oDescriptor, &err) != RT_OK) {
        return "";
    }
    const std::string osName = Add(oDescriptor, oOptions, &err);
    if (!osName.empty())
        rt_view_fill_in_turn(m_oViews[osName]->View());
    return osName;
}

/* A name that cannot be replaced stays as it is. */
char *RetileCopyViews::Rename(void *pContext, const char *pszName,
                              CSLConstList papszOptions)
try {
    auto *poThis = static_cast<RetileCopyViews *>(pContext);
    std::string osKey = pszName;

    for (CSLConstList papsz = papszOptions; papsz && *papsz; papsz++)
        osKey += std::string("\n") + *papsz;
    auto oFound = poThis->m_oNames.find(osKey);
    if (oFound == poThis->m_oNames.end())
        oFound =
            poThis->m_oNames.emplace(osKey, poThis->Add(pszName, papszOptions))
                .first;
    return oFound->second.empty() ? nullptr : CPLStrdup(oFound->second.c_str());
} catch (...) {
    return nullptr;
}

bool RetileCopyViews::Wrap(const char *pszXML, const char *pszFolder)
{
    const size_t nSources = CountSources(pszXML, pszFolder);

    if (nSources == 0 || nSources > MAX_SOURCES)
        return false;
    m_nCacheBytes = std::max(m_nCacheBytes, RT_CACHE_MIN_BYTES);
    char *pszWrapped = rt_vrt_rename_sources(pszXML, pszFolder, Rename, this);

    m_osName = pszWrapped ? pszWrapped : "";
    CPLFree(pszWrapped);
    return !m_osName.empty() && !m_oViews.empty();
}

static bool IsMosaic(GDALDataset *poDS, GDALDataType eType,
                     const rt_vrt_nature &oNature)
{
    rt_mosaic *poMosaic = rt_mosaic_of(GDALDataset::ToHandle(poDS),
                                       poDS->GetOpenOptions(), eType, &oNature);

    rt_mosaic_free(poMosaic);
    return poMosaic != nullptr;
}

static bool IsWindow(const char *pszXML, const char *pszFolder)
{
    rt_vrt_window oWindow;
    const bool bIs = rt_vrt_window_parse(pszXML, pszFolder, &oWindow);

    rt_vrt_window_free(&oWindow);
    return bIs;
}

/* Whether other threads can open the VRT again. False for a window on one
 * dataset and for a mosaic of whole pixels, because those datasets are read
 * directly. */
static bool CanBeReopened(GDALDataset *poDS, GDALDataType eType,
                          const char *pszXML, const char *pszFolder)
{
    rt_reopen oReopen;

    if (IsWindow(pszXML, pszFolder))
        return false;
    rt_reopen_choose(GDALDataset::ToHandle(poDS), nullptr,
                     poDS->GetOpenOptions(), &oReopen);
    const bool bCan =
        oReopen.name != nullptr && !IsMosaic(poDS, eType, oReopen.nature);
    rt_reopen_free(&oReopen);
    return bCan;
}

/* The text from which the VRT is opened over other sources. A VRT's own text is
 * preferred, because its current XML may have rounded numbers. The caller frees
 * it. nullptr if neither text describes exactly what the VRT computes. */
static char *ExactXML(GDALDataset *poDS, const char *pszXML)
{
    char *pszText = rt_vrt_text(GDALDataset::ToHandle(poDS));

    if (pszText == nullptr && rt_vrt_xml_is_exact(pszXML))
        pszText = CPLStrdup(pszXML);
    return pszText;
}

static rt_spill SpillOf(const RetileCopyOptions &oOptions)
{
    if (oOptions.eSpill == RT_SPILL_AUTO)
        return oOptions.nSpillMax > 0 ? RT_SPILL_DISK : RT_SPILL_NONE;
    return oOptions.eSpill;
}

std::unique_ptr<RetileCopyViews>
RetileCopyViews::Under(GDALDataset *poDS, GDALDataType eType,
                       const RetileCopyOptions &oOptions)
{
    constexpr uint64_t LEAST_BYTES = 64 << 20;
    char *pszFolder = nullptr;
    char *pszXML = rt_vrt_xml(GDALDataset::ToHandle(poDS),
                              poDS->GetOpenOptions(), &pszFolder);
    char *pszExact =
        pszXML != nullptr && CanBeReopened(poDS, eType, pszXML, pszFolder)
            ? ExactXML(poDS, pszXML)
            : nullptr;
    std::unique_ptr<RetileCopyViews> poViews;

    if (pszExact != nullptr) {
        poViews.reset(new RetileCopyViews(
            std::min(oOptions.nMemoryMax / 2, LEAST_BYTES)));
        poViews->m_eSpill = SpillOf(oOptions);
        poViews->m_nThreads = oOptions.nThreads;
        if (poViews->Wrap(pszExact, pszFolder))
            poViews->FindNeed(poDS->GetRasterXSize(), poDS->GetRasterYSize());
        else
            poViews.reset();
    }
    CPLFree(pszExact);
    CPLFree(pszXML);
    CPLFree(pszFolder);
    return poViews;
}

static void ExpectColumns(const RetileSharedView &oView,
                          const RetileRows &oColumns)
{
    const int64_t nWidth = oView.Core()->layers[0].grid.w_px;
    const int64_t nFirst = std::clamp<int64_t>(oColumns.nFirst, 0, nWidth);
    const int64_t nEnd = std::clamp<int64_t>(oColumns.nEnd, nFirst, nWidth);

    rt_view_expect_rows(oView.View(), static_cast<int32_t>(nFirst),
                        static_cast<int32_t>(nEnd));
}

/* In a mosaic, not all sources are read at the same time. */
void RetileCopyViews::FindNeed(int nWidth, int nHeight)
{
    constexpr int STEP_PX = 512; /* of what a copy reads at the same time */
    /* A source of one JPEG 2000 tile is read in runs of up to 16 MB, if those
     * and what the decoder takes for them are a quarter of the cache. */
    constexpr uint64_t LARGE_READS_BYTES = 256 << 20;
    const RetileRowDemand oDemand =
        RetileFindRowDemand(m_osName.c_str(), nWidth, nHeight, STEP_PX);
    std::vector<uint64_t> anBytes;

    for (const auto &oItem : m_oViews) {
        const RetileSharedView &oView = *oItem.second;
        if (oView.Core()->whole_reads)
            m_nMoreBytes = LARGE_READS_BYTES;
        const rt_grid &oGrid = oView.Core()->layers[0].grid;
        const auto oFound = oDemand.find(oItem.first);
        const RetileSourceDemand oOfView =
            oFound != oDemand.end()
                ? oFound->second
                : RetileDemandInProportion(oGrid.w_px, oGrid.h_px, nHeight,
                                           STEP_PX);
        const std::vector<RetileRows> aoKept =
            RetileRowsToKeep(oOfView.aoSteps);

        ExpectColumns(oView, oOfView.oColumns);
        anBytes.resize(aoKept.size());
        for (size_t i = 0; i < aoKept.size(); i++)
            if (aoKept[i].nFirst < aoKept[i].nEnd)
                anBytes[i] += RetileNeededByRows(oView, aoKept[i]);
    }
    if (!anBytes.empty())
        m_nNeedBytes = *std::max_element(anBytes.begin(), anBytes.end());
    m_nCacheBytes = std::max(m_nCacheBytes, RT_CACHE_MIN_BYTES);
    Adapt();
}

std::unique_ptr<RetileCopyViews>
RetileCopyViews::OfChips(const RetileSharedView &oView,
                         const RetileCopyOptions &oOptions, rt_error *err)
{
    constexpr uint64_t ROOM_BYTES = 64 << 20;
    const rt_layer &oLayer = oView.Core()->layers[0];
    std::unique_ptr<RetileCopyViews> poViews(new RetileCopyViews(0));

    poViews->m_eSpill = SpillOf(oOptions);
    poViews->m_nThreads = oOptions.nThreads;
    poViews->m_nCodecBytes = oView.WithInput([](GDALDataset *poSource) {
        return rt_codec_held_bytes(GDALDataset::ToHandle(poSource));
    });
    poViews->m_nNeedBytes = RetileNeededByChips(*oView.Chips(), oLayer);
    poViews->m_nDecodeBytes = RetileDecodedForAChip(*oView.Chips(), oLayer);
    /* With fewer bytes, spilling would not save a decode. */
    if (poViews->m_eSpill != RT_SPILL_NONE)
        poViews->m_nLeastBytes =
            std::max(RT_CACHE_MIN_BYTES, poViews->m_nDecodeBytes * 5 / 4);
    poViews->m_nCacheBytes =
        std::max(poViews->m_nLeastBytes,
                 std::min(oOptions.nMemoryMax / 2,
                          std::max(ROOM_BYTES, poViews->m_nNeedBytes)));
    poViews->m_osName = poViews->Add(oView.Descriptor(), oView.Options(), err);
    if (poViews->m_osName.empty())
        return nullptr;
    poViews->Adapt();
    return poViews;
}

/* Whether the decodes of all threads do not fit into the cache of overlapped
 * tiles at the same time. */
bool RetileCopyViews::DecodesInTurn() const
{
    return m_nCacheBytes <= m_nLeastBytes ||
           m_nCacheBytes <
               m_nDecodeBytes * (static_cast<uint64_t>(m_nThreads) + 1);
}

uint64_t RetileCopyViews::HeldBytes() const
{
    return m_nCacheBytes +
           m_nCodecBytes *
               (DecodesInTurn() ? 1 : static_cast<uint64_t>(m_nThreads));
}

/* Adapts the views to the size of the cache. Called before the first read. */
void RetileCopyViews::Adapt()
{
    for (const auto &oItem : m_oViews) {
        oItem.second->SetSpill(m_nCacheBytes < m_nNeedBytes ? m_eSpill
                                                            : RT_SPILL_NONE);
        if (m_nDecodeBytes > 0 && DecodesInTurn())
            rt_view_fill_in_turn(oItem.second->View());
    }
}

bool RetileCopyViews::Shrink()
{
    if (m_nCacheBytes <= m_nLeastBytes)
        return false;
    SetCache(std::max(m_nCacheBytes / 2, m_nLeastBytes));
    return true;
}

void RetileCopyViews::SetCache(uint64_t nBytes)
{
    m_nCacheBytes = nBytes;
    rt_block_cache_set_limit(m_poCache, m_nCacheBytes);
    Adapt();
}

uint64_t RetileCopyViews::Grow(uint64_t nMoreBytes)
{
    const uint64_t nBefore = m_nCacheBytes;
    const uint64_t nWant = m_nNeedBytes + m_nMoreBytes;

    if (m_nCacheBytes < nWant && !m_bGrown)
        SetCache(std::min(nWant, m_nCacheBytes + nMoreBytes));
    m_bGrown = true;
    return nBefore;
}

void RetileCopyViews::Begin() const
{
    const bool bHolds = m_nCacheBytes >= m_nNeedBytes && m_nDecodeBytes == 0;

    for (const auto &oItem : m_oViews) {
        rt_view *poView = oItem.second->View();

        if (bHolds)
            rt_view_set_threads(poView, m_nThreads);
        else
            rt_view_expect_rows(poView, 0, 0);
    }
}

void RetileCopyViews::Count(uint64_t &nDecoded, uint64_t &nTouched) const
{
    nDecoded = nTouched = 0;
    for (const auto &oItem : m_oViews) {
        const rt_stats *psStats = oItem.second->SourceStats();

        nDecoded += rt_stats_get(psStats, RT_STAT_PIXELS_DECODED);
        nTouched += rt_stats_get(psStats, RT_STAT_PIXELS_TOUCHED);
    }
}
