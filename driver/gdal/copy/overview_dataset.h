/* overview_dataset.h - one overview of a dataset, with its masks, as a dataset
 * of its own. It is read through the handle that is already open. */
#ifndef RETILE_GDAL_COPY_OVERVIEW_DATASET_H
#define RETILE_GDAL_COPY_OVERVIEW_DATASET_H

#include "gdal_priv.h"
#include "io/dataset/gdal_versions.h"

class RetileOverviewDataset final : public GDALDataset
{
  public:
    /* poMainDS is borrowed. It must not be read unless all bands have overview
     * nOverview, from 0 (see IsComplete). */
    RetileOverviewDataset(GDALDataset *poMainDS, int nOverview);

    /* Whether every band has that overview, and all have one size. */
    bool IsComplete() const { return m_bComplete; }

    /* Whether it has the size, types, blocks and masks of poOther. */
    bool IsLike(GDALDataset *poOther);

    char **GetFileList() override { return m_poMainDS->GetFileList(); }
    RetileMetadataList GetMetadata(const char *pszDomain) override;
    const char *GetMetadataItem(const char *pszName,
                                const char *pszDomain) override;

  protected:
    CPLErr IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff, int nXSize,
                     int nYSize, void *pData, int nBufXSize, int nBufYSize,
                     GDALDataType eBufType, int nBandCount,
                     RetileBandMap panBandMap, GSpacing nPixelSpace,
                     GSpacing nLineSpace, GSpacing nBandSpace,
                     GDALRasterIOExtraArg *psExtraArg) override;

  private:
    GDALDataset *const m_poMainDS;
    /* The dataset whose bands are the overviews, in the same order; or nullptr.
     */
    GDALDataset *m_poOwnerDS = nullptr;
    bool m_bComplete = true;

    CPL_DISALLOW_COPY_ASSIGN(RetileOverviewDataset)
};

#endif
