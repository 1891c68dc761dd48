/* overview_dataset.cpp - see overview_dataset.h. */
#include "gdal/copy/overview_dataset.h"

#include <algorithm>

#include "gdal/view/band_reads.h"
#include "io/dataset/gdal_dataset.h"

namespace
{

class OverviewBand final : public GDALRasterBand
{
  public:
    OverviewBand(GDALRasterBand *poMain, GDALRasterBand *poOverview)
        : m_poMain(poMain), m_poOverview(poOverview)
    {
        nRasterXSize = poOverview->GetXSize();
        nRasterYSize = poOverview->GetYSize();
        eDataType = poOverview->GetRasterDataType();
        rt_gdal_named_blocks(GDALRasterBand::ToHandle(poOverview), &nBlockXSize,
                             &nBlockYSize);
        /* Some drivers report no block size for overviews. */
        if (nBlockXSize < 1 || nBlockYSize < 1) {
            nBlockXSize = nRasterXSize;
            nBlockYSize = 1;
        }
    }

    int GetMaskFlags() override { return m_poOverview->GetMaskFlags(); }
    GDALRasterBand *GetMaskBand() override
    {
        return m_poOverview->GetMaskBand();
    }
    double GetNoDataValue(int *pbSuccess) override
    {
        return m_poMain->GetNoDataValue(pbSuccess);
    }
    GDALColorInterp GetColorInterpretation() override
    {
        return m_poMain->GetColorInterpretation();
    }
    const char *GetMetadataItem(const char *pszName,
                                const char *pszDomain) override
    {
        return m_poMain->GetMetadataItem(pszName, pszDomain);
    }
    CPLErr FlushCache(bool bAtClosing) override
    {
        const CPLErr eErr = GDALRasterBand::FlushCache(bAtClosing);

        return bAtClosing || eErr != CE_None ? eErr
                                             : m_poOverview->FlushCache(false);
    }

    CPLErr IReadBlock(int nBlockXOff, int nBlockYOff, void *pData) override
    {
        const int nXOff = nBlockXOff * nBlockXSize;
        const int nYOff = nBlockYOff * nBlockYSize;
        const int nXSize = std::min(nBlockXSize, nRasterXSize - nXOff);
        const int nYSize = std::min(nBlockYSize, nRasterYSize - nYOff);
        const GSpacing nPixel = GDALGetDataTypeSizeBytes(eDataType);

        return m_poOverview->RasterIO(GF_Read, nXOff, nYOff, nXSize, nYSize,
                                      pData, nXSize, nYSize, eDataType, nPixel,
                                      nPixel * nBlockXSize, nullptr);
    }
    CPLErr IWriteBlock(int, int, void *) override
    {
        return RetileRefuseWrite();
    }

    CPLErr IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff, int nXSize,
                     int nYSize, void *pData, int nBufXSize, int nBufYSize,
                     GDALDataType eBufType, GSpacing nPixelSpace,
                     GSpacing nLineSpace,
                     GDALRasterIOExtraArg *psExtraArg) override
    {
        return m_poOverview->RasterIO(eRWFlag, nXOff, nYOff, nXSize, nYSize,
                                      pData, nBufXSize, nBufYSize, eBufType,
                                      nPixelSpace, nLineSpace, psExtraArg);
    }

  private:
    GDALRasterBand *const m_poMain;
    GDALRasterBand *const m_poOverview;

    CPL_DISALLOW_COPY_ASSIGN(OverviewBand)
};

bool SameBlocks(GDALRasterBand *poA, GDALRasterBand *poB)
{
    int nAX = 0, nAY = 0, nBX = 0, nBY = 0;

    rt_gdal_named_blocks(GDALRasterBand::ToHandle(poA), &nAX, &nAY);
    rt_gdal_named_blocks(GDALRasterBand::ToHandle(poB), &nBX, &nBY);
    return nAX == nBX && nAY == nBY;
}

} // namespace

RetileOverviewDataset::RetileOverviewDataset(GDALDataset *poMainDS,
                                             int nOverview)
    : m_poMainDS(poMainDS)
{
    SetDescription(poMainDS->GetDescription());
    eAccess = poMainDS->GetAccess();
    for (int i = 1; m_bComplete && i <= poMainDS->GetRasterCount(); i++) {
        GDALRasterBand *poMain = poMainDS->GetRasterBand(i);
        GDALRasterBand *poOverview = poMain->GetOverview(nOverview);

        m_bComplete = poOverview != nullptr &&
                      (i == 1 || (poOverview->GetXSize() == nRasterXSize &&
                                  poOverview->GetYSize() == nRasterYSize));
        if (!m_bComplete)
            break;
        nRasterXSize = poOverview->GetXSize();
        nRasterYSize = poOverview->GetYSize();
        SetBand(i, new OverviewBand(poMain, poOverview));
        if (i == 1)
            m_poOwnerDS = poOverview->GetDataset();
        if (m_poOwnerDS == poMainDS ||
            (m_poOwnerDS != nullptr &&
             m_poOwnerDS->GetRasterBand(i) != poOverview))
            m_poOwnerDS = nullptr;
    }
}

bool RetileOverviewDataset::IsLike(GDALDataset *poOther)
{
    bool bLike = m_bComplete && poOther->GetRasterCount() == nBands &&
                 poOther->GetRasterXSize() == nRasterXSize &&
                 poOther->GetRasterYSize() == nRasterYSize;

    for (int i = 1; bLike && i <= nBands; i++) {
        GDALRasterBand *poMine = GetRasterBand(i);
        GDALRasterBand *poTheirs = poOther->GetRasterBand(i);

        bLike = poMine->GetRasterDataType() == poTheirs->GetRasterDataType() &&
                SameBlocks(poMine, poTheirs) &&
                poMine->GetMaskFlags() == poTheirs->GetMaskFlags();
    }
    return bLike;
}

RetileMetadataList RetileOverviewDataset::GetMetadata(const char *pszDomain)
{
    return m_poMainDS->GetMetadata(pszDomain);
}

const char *RetileOverviewDataset::GetMetadataItem(const char *pszName,
                                                   const char *pszDomain)
{
    return m_poMainDS->GetMetadataItem(pszName, pszDomain);
}

CPLErr RetileOverviewDataset::IRasterIO(
    GDALRWFlag eRWFlag, int nXOff, int nYOff, int nXSize, int nYSize,
    void *pData, int nBufXSize, int nBufYSize, GDALDataType eBufType,
    int nBandCount, RetileBandMap panBandMap, GSpacing nPixelSpace,
    GSpacing nLineSpace, GSpacing nBandSpace, GDALRasterIOExtraArg *psExtraArg)
{
    if (m_poOwnerDS != nullptr)
        return m_poOwnerDS->RasterIO(eRWFlag, nXOff, nYOff, nXSize, nYSize,
                                     pData, nBufXSize, nBufYSize, eBufType,
                                     nBandCount, panBandMap, nPixelSpace,
                                     nLineSpace, nBandSpace, psExtraArg);
    return BandBasedRasterIO(eRWFlag, nXOff, nYOff, nXSize, nYSize, pData,
                             nBufXSize, nBufYSize, eBufType, nBandCount,
                             panBandMap, nPixelSpace, nLineSpace, nBandSpace,
                             psExtraArg);
}
