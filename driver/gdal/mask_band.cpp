/* mask_band.cpp - see mask_band.h. */
#include "gdal/mask_band.h"

#include <algorithm>

#include "gdal/band_reads.h"

/* A mask that all bands share is kept once, as that of the first. */
static int MaskOwner(const rt_gdal_band *psBand, int nBand)
{
    return (psBand->mask_flags & GMF_PER_DATASET) != 0 ? 1 : nBand;
}

RetileMaskBand::RetileMaskBand(RetileBand *poOf, int nLevel)
    : m_poOf(poOf), m_nLevel(nLevel)
{
    const rt_gdal_band *psBand =
        rt_gdal_source_band(View().Source(), nLevel, poOf->GetBand() - 1);

    nBand = MaskOwner(psBand, poOf->GetBand());
    nRasterXSize = poOf->GetXSize();
    nRasterYSize = poOf->GetYSize();
    poOf->GetBlockSize(&nBlockXSize, &nBlockYSize);
    eDataType = psBand->mask_type;
    eAccess = GA_ReadOnly;
}

char **RetileMaskBand::GetMetadata(const char *pszDomain)
{
    CPLStringList aosList =
        View().WithBand(m_nLevel, nBand - 1, [&](GDALRasterBand *poSource) {
            return RetileMergeMetadata(
                pszDomain, poSource->GetMaskBand()->GetMetadata(pszDomain),
                nullptr);
        });

    return m_oLists.Keep(pszDomain ? pszDomain : "", std::move(aosList));
}

const char *RetileMaskBand::GetMetadataItem(const char *pszName,
                                            const char *pszDomain)
{
    if (RetileHidesItem(pszName, pszDomain))
        return nullptr;
    return View().WithBand(m_nLevel, nBand - 1, [&](GDALRasterBand *poSource) {
        return m_oLists.KeepText(
            std::string(pszDomain ? pszDomain : "") + "\n" + pszName,
            poSource->GetMaskBand()->GetMetadataItem(pszName, pszDomain));
    });
}

GDALColorInterp RetileMaskBand::GetColorInterpretation()
{
    return View().WithBand(m_nLevel, nBand - 1, [](GDALRasterBand *poSource) {
        return poSource->GetMaskBand()->GetColorInterpretation();
    });
}

int RetileMaskBand::GetOverviewCount()
{
    const rt_gdal_band *psBand =
        rt_gdal_source_band(View().Source(), m_nLevel, nBand - 1);

    return std::min(psBand->mask_overviews, m_poOf->GetOverviewCount());
}

GDALRasterBand *RetileMaskBand::GetOverview(int iOverview)
{
    GDALRasterBand *poOverview = iOverview < GetOverviewCount()
                                     ? m_poOf->GetOverview(iOverview)
                                     : nullptr;

    return poOverview ? poOverview->GetMaskBand() : nullptr;
}

CPLErr RetileMaskBand::IReadBlock(int nBlockXOff, int nBlockYOff, void *pData)
{
    if (m_poOf->Dataset()->IsScratch())
        m_oScratchRows.Read(*this, nBlockXOff, nBlockYOff);
    return RetileReadBlock(*this, View(), m_nLevel, true, nBand, nBlockXOff,
                           nBlockYOff, pData);
}

CPLErr RetileMaskBand::IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff,
                                 int nXSize, int nYSize, void *pData,
                                 int nBufXSize, int nBufYSize,
                                 GDALDataType eBufType, GSpacing nPixelSpace,
                                 GSpacing nLineSpace,
                                 GDALRasterIOExtraArg *psExtraArg)
{
    if (eRWFlag == GF_Write)
        return RetileRefuseWrite();
    if (!RetileIsResampled(nXOff, nYOff, nXSize, nYSize, nBufXSize, nBufYSize,
                           psExtraArg))
        return RetileReadWindow(View(), m_nLevel, true, nBand,
                                {nXOff, nYOff, nXSize, nYSize},
                                {static_cast<unsigned char *>(pData), eBufType,
                                 nPixelSpace, nLineSpace, 0});
    if (View().SourceResamples())
        return RetileForwardRead(View(), m_nLevel, [&](GDALDataset *poSource) {
            GDALRasterBandH hMask = GDALGetMaskBand(rt_gdal_level_band(
                GDALDataset::ToHandle(poSource), m_nLevel, nBand - 1));
            return GDALRasterIOEx(hMask, eRWFlag, nXOff, nYOff, nXSize, nYSize,
                                  pData, nBufXSize, nBufYSize, eBufType,
                                  nPixelSpace, nLineSpace, psExtraArg);
        });
    if (m_poOf->Dataset()->IsScratch())
        return GDALRasterBand::IRasterIO(eRWFlag, nXOff, nYOff, nXSize, nYSize,
                                         pData, nBufXSize, nBufYSize, eBufType,
                                         nPixelSpace, nLineSpace, psExtraArg);
    return RetileDataset::Scratch(m_poOf->Dataset()->View(), m_nLevel)
        ->GetRasterBand(m_poOf->GetBand())
        ->GetMaskBand()
        ->RasterIO(eRWFlag, nXOff, nYOff, nXSize, nYSize, pData, nBufXSize,
                   nBufYSize, eBufType, nPixelSpace, nLineSpace, psExtraArg);
}
