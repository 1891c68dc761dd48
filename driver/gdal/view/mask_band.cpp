/* mask_band.cpp - see mask_band.h. Here, too: which mask a band has. */
#include "gdal/view/mask_band.h"

#include <algorithm>
#include <climits>
#include <cstring>

#include "gdal/base/report.h"
#include "gdal/view/band_reads.h"
#include "gdal/view/level_choice.h"
#include "io/dataset/read_mask.h"

/* A mask that all bands share is cached once, as that of the first band. */
static int MaskOwner(const rt_gdal_band *psBand, int nBand)
{
    return (psBand->mask_flags & GMF_PER_DATASET) != 0 ? 1 : nBand;
}

RetileMaskBand::RetileMaskBand(RetileBand *poOf, int nLevel)
    : m_poOf(poOf), m_nLevel(nLevel)
{
    const rt_gdal_band *psBand = View().Band(nLevel, poOf->GetBand() - 1);

    nBand = MaskOwner(psBand, poOf->GetBand());
    nRasterXSize = poOf->GetXSize();
    nRasterYSize = poOf->GetYSize();
    poOf->GetBlockSize(&nBlockXSize, &nBlockYSize);
    eDataType = psBand->mask_type;
    eAccess = GA_ReadOnly;
}

RetileMetadataList RetileMaskBand::GetMetadata(const char *pszDomain)
try {
    CPLStringList aosList =
        View().WithBand(m_nLevel, nBand - 1, [&](GDALRasterBand *poSource) {
            return RetileMergeMetadata(
                pszDomain,
                RetileSourceMetadata(*poSource->GetMaskBand(), pszDomain)
                    .List(),
                nullptr);
        });

    return m_oLists.Keep(pszDomain ? pszDomain : "", std::move(aosList));
} catch (...) {
    return RetileCaught<char **>(nullptr);
}

const char *RetileMaskBand::GetMetadataItem(const char *pszName,
                                            const char *pszDomain)
try {
    if (RetileHidesItem(pszName, pszDomain))
        return nullptr;
    return View().WithBand(m_nLevel, nBand - 1, [&](GDALRasterBand *poSource) {
        return m_oLists.KeepText(
            std::string(pszDomain ? pszDomain : "") + "\n" + pszName,
            poSource->GetMaskBand()->GetMetadataItem(pszName, pszDomain));
    });
} catch (...) {
    return RetileCaught<const char *>(nullptr);
}

GDALColorInterp RetileMaskBand::GetColorInterpretation()
try {
    return View().WithBand(m_nLevel, nBand - 1, [](GDALRasterBand *poSource) {
        return poSource->GetMaskBand()->GetColorInterpretation();
    });
} catch (...) {
    return RetileCaught(GCI_Undefined);
}

/* Masks of one bit have one, by which GDAL resamples them. */
GDALColorTable *RetileMaskBand::GetColorTable()
try {
    return View().WithBand(m_nLevel, nBand - 1, [](GDALRasterBand *poSource) {
        return poSource->GetMaskBand()->GetColorTable();
    });
} catch (...) {
    return RetileCaught<GDALColorTable *>(nullptr);
}

int RetileMaskBand::GetOverviewCount()
{
    const rt_gdal_band *psBand = View().Band(m_nLevel, nBand - 1);

    return std::min(psBand->mask_overviews, m_poOf->GetOverviewCount());
}

GDALRasterBand *RetileMaskBand::GetOverview(int iOverview)
try {
    GDALRasterBand *poOverview = iOverview < GetOverviewCount()
                                     ? m_poOf->GetOverview(iOverview)
                                     : nullptr;

    return poOverview ? poOverview->GetMaskBand() : nullptr;
} catch (...) {
    return RetileCaught<GDALRasterBand *>(nullptr);
}

CPLErr RetileMaskBand::IReadBlock(int nBlockXOff, int nBlockYOff, void *pData)
try {
    const int iBand = nBand - 1;

    if (m_poOf->Dataset()->IsScratch())
        m_oScratchRows.Read(*this, nBlockXOff, nBlockYOff);
    return RetileReadBlock(*this, {View(), m_nLevel, true, &iBand, 1},
                           nBlockXOff, nBlockYOff, pData);
} catch (...) {
    return RetileCaught(CE_Failure);
}

CPLErr RetileMaskBand::IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff,
                                 int nXSize, int nYSize, void *pData,
                                 int nBufXSize, int nBufYSize,
                                 GDALDataType eBufType, GSpacing nPixelSpace,
                                 GSpacing nLineSpace,
                                 GDALRasterIOExtraArg *psExtraArg)
try {
    const int iBand = nBand - 1;

    if (eRWFlag == GF_Write)
        return RetileRefuseWrite();
    if (!RetileIsResampled(nXOff, nYOff, nXSize, nYSize, nBufXSize, nBufYSize,
                           psExtraArg))
        return RetileReadWindow({View(), m_nLevel, true, &iBand, 1},
                                {nXOff, nYOff, nXSize, nYSize},
                                {static_cast<unsigned char *>(pData), eBufType,
                                 nPixelSpace, nLineSpace, 0},
                                psExtraArg);
    return RetileReadResampled(
        *m_poOf->Dataset(), m_nLevel, {m_poOf->GetBand()},
        {nXOff, nYOff, nXSize, nYSize, nBufXSize, nBufYSize, *psExtraArg},
        {[&](GDALDataset *poSource) {
             GDALRasterBandH hMask = GDALGetMaskBand(rt_gdal_level_band(
                 GDALDataset::ToHandle(poSource), m_nLevel, nBand - 1));
             return rt_gdal_read_mask(hMask, nXOff, nYOff, nXSize, nYSize,
                                      pData, nBufXSize, nBufYSize, eBufType,
                                      nPixelSpace, nLineSpace, psExtraArg);
         },
         [&]() {
             return GDALRasterBand::IRasterIO(
                 eRWFlag, nXOff, nYOff, nXSize, nYSize, pData, nBufXSize,
                 nBufYSize, eBufType, nPixelSpace, nLineSpace, psExtraArg);
         },
         [&](RetileDataset &oDataset, RetileRequest &oRequest) {
             return oDataset.GetRasterBand(m_poOf->GetBand())
                 ->GetMaskBand()
                 ->RasterIO(eRWFlag, oRequest.nXOff, oRequest.nYOff,
                            oRequest.nXSize, oRequest.nYSize, pData, nBufXSize,
                            nBufYSize, eBufType, nPixelSpace, nLineSpace,
                            &oRequest.sExtraArg);
         }});
} catch (...) {
    return RetileCaught(CE_Failure);
}

RetileDerivedMaskBand::RetileDerivedMaskBand(RetileBand *poOf, int nLevel,
                                             GDALRasterBand *poModel)
    : m_poOf(poOf), m_nLevel(nLevel),
      m_bAllValid(poOf->GetMaskFlags() == GMF_ALL_VALID),
      m_eRange(poModel->GetMaskValueRange())
{
    nRasterXSize = poModel->GetXSize();
    nRasterYSize = poModel->GetYSize();
    poModel->GetBlockSize(&nBlockXSize, &nBlockYSize);
    eDataType = poModel->GetRasterDataType();
    eAccess = GA_ReadOnly;
}

CPLErr RetileDerivedMaskBand::IReadBlock(int nBlockXOff, int nBlockYOff,
                                         void *pData)
try {
    if (m_bAllValid) {
        memset(pData, 255,
               static_cast<size_t>(nBlockXSize) *
                   static_cast<size_t>(nBlockYSize));
        return CE_None;
    }
    /* A scratch band has other blocks. */
    GDALRasterIOExtraArg sExtraArg;
    INIT_RASTERIO_EXTRA_ARG(sExtraArg);
    const int nXOff = nBlockXOff * nBlockXSize;
    const int nYOff = nBlockYOff * nBlockYSize;
    const int nXSize = std::min(nBlockXSize, nRasterXSize - nXOff);
    const int nYSize = std::min(nBlockYSize, nRasterYSize - nYOff);
    return IRasterIO(GF_Read, nXOff, nYOff, nXSize, nYSize, pData, nXSize,
                     nYSize, eDataType, 1, nBlockXSize, &sExtraArg);
} catch (...) {
    return RetileCaught(CE_Failure);
}

CPLErr RetileDerivedMaskBand::IRasterIO(
    GDALRWFlag eRWFlag, int nXOff, int nYOff, int nXSize, int nYSize,
    void *pData, int nBufXSize, int nBufYSize, GDALDataType eBufType,
    GSpacing nPixelSpace, GSpacing nLineSpace, GDALRasterIOExtraArg *psExtraArg)
try {
    const GByte byValid = 255;

    if (eRWFlag == GF_Write)
        return RetileRefuseWrite();
    if (!m_bAllValid) {
        return RetileReadResampled(
            *m_poOf->Dataset(), m_nLevel, {m_poOf->GetBand()},
            {nXOff, nYOff, nXSize, nYSize, nBufXSize, nBufYSize, *psExtraArg},
            {nullptr, nullptr,
             [&](RetileDataset &oDataset, RetileRequest &oRequest) {
                 GDALRasterBand *poOwn =
                     oDataset.GetRasterBand(m_poOf->GetBand())->GetMaskBand();
                 return rt_gdal_read_mask(
                     GDALRasterBand::ToHandle(poOwn), oRequest.nXOff,
                     oRequest.nYOff, oRequest.nXSize, oRequest.nYSize, pData,
                     nBufXSize, nBufYSize, eBufType, nPixelSpace, nLineSpace,
                     &oRequest.sExtraArg);
             }});
    }
    const bool bLines = nPixelSpace >= INT_MIN && nPixelSpace <= INT_MAX;
    const int nStep = bLines ? nBufXSize : 1;
    for (int y = 0; y < nBufYSize; y++)
        for (int x = 0; x < nBufXSize; x += nStep)
            GDALCopyWords64(
                &byValid, GDT_Byte, 0,
                static_cast<GByte *>(pData) + y * nLineSpace + x * nPixelSpace,
                eBufType, bLines ? static_cast<int>(nPixelSpace) : 0, nStep);
    if (psExtraArg->pfnProgress != nullptr &&
        !psExtraArg->pfnProgress(1.0, "", psExtraArg->pProgressData))
        return CE_Failure;
    return CE_None;
} catch (...) {
    return RetileCaught(CE_Failure);
}

/* If GDAL's mask from nodata or alpha of the view means the same as the
 * source's flags, GDAL derives it without further decoding. Otherwise the
 * source's mask is read as a layer of its own. It is 0 in the padding. */
void RetileBand::InitMask()
{
    const rt_gdal_band *psSource = View().Band(m_nLevel, nBand - 1);
    const int nDerived = GDALPamRasterBand::GetMaskFlags();
    bool bDerive = nDerived == psSource->mask_flags &&
                   (nDerived == GMF_ALL_VALID || nDerived == GMF_NODATA ||
                    (nDerived & GMF_ALPHA) != 0 ||
                    nDerived == (GMF_NODATA | GMF_PER_DATASET));

    m_nMaskFlags = psSource->mask_flags;
    if (View().IsPadded() && !View().MasksPadding(nBand - 1, nDerived)) {
        bDerive = false;
        m_nMaskFlags = (m_nMaskFlags & GMF_ALL_VALID) != 0
                           ? GMF_PER_DATASET
                           : m_nMaskFlags & ~(GMF_NODATA | GMF_ALPHA);
    }
    if (bDerive) {
        GDALRasterBand *poModel = GDALPamRasterBand::GetMaskBand();
        if (!Dataset()->IsScratch() && poModel->GetDataset() != poDS) {
            m_poOwnMask.reset(
                new RetileDerivedMaskBand(this, m_nLevel, poModel));
            m_poMask = m_poOwnMask.get();
        }
        return;
    }
    /* Masks of different kinds stay separate: the mask of an alpha band is 255
     * up to the edge, whatever the alpha masks in other bands. */
    const bool bAsFirst =
        psSource->mask_flags == View().Band(m_nLevel, 0)->mask_flags;
    if (nBand > 1 && (m_nMaskFlags & GMF_PER_DATASET) != 0 &&
        (psSource->shares_mask || (View().IsPadded() && bAsFirst)))
        m_poMask =
            static_cast<RetileBand *>(Dataset()->GetRasterBand(1))->m_poMask;
    if (m_poMask == nullptr) {
        m_poOwnMask.reset(new RetileMaskBand(this, m_nLevel));
        m_poMask = m_poOwnMask.get();
    }
}
