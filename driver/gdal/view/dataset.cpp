/* dataset.cpp - see dataset.h. */
#include "gdal/view/dataset.h"

#include <algorithm>

#include "gdal/base/keep_existing.h"
#include "gdal/base/report.h"
#include "gdal/view/band.h"
#include "gdal/view/band_reads.h"
#include "gdal/view/chip_metadata.h"
#include "gdal/view/level_choice.h"
#include "io/dataset/gdal_errors.h"

/* The bands of a dataset may have gaps; GDAL allows that. */
RetileDataset::RetileDataset(std::shared_ptr<const RetileSharedView> poView,
                             int nLevel, const RetileScratch *psScratch,
                             RetileDataset *poRoot)
    : m_poView(std::move(poView)), m_nLevel(nLevel),
      m_bScratch(psScratch != nullptr),
      m_sScratch(psScratch ? *psScratch : RetileScratch()),
      m_poRoot(poRoot ? poRoot : this)
{
    std::vector<int> anBands = m_sScratch.anBands;

    nRasterXSize = m_poView->Level(nLevel).nWidth;
    nRasterYSize = m_poView->Level(nLevel).nHeight;
    eAccess = GA_ReadOnly;
    nPamFlags |= GPF_NOSAVE;
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 10, 0)
    if (!m_bScratch)
        nOpenFlags = GDAL_OF_RASTER | GDAL_OF_THREAD_SAFE;
#endif
    for (int iBand = 1;
         m_sScratch.anBands.empty() && iBand <= m_poView->Bands(); iBand++)
        anBands.push_back(iBand);
    for (const int iBand : anBands)
        SetBand(iBand, new RetileBand(this, iBand, nLevel));
    const int nFurther = m_poView->Levels() - 1 - nLevel;
    if (m_poRoot == this)
        m_apoOverviews.resize(static_cast<size_t>(nFurther));
    for (int i = 0; m_poRoot == this && !m_bScratch && i < nFurther; i++)
        Overview(i);
}

void RetileDataset::InitMasks()
{
    if (m_bHasMasks)
        return;
    const std::lock_guard<RetileRecursiveMutex> oLock(m_oMasks);
    if (m_bMakesMasks)
        return;
    m_bMakesMasks = true;
    for (int iBand = 1; iBand <= nBands; iBand++)
        if (papoBands[iBand - 1] != nullptr)
            static_cast<RetileBand *>(papoBands[iBand - 1])->InitMask();
    m_bHasMasks = true;
}

/* PAM saves what was set on the view while its bands still exist. */
RetileDataset::~RetileDataset()
{
    GDALPamDataset::FlushCache(true);
}

std::unique_ptr<RetileDataset>
RetileDataset::Scratch(std::shared_ptr<const RetileSharedView> poView,
                       int nLevel, const RetileScratch &sScratch)
{
    return std::unique_ptr<RetileDataset>(
        new RetileDataset(std::move(poView), nLevel, &sScratch));
}

RetileDataset *RetileDataset::Overview(int iOverview)
{
    const int iOfRoot = iOverview + m_nLevel - m_poRoot->m_nLevel;
    auto &apoAll = m_poRoot->m_apoOverviews;

    if (iOverview < 0 || iOfRoot >= static_cast<int>(apoAll.size()))
        return nullptr;
    auto &poOverview = apoAll[static_cast<size_t>(iOfRoot)];
    if (!poOverview)
        poOverview.reset(new RetileDataset(m_poView, m_nLevel + 1 + iOverview,
                                           m_bScratch ? &m_sScratch : nullptr,
                                           m_poRoot));
    return poOverview.get();
}

void RetileDataset::KeepAuxiliaryFile(const char *pszDescriptor,
                                      char **papszSiblingFiles)
{
    m_osDescriptor = pszDescriptor;
    nPamFlags &= ~GPF_NOSAVE;
    SetDescription(pszDescriptor);
    TryLoadXML(papszSiblingFiles);
}

char **RetileDataset::GetMetadataDomainList()
try {
    CPLStringList aosDomains(GDALPamDataset::GetMetadataDomainList());

    CPLStringList aosSource(m_poView->WithSource([this](GDALDataset *poSource) {
        return m_nLevel > 0 ? nullptr : poSource->GetMetadataDomainList();
    }));
    for (int i = 0; i < aosSource.size(); i++)
        if (aosDomains.FindString(aosSource[i]) < 0 &&
            !RetileChipsHideDomain(*m_poView, aosSource[i]))
            aosDomains.AddString(aosSource[i]);
    if (m_poView->Chips() != nullptr)
        aosDomains.AddString("RETILE_CHIPS");
    aosDomains.AddString("RETILE");
    aosDomains.AddString("RETILE_STATS");
    return aosDomains.StealList();
} catch (...) {
    return RetileCaught<char **>(nullptr);
}

char **RetileDataset::GetMetadata(const char *pszDomain)
try {
    const std::string osDomain(pszDomain ? pszDomain : "");

    if (osDomain == "RETILE_STATS")
        return m_oLists.Keep(osDomain, RetileStatistics(*m_poView));
    if (osDomain == "RETILE")
        return m_oLists.Keep(osDomain, RetileDescription(*m_poView));
    if (osDomain == "RETILE_CHIPS" && m_poView->Chips() != nullptr)
        return m_oLists.Keep(osDomain, RetileChipsDescription(*m_poView));
    if (m_nLevel > 0) {
        const std::lock_guard<RetileRecursiveMutex> oLock(MetadataLock());
        return m_oLists.Keep(osDomain,
                             CPLStringList(CSLDuplicate(
                                 GDALPamDataset::GetMetadata(pszDomain))));
    }
    /* GDAL creates some lists at each call, so this runs under the source's
     * lock. */
    CPLStringList aosMerged = m_poView->WithSource([&](GDALDataset *poSource) {
        const std::lock_guard<RetileRecursiveMutex> oLock(MetadataLock());
        char **papszOwn = GDALPamDataset::GetMetadata(pszDomain);
        const bool bOfView = EQUAL(osDomain.c_str(), "DERIVED_SUBDATASETS") ||
                             RetileChipsHideDomain(*m_poView, pszDomain);

        return RetileMergeMetadata(
            pszDomain,
            bOfView ? nullptr
                    : RetileSourceMetadata(*poSource, pszDomain).List(),
            papszOwn);
    });
    return m_oLists.Keep(osDomain, std::move(aosMerged));
} catch (...) {
    return RetileCaught<char **>(nullptr);
}

const char *RetileDataset::GetMetadataItem(const char *pszName,
                                           const char *pszDomain)
try {
    const std::string osDomain(pszDomain ? pszDomain : "");

    /* All under one key: there may be millions of overlapped tiles. */
    if (osDomain == "RETILE_CHIPS" && m_poView->Chips() != nullptr) {
        const std::string osItem = RetileChipItem(*m_poView, pszName);
        if (!osItem.empty())
            return m_oLists.KeepText("RETILE_CHIPS\nitem", osItem.c_str());
    }
    if (STARTS_WITH(osDomain.c_str(), "RETILE") || osDomain == "SUBDATASETS" ||
        osDomain == "DERIVED_SUBDATASETS")
        return CSLFetchNameValue(GetMetadata(pszDomain), pszName);
    const std::string osKey = osDomain + "\n" + pszName;
    const char *pszOwn = nullptr;
    {
        const std::lock_guard<RetileRecursiveMutex> oLock(MetadataLock());
        pszOwn = m_oLists.KeepText(
            osKey, GDALPamDataset::GetMetadataItem(pszName, pszDomain));
    }
    if (pszOwn != nullptr || m_nLevel > 0 ||
        RetileHidesItem(pszName, pszDomain) ||
        RetileChipsHideDomain(*m_poView, pszDomain))
        return pszOwn;
    return m_poView->WithSource([&](GDALDataset *poSource) {
        return m_oLists.KeepText(osKey,
                                 poSource->GetMetadataItem(pszName, pszDomain));
    });
} catch (...) {
    return RetileCaught<const char *>(nullptr);
}

CPLErr RetileDataset::SetMetadata(char **papszMetadata, const char *pszDomain)
try {
    const std::lock_guard<RetileRecursiveMutex> oLock(MetadataLock());

    return GDALPamDataset::SetMetadata(papszMetadata, pszDomain);
} catch (...) {
    return RetileCaught(CE_Failure);
}

CPLErr RetileDataset::SetMetadataItem(const char *pszName, const char *pszValue,
                                      const char *pszDomain)
try {
    const std::lock_guard<RetileRecursiveMutex> oLock(MetadataLock());

    return GDALPamDataset::SetMetadataItem(pszName, pszValue, pszDomain);
} catch (...) {
    return RetileCaught(CE_Failure);
}

char **RetileDataset::GetFileList()
try {
    CPLStringList aosFiles;

    if (m_bListNoFiles.exchange(false)) {
        RetileExpectDeletion(m_osLookedFor.c_str());
        return nullptr;
    }
    if (!m_osDescriptor.empty())
        aosFiles = CPLStringList(GDALPamDataset::GetFileList());
    CPLStringList aosSource(m_poView->WithInput(
        [](GDALDataset *poSource) { return poSource->GetFileList(); }));
    for (int i = 0; i < aosSource.size(); i++)
        aosFiles.AddString(aosSource[i]);
    return aosFiles.StealList();
} catch (...) {
    return RetileCaught<char **>(nullptr);
}

/* Calls f with the dataset of the level, and with the source's dataset. The
 * first is nullptr if the source has no dataset for the level. */
template <class F> auto RetileDataset::WithLevel(F &&f) const
{
    return m_poView->WithInput([&](GDALDataset *poSource) {
        if (m_nLevel == 0)
            return f(poSource, poSource);
        if (m_poView->IsFocal() || m_poView->IsVirtual(m_nLevel))
            return f(static_cast<GDALDataset *>(nullptr), poSource);
        GDALRasterBand *poBand = GDALRasterBand::FromHandle(
            rt_gdal_level_band(GDALDataset::ToHandle(poSource), m_nLevel, 0));
        GDALDataset *poLevel = poBand->GetDataset();
        return f(poLevel != poSource ? poLevel : nullptr, poSource);
    });
}

const OGRSpatialReference *RetileDataset::GetSpatialRef() const
try {
    const OGRSpatialReference *poOwn = GDALPamDataset::GetSpatialRef();

    if (poOwn != nullptr)
        return poOwn;
    return WithLevel([](GDALDataset *poLevel, GDALDataset *poSource) {
        return (poLevel ? poLevel : poSource)->GetSpatialRef();
    });
} catch (...) {
    return RetileCaught<const OGRSpatialReference *>(nullptr);
}

/* If the source has no dataset for a level, its geotransform is scaled. */
template <class T>
CPLErr RetileDataset::SourceGeoTransform(T &&oTransform) const
{
    const RetileLevelSize &oFull = m_poView->Level(0);
    const RetileLevelSize &oSize = m_poView->Level(m_nLevel);
    const double dfX =
        static_cast<double>(oFull.nSourceWidth) / oSize.nSourceWidth;
    const double dfY =
        static_cast<double>(oFull.nSourceHeight) / oSize.nSourceHeight;

    return WithLevel([&](GDALDataset *poLevel, GDALDataset *poSource) {
        if (poLevel != nullptr)
            return poLevel->GetGeoTransform(oTransform);
        const CPLErr eErr = poSource->GetGeoTransform(oTransform);
        for (const int i : {1, 4})
            oTransform[i] *= dfX;
        for (const int i : {2, 5})
            oTransform[i] *= dfY;
        return eErr;
    });
}

#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 12, 0)
CPLErr RetileDataset::GetGeoTransform(GDALGeoTransform &gt) const
try {
    if (GDALPamDataset::GetGeoTransform(gt) == CE_None)
        return CE_None;
    return m_poView->Chips() != nullptr ? CE_Failure : SourceGeoTransform(gt);
} catch (...) {
    return RetileCaught(CE_Failure);
}
#else
CPLErr RetileDataset::GetGeoTransform(double *padfTransform)
try {
    if (GDALPamDataset::GetGeoTransform(padfTransform) == CE_None)
        return CE_None;
    return m_poView->Chips() != nullptr ? CE_Failure
                                        : SourceGeoTransform(padfTransform);
} catch (...) {
    return RetileCaught(CE_Failure);
}
#endif

int RetileDataset::GetGCPCount()
try {
    const int nOwn = GDALPamDataset::GetGCPCount();

    if (nOwn > 0 || m_poView->Chips() != nullptr)
        return nOwn;
    return WithLevel([](GDALDataset *poLevel, GDALDataset *) {
        return poLevel ? poLevel->GetGCPCount() : 0;
    });
} catch (...) {
    return RetileCaught(0);
}

const OGRSpatialReference *RetileDataset::GetGCPSpatialRef() const
try {
    const OGRSpatialReference *poOwn = GDALPamDataset::GetGCPSpatialRef();

    if (poOwn != nullptr || m_poView->Chips() != nullptr)
        return poOwn;
    return WithLevel([](GDALDataset *poLevel, GDALDataset *) {
        return poLevel ? poLevel->GetGCPSpatialRef() : nullptr;
    });
} catch (...) {
    return RetileCaught<const OGRSpatialReference *>(nullptr);
}

const GDAL_GCP *RetileDataset::GetGCPs()
try {
    if (GDALPamDataset::GetGCPCount() > 0 || m_poView->Chips() != nullptr)
        return GDALPamDataset::GetGCPs();
    return WithLevel([](GDALDataset *poLevel, GDALDataset *) {
        return poLevel ? poLevel->GetGCPs() : nullptr;
    });
} catch (...) {
    return RetileCaught<const GDAL_GCP *>(nullptr);
}

namespace
{

/* Hides the overviews of a level of the source while it exists, unless bShown
 * is set. */
class HiddenOverviews
{
  public:
    HiddenOverviews(GDALDataset *poSource, int nLevel, bool bShown)
        : m_poLevel(bShown ? nullptr : LevelOf(poSource, nLevel)),
          m_bBefore(m_poLevel != nullptr && m_poLevel->AreOverviewsEnabled())
    {
        if (m_poLevel != nullptr)
            m_poLevel->SetEnableOverviews(false);
    }
    ~HiddenOverviews()
    {
        if (m_poLevel != nullptr)
            m_poLevel->SetEnableOverviews(m_bBefore);
    }

  private:
    static GDALDataset *LevelOf(GDALDataset *poSource, int nLevel)
    {
        return GDALRasterBand::FromHandle(
                   rt_gdal_level_band(GDALDataset::ToHandle(poSource), nLevel,
                                      0))
            ->GetDataset();
    }

    GDALDataset *m_poLevel;
    bool m_bBefore;

    CPL_DISALLOW_COPY_ASSIGN(HiddenOverviews)
};

} // namespace

CPLErr RetileForwardRead(const RetileDataset &oOf, int nLevel,
                         const std::function<CPLErr(GDALDataset *)> &oRead)
{
    const RetileSharedView &oView = *oOf.View();
    rt_gdal_errors oErrors;
    rt_error err;

    const CPLErr eErr = oView.WithSource([&](GDALDataset *poSource) {
        const HiddenOverviews oHidden(poSource, nLevel, oOf.ShowsOverviews());
        rt_settings_before sSettings;
        rt_gdal_source_enter_settings(oView.Source(), &sSettings);
        rt_gdal_errors_begin(&oErrors);
        const CPLErr eRead = oRead(poSource);
        rt_gdal_flush(GDALDataset::ToHandle(poSource), nLevel);
        rt_gdal_errors_end(&oErrors);
        rt_open_settings_leave(&sSettings);
        return eRead;
    });
    const char *pszText = rt_gdal_errors_text(&oErrors, nullptr);
    /* There is no message if a progress function has cancelled. */
    if (eErr != CE_None && pszText != nullptr) {
        (void)rt_error_set(&err, RT_ERR_SOURCE, "source '%s': %s",
                           rt_gdal_source_name(oView.Source()), pszText);
        RetileReport(err);
    }
    return eErr;
}

bool RetileIsResampled(int nXOff, int nYOff, int nXSize, int nYSize,
                       int nBufXSize, int nBufYSize,
                       const GDALRasterIOExtraArg *psExtraArg)
{
    if (nBufXSize != nXSize || nBufYSize != nYSize)
        return true;
    return psExtraArg != nullptr && psExtraArg->bFloatingPointWindowValidity &&
           (psExtraArg->dfXOff != nXOff || psExtraArg->dfYOff != nYOff ||
            psExtraArg->dfXSize != nXSize || psExtraArg->dfYSize != nYSize);
}

namespace
{

/* The bands of a request, from 0. A few need no allocation. */
class BandList
{
  public:
    BandList(int nBands, const int *panBandMap) : m_nBands(nBands)
    {
        if (nBands > FEW) {
            m_anMany.resize(static_cast<size_t>(nBands));
            m_panBands = m_anMany.data();
        }
        for (int i = 0; i < nBands; i++)
            m_panBands[i] = panBandMap[i] - 1;
    }

    const int *Data() const { return m_panBands; }

    bool EachOnce() const
    {
        std::vector<int> anSorted;

        if (m_nBands <= FEW) {
            for (int i = 1; i < m_nBands; i++)
                if (std::find(m_panBands, m_panBands + i, m_panBands[i]) !=
                    m_panBands + i)
                    return false;
            return true;
        }
        anSorted.assign(m_panBands, m_panBands + m_nBands);
        std::sort(anSorted.begin(), anSorted.end());
        return std::adjacent_find(anSorted.begin(), anSorted.end()) ==
               anSorted.end();
    }

  private:
    static constexpr int FEW = 8;

    const int m_nBands;
    int m_anFew[FEW] = {};
    std::vector<int> m_anMany{};
    int *m_panBands = m_anFew;

    CPL_DISALLOW_COPY_ASSIGN(BandList)
};

} // namespace

CPLErr RetileDataset::IBuildOverviews(const char *, int, const int *, int,
                                      const int *, GDALProgressFunc, void *,
                                      CSLConstList)
{
    return RetileRefuseOverviews();
}

CPLErr RetileDataset::IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff,
                                int nXSize, int nYSize, void *pData,
                                int nBufXSize, int nBufYSize,
                                GDALDataType eBufType, int nBandCount,
                                BANDMAP_TYPE panBandMap, GSpacing nPixelSpace,
                                GSpacing nLineSpace, GSpacing nBandSpace,
                                GDALRasterIOExtraArg *psExtraArg)
try {
    if (eRWFlag == GF_Write)
        return RetileRefuseWrite();
    if (RetileIsResampled(nXOff, nYOff, nXSize, nYSize, nBufXSize, nBufYSize,
                          psExtraArg)) {
        RetileResampling oResampling;
        if (m_nLevel == 0)
            oResampling.oBySource = [&](GDALDataset *poSource) {
                return poSource->RasterIO(eRWFlag, nXOff, nYOff, nXSize, nYSize,
                                          pData, nBufXSize, nBufYSize, eBufType,
                                          nBandCount, panBandMap, nPixelSpace,
                                          nLineSpace, nBandSpace, psExtraArg);
            };
        oResampling.oGeneric = [&]() {
            return GDALPamDataset::IRasterIO(
                eRWFlag, nXOff, nYOff, nXSize, nYSize, pData, nBufXSize,
                nBufYSize, eBufType, nBandCount, panBandMap, nPixelSpace,
                nLineSpace, nBandSpace, psExtraArg);
        };
        oResampling.oByDataset = [&](RetileDataset &oDataset,
                                     RetileRequest &oRequest) {
            return oDataset.RasterIO(eRWFlag, oRequest.nXOff, oRequest.nYOff,
                                     oRequest.nXSize, oRequest.nYSize, pData,
                                     nBufXSize, nBufYSize, eBufType, nBandCount,
                                     panBandMap, nPixelSpace, nLineSpace,
                                     nBandSpace, &oRequest.sExtraArg);
        };
        return RetileReadResampled(
            *this, m_nLevel, {panBandMap, panBandMap + nBandCount},
            {nXOff, nYOff, nXSize, nYSize, nBufXSize, nBufYSize, *psExtraArg},
            oResampling);
    }
    const BandList oBands(nBandCount, panBandMap);
    if (!oBands.EachOnce())
        return BandBasedRasterIO(eRWFlag, nXOff, nYOff, nXSize, nYSize, pData,
                                 nBufXSize, nBufYSize, eBufType, nBandCount,
                                 panBandMap, nPixelSpace, nLineSpace,
                                 nBandSpace, psExtraArg);

    return RetileReadWindow(
        {*m_poView, m_nLevel, false, oBands.Data(), nBandCount},
        {nXOff, nYOff, nXSize, nYSize},
        {static_cast<unsigned char *>(pData), eBufType, nPixelSpace, nLineSpace,
         nBandSpace},
        psExtraArg);
} catch (...) {
    return RetileCaught(CE_Failure);
}
