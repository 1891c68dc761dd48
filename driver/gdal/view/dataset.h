/* dataset.h - a view as GDAL's classes.
 *
 * RetileDataset is one level of a view: the dataset that a user opened, or
 * an overview of it, which belongs to it. All pixels at the level's own
 * resolution come from the shared view. Resampled requests are left to
 * GDAL's generic code, run on a short-lived dataset over the same shared view
 * (bScratch): what that code puts into GDAL's block cache goes with it, and
 * no two threads meet in it. Where the source has a way of its own to
 * resample, it is asked instead.
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

#ifndef BANDMAP_TYPE
#define BANDMAP_TYPE int *
#endif

/* What of a view a dataset for one request has. */
struct RetileScratch {
    bool bAlone = false;        /* no overviews */
    std::vector<int> anBands{}; /* the only bands, from 1; none: all */
};

class RetileDataset final : public GDALPamDataset
{
  public:
    /* For a user, unless psScratch is given. poRoot is the dataset that owns
     * this one as an overview, if any. */
    RetileDataset(std::shared_ptr<const RetileSharedView> poView, int nLevel,
                  const RetileScratch *psScratch = nullptr,
                  RetileDataset *poRoot = nullptr);

    ~RetileDataset() override;

    /* A dataset for GDAL's generic code, for one thread and one request. */
    static std::unique_ptr<RetileDataset>
    Scratch(std::shared_ptr<const RetileSharedView> poView, int nLevel,
            const RetileScratch &sScratch);

    /* Lets PAM keep statistics beside a descriptor file. */
    void KeepAuxiliaryFile(const char *pszDescriptor, char **papszSiblingFiles);

    /* The first file list is empty, and the deletion of pszName is expected
     * after it: see gdal/base/keep_existing.h. */
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
    /* Not with OVERVIEW_LEVEL=NONE and the like, nor where a level was chosen
     * for a request. */
    bool ShowsOverviews() const
    {
        return !m_sScratch.bAlone && AreOverviewsEnabled();
    }

    /* Held while GDAL's generic code goes over the blocks of a band, for
     * statistics: it is not made for two threads. Taken before MetadataLock.
     */
    RetileRenewedMutex &StatisticsLock() { return m_poRoot->m_oStatistics; }

    /* Held while what was set on the view itself is looked up or changed, and
     * nothing else. */
    RetileRecursiveMutex &MetadataLock() { return m_poRoot->m_oMetadata; }

    /* Chooses how the masks of all bands are made, when one is first asked
     * for. That asks the source, for which this may have to wait. It cannot be
     * done while the dataset opens: a VRT opens its sources under a lock of
     * GDAL's that the thread which has the source may be waiting for. */
    void InitMasks();

    /* The dataset iOverview levels further on, or nullptr. */
    RetileDataset *Overview(int iOverview);

    char **GetMetadataDomainList() override;
    char **GetMetadata(const char *pszDomain = "") override;
    const char *GetMetadataItem(const char *pszName,
                                const char *pszDomain = "") override;
    CPLErr SetMetadata(char **papszMetadata,
                       const char *pszDomain = "") override;
    CPLErr SetMetadataItem(const char *pszName, const char *pszValue,
                           const char *pszDomain = "") override;
    char **GetFileList() override;
    const OGRSpatialReference *GetSpatialRef() const override;
#if GDAL_VERSION_NUM >= GDAL_COMPUTE_VERSION(3, 12, 0)
    CPLErr GetGeoTransform(GDALGeoTransform &gt) const override;
#else
    CPLErr GetGeoTransform(double *padfTransform) override;
#endif
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
                     BANDMAP_TYPE panBandMap, GSpacing nPixelSpace,
                     GSpacing nLineSpace, GSpacing nBandSpace,
                     GDALRasterIOExtraArg *psExtraArg) override;

  private:
    template <class F> auto WithLevel(F &&f) const;
    template <class T> CPLErr SourceGeoTransform(T &&oTransform) const;

    std::shared_ptr<const RetileSharedView> m_poView;
    const int m_nLevel;
    const bool m_bScratch;
    const RetileScratch m_sScratch;
    RetileDataset *const m_poRoot; /* has the overviews of all levels */
    std::string m_osDescriptor{};  /* the file, where there is one */
    std::string m_osLookedFor{};
    std::atomic<bool> m_bListNoFiles{false};
    std::vector<std::unique_ptr<RetileDataset>> m_apoOverviews{};
    RetileListKeeper m_oLists{};
    RetileRenewedMutex m_oStatistics{};
    RetileRecursiveMutex m_oMetadata{};
    RetileRecursiveMutex m_oMasks{};
    std::atomic<bool> m_bHasMasks{false};
    bool m_bMakesMasks = false; /* or has; guarded by m_oMasks */

    CPL_DISALLOW_COPY_ASSIGN(RetileDataset)
};

/* Whether a request asks for other pixels than those of its window: fewer,
 * more, or between them. */
bool RetileIsResampled(int nXOff, int nYOff, int nXSize, int nYSize,
                       int nBufXSize, int nBufYSize,
                       const GDALRasterIOExtraArg *psExtraArg);

/* Reads for oOf through the source's own RasterIO, on its metadata handle. */
CPLErr RetileForwardRead(const RetileDataset &oOf, int nLevel,
                         const std::function<CPLErr(GDALDataset *)> &oRead);

#endif
