/* dataset.h - a view as a GDAL dataset.
 *
 * A RetileDataset is one level of a view: the dataset that a user opened, or
 * one of its overviews, which belong to it. All pixels at the level's own
 * resolution come from the shared view.
 *
 * Resampled requests run GDAL's generic code on a short-lived dataset over the
 * same shared view (bScratch). What that code puts into GDAL's block cache is
 * freed with the dataset, and no two threads use the same one. If the source
 * resamples in its own way, the request goes to the source instead.
 */
#ifndef RETILE_GDAL_VIEW_DATASET_H
#define RETILE_GDAL_VIEW_DATASET_H

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "gdal/base/fork_mutex.h"
#include "gdal/view/metadata.h"
#include "gdal/view/shared_view.h"
#include "gdal_pam.h"
#include "io/dataset/gdal_versions.h"

/* The part of a view that a dataset for one request has. */
struct RetileScratch {
    bool bAlone = false;        /* no overviews */
    std::vector<int> anBands{}; /* the only bands, from 1; empty means all */
    bool bSourceBlocks = false; /* blocks of the source's size, not lines */
};

class RetileDataset final : public GDALPamDataset
{
  public:
    /* Without psScratch, a dataset for a user. poRoot is the dataset that owns
     * this one as an overview, if any. */
    RetileDataset(std::shared_ptr<const RetileSharedView> poView, int nLevel,
                  const RetileScratch *psScratch = nullptr,
                  RetileDataset *poRoot = nullptr);

    ~RetileDataset() override;

    /* A dataset on which GDAL's generic code runs one request of one thread. */
    static std::unique_ptr<RetileDataset>
    Scratch(std::shared_ptr<const RetileSharedView> poView, int nLevel,
            const RetileScratch &sScratch);

    /* Lets PAM store statistics beside a descriptor file. */
    void KeepAuxiliaryFile(const char *pszDescriptor, char **papszSiblingFiles);

    bool HasAuxiliaryFile() const { return !m_poRoot->m_osDescriptor.empty(); }

    /* Makes the first file list empty. The deletion of pszName is then
     * expected: see gdal/base/keep_existing.h. */
    void ListNoFilesOnce(const char *pszName)
    {
        m_osLookedFor = pszName;
        m_bListNoFiles = true;
    }

    const std::shared_ptr<const RetileSharedView> &View() const
    {
        return m_poView;
    }
    bool IsScratch() const { return m_bScratch; }
    bool HasSourceBlocks() const { return m_sScratch.bSourceBlocks; }
    /* False with OVERVIEW_LEVEL=NONE and the like, and in a dataset whose level
     * was chosen for one request. */
    bool ShowsOverviews() const
    {
        return !m_sScratch.bAlone && AreOverviewsEnabled();
    }

    /* Held while GDAL's generic code reads all blocks of a band for statistics,
     * because that code is not made for two threads. Taken before MetadataLock.
     */
    RetileRenewedMutex &StatisticsLock() { return m_poRoot->m_oStatistics; }

    /* Held only to read or change what was set on the view itself. */
    RetileRecursiveMutex &MetadataLock() { return m_poRoot->m_oMetadata; }

    /* Chooses how the masks of all bands are made. Runs when a mask is first
     * requested. It asks the source and may have to wait for it. It cannot run
     * while the dataset opens: a VRT opens its sources under a lock of GDAL,
     * and the thread that holds the source may be waiting for that lock. */
    void InitMasks();

    /* The dataset that is iOverview levels above this one, or nullptr. */
    RetileDataset *Overview(int iOverview);

    char **GetMetadataDomainList() override;
    RetileMetadataList GetMetadata(const char *pszDomain = "") override;
    const char *GetMetadataItem(const char *pszName,
                                const char *pszDomain = "") override;
    CPLErr SetMetadata(RetileOptionList papszMetadata,
                       const char *pszDomain = "") override;
    CPLErr SetMetadataItem(const char *pszName, const char *pszValue,
                           const char *pszDomain = "") override;
    char **GetFileList() override;
    const OGRSpatialReference *GetSpatialRef() const override;
    CPLErr GetGeoTransform(RetileGeoTransform oTransform)
        RETILE_GEOTRANSFORM_CONST override;
    int GetGCPCount() override;
    const OGRSpatialReference *GetGCPSpatialRef() const override;
    const GDAL_GCP *GetGCPs() override;

  protected:
    CPLErr IBuildOverviews(const char *pszResampling, int nOverviews,
                           const int *panOverviewList, int nListBands,
                           const int *panBandList, GDALProgressFunc pfnProgress,
                           void *pProgressData,
                           CSLConstList papszOptions) override;
    CPLErr IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff, int nXSize,
                     int nYSize, void *pData, int nBufXSize, int nBufYSize,
                     GDALDataType eBufType, int nBandCount,
                     RetileBandMap panBandMap, GSpacing nPixelSpace,
                     GSpacing nLineSpace, GSpacing nBandSpace,
                     GDALRasterIOExtraArg *psExtraArg) override;

  private:
    template <class F> auto WithLevel(F &&f) const;
    template <class T> CPLErr SourceGeoTransform(T &&oTransform) const;

    std::shared_ptr<const RetileSharedView> m_poView;
    const int m_nLevel;
    const bool m_bScratch;
    const RetileScratch m_sScratch;
    RetileDataset *const m_poRoot; /* owns the overviews of all levels */
    std::string m_osDescriptor{};  /* the descriptor file, if there is one */
    std::string m_osLookedFor{};
    std::atomic<bool> m_bListNoFiles{false};
    std::vector<std::unique_ptr<RetileDataset>> m_apoOverviews{};
    RetileListKeeper m_oLists{};
    RetileRenewedMutex m_oStatistics{};
    RetileRecursiveMutex m_oMetadata{};
    RetileRecursiveMutex m_oMasks{};
    std::atomic<bool> m_bHasMasks{false};
    bool m_bMakesMasks = false; /* being made, or made; guarded by m_oMasks */

    CPL_DISALLOW_COPY_ASSIGN(RetileDataset)
};

/* Whether a request asks for other pixels than those of its window: fewer,
 * more, or between them. */
bool RetileIsResampled(int nXOff, int nYOff, int nXSize, int nYSize,
                       int nBufXSize, int nBufYSize,
                       const GDALRasterIOExtraArg *psExtraArg);

/* Runs a read of oOf through the source's own RasterIO, on its metadata handle.
 */
CPLErr RetileForwardRead(const RetileDataset &oOf, int nLevel,
                         const std::function<CPLErr(GDALDataset *)> &oRead);

#endif
