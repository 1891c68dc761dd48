/* dataset_pixels.cpp - the bands and overviews of a view, and how it is read.
 */
#include "gdal/view/dataset.h"

#include <algorithm>

#include "gdal/base/report.h"
#include "gdal/view/band.h"
#include "gdal/view/band_reads.h"
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
#if RT_GDAL_HAS_THREAD_SAFE
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
                                RetileBandMap panBandMap, GSpacing nPixelSpace,
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
