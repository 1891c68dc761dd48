/* virtual_levels.cpp - see virtual_levels.h. */
#include "gdal/overviews/virtual_levels.h"

#include <algorithm>
#include <new>

/* A level that fits into this square has no further level above it. */
constexpr int SMALLEST = 256;

struct RetileVirtualLevels::Level {
    std::unique_ptr<RetileLevelSource> poSource{};
    rt_stats *poStats = nullptr;
    rt_identity *poIdentity = nullptr;
    rt_view *poView = nullptr;

    Level() = default;
    ~Level()
    {
        rt_view_destroy(poView);
        rt_identity_unref(poIdentity);
        if (poStats != nullptr)
            rt_stats_destroy(poStats);
    }
    Level(const Level &) = delete;
    Level &operator=(const Level &) = delete;
};

RetileVirtualLevels::RetileVirtualLevels() = default;

/* Views that others read from are destroyed last. */
RetileVirtualLevels::~RetileVirtualLevels()
{
    while (!m_apoLevels.empty())
        m_apoLevels.pop_back();
}

/* Whether GDAL derives a mask with these flags from the bands' pixels, on any
 * level. */
static bool IsDerived(int nFlags, GDALDataset *poDataset)
{
    const int nBands = poDataset->GetRasterCount();

    if (nFlags == GMF_ALL_VALID || nFlags == GMF_NODATA ||
        nFlags == (GMF_NODATA | GMF_PER_DATASET))
        return true;
    return (nFlags & GMF_ALPHA) != 0 && (nBands == 2 || nBands == 4) &&
           poDataset->GetRasterBand(nBands)->GetColorInterpretation() ==
               GCI_AlphaBand;
}

static RetileReduceMasks MasksOf(const RetileLevelsBase &oBase,
                                 GDALDataset *poDataset)
{
    const auto &apsBands = oBase.apsBands;
    const bool bDerived =
        std::all_of(apsBands.begin(), apsBands.end(),
                    [poDataset](const rt_gdal_band *psBand) {
                        return IsDerived(psBand->mask_flags, poDataset);
                    });
    const bool bShared = std::all_of(
        apsBands.begin(), apsBands.end(),
        [](const rt_gdal_band *psBand) { return psBand->shares_mask; });

    if (bDerived)
        return RetileReduceMasks::None;
    return bShared ? RetileReduceMasks::PerDataset : RetileReduceMasks::PerBand;
}

static RetileReduce DefaultMethod(GDALDataset *poDataset)
{
    for (int i = 1; i <= poDataset->GetRasterCount(); i++)
        if (poDataset->GetRasterBand(i)->GetColorTable() != nullptr)
            return RetileReduce::Nearest;
    return RetileReduce::Average;
}

void RetileVirtualLevels::Describe(const RetileLevelsBase &oBase,
                                   GDALDataset *poDataset,
                                   const RetileOverviewOptions &oOptions)
{
    const rt_grid &oFull = oBase.poCore->layers[0].grid;
    const char *pszValues = poDataset->GetMetadataItem("NODATA_VALUES");
    int nWidth = oFull.w_px, nHeight = oFull.h_px;

    m_nWidth = nWidth;
    m_nHeight = nHeight;
    while (std::max(nWidth, nHeight) > SMALLEST) {
        nWidth -= nWidth / 2;
        nHeight -= nHeight / 2;
        m_aoSizes.emplace_back(nWidth, nHeight);
    }
    m_oShape.eMethod =
        oOptions.bHasMethod ? oOptions.eMethod : DefaultMethod(poDataset);
    m_oShape.osNoDataValues = pszValues ? pszValues : "";
    m_oShape.eMasks = MasksOf(oBase, poDataset);
    for (size_t i = 0; i < oBase.apsBands.size(); i++) {
        rt_gdal_band sBand = *oBase.apsBands[i];
        m_oShape.aoPlanes.push_back(RetileReducePlaneOf(
            poDataset->GetRasterBand(static_cast<int>(i) + 1)));
        sBand.mask_type = GDT_Byte;
        sBand.own_overviews = 0;
        sBand.mask_overviews = 0;
        m_aoLevelBands.push_back(sBand);
        sBand.mask_type = oBase.apsBands[i]->mask_type;
        sBand.mask_overviews = static_cast<int>(m_aoSizes.size());
        m_aoBaseBands.push_back(sBand);
    }
}

rt_status RetileVirtualLevels::Create(
    const RetileLevelsBase &oBase, GDALDataset *poDataset,
    const RetileOverviewOptions &oOptions,
    std::unique_ptr<RetileVirtualLevels> &poLevels, rt_error *err)
{
    std::unique_ptr<RetileLevelReducer> poReducer;

    poLevels.reset(new RetileVirtualLevels());
    poLevels->Describe(oBase, poDataset, oOptions);
    /* The sizes do not matter for this check. */
    if (RetileLevelReducer::Create(poLevels->m_oShape, poReducer, err) != RT_OK)
        return rt_error_set(
            err, RT_ERR_ARGUMENT,
            "OVERVIEW_RESAMPLING=%s is not for complex numbers: write NEAREST, "
            "AVERAGE or RMS",
            RetileReduceName(poLevels->m_oShape.eMethod));
    return RT_OK;
}

void RetileVirtualLevels::Size(int nLevel, int &nWidth, int &nHeight) const
{
    nWidth = nLevel == 0 ? m_nWidth
                         : m_aoSizes[static_cast<size_t>(nLevel) - 1].first;
    nHeight = nLevel == 0 ? m_nHeight
                          : m_aoSizes[static_cast<size_t>(nLevel) - 1].second;
}

rt_status RetileVirtualLevels::StartLevel(const RetileLevelsBase &oBase,
                                          const RetileBelow &oBelow,
                                          rt_error *err)
{
    const int nLevel = static_cast<int>(m_apoLevels.size()) + 1;
    const std::string osIdentity =
        oBase.osIdentity + "level " + std::to_string(nLevel) + " " +
        RetileReduceName(m_oShape.eMethod) + " " + oBase.osGrid;
    RetileReduceShape oShape = m_oShape;
    auto poLevel = std::make_unique<Level>();

    Size(nLevel - 1, oShape.nLowerWidth, oShape.nLowerHeight);
    Size(nLevel, oShape.nUpperWidth, oShape.nUpperHeight);
    rt_status eStatus =
        RetileLevelSource::Create(oBelow, oShape, oBase.nBlockXSize,
                                  oBase.nBlockYSize, poLevel->poSource, err);
    poLevel->poIdentity = rt_identity_intern(osIdentity.c_str());
    poLevel->poStats = rt_stats_create();
    if (eStatus == RT_OK &&
        (poLevel->poIdentity == nullptr || poLevel->poStats == nullptr))
        eStatus = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    if (eStatus == RT_OK)
        eStatus = rt_view_create(poLevel->poSource->Core(), oBase.poCache,
                                 poLevel->poIdentity, poLevel->poStats,
                                 oBase.nBlockXSize, oBase.nBlockYSize,
                                 &poLevel->poView, err);
    if (eStatus != RT_OK)
        return eStatus;
    rt_view_set_threads(poLevel->poView, oBase.nThreads);
    rt_view_set_spill(poLevel->poView, oBase.eSpill);
    m_apoLevels.push_back(std::move(poLevel));
    return RT_OK;
}

rt_status RetileVirtualLevels::Start(const RetileLevelsBase &oBase,
                                     rt_view *poView, rt_error *err)
{
    RetileBelow oBelow = {oBase.poCore, oBase.poCore, poView, 0, oBase.poCache};
    rt_status eStatus = RT_OK;

    for (size_t i = 0; i < m_aoSizes.size() && eStatus == RT_OK; i++) {
        eStatus = StartLevel(oBase, oBelow, err);
        if (eStatus == RT_OK) {
            oBelow.poSource = m_apoLevels.back()->poSource->Core();
            oBelow.poView = m_apoLevels.back()->poView;
        }
    }
    return eStatus;
}

const rt_source *RetileVirtualLevels::Core(int nLevel) const
{
    return m_apoLevels[static_cast<size_t>(nLevel) - 1]->poSource->Core();
}

rt_view *RetileVirtualLevels::View(int nLevel) const
{
    return m_apoLevels[static_cast<size_t>(nLevel) - 1]->poView;
}

uint64_t RetileVirtualLevels::Count(rt_stat eStat) const
{
    uint64_t nSum = 0;

    for (const auto &poLevel : m_apoLevels)
        nSum += rt_stats_get(poLevel->poStats, eStat);
    return nSum;
}
