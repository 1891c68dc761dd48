/* band.cpp - see band.h. */
#include "gdal/view/band.h"

#include <algorithm>
#include <climits>

#include "gdal/base/report.h"
#include "gdal/view/band_reads.h"
#include "gdal/view/level_choice.h"

RetileBand::RetileBand(RetileDataset *poDSIn, int nBandIn, int nLevel)
    : m_nLevel(nLevel)
{
    poDS = poDSIn;
    nBand = nBandIn;
    nRasterXSize = poDSIn->GetRasterXSize();
    nRasterYSize = poDSIn->GetRasterYSize();
    nBlockXSize = poDSIn->View()->BlockXSize();
    nBlockYSize = poDSIn->View()->BlockYSize();
    if (poDSIn->HasSourceBlocks())
        SetSourceBlocks();
    else if (poDSIn->IsScratch())
        SetLineBlocks();
    eDataType = poDSIn->View()->Band(nLevel, nBandIn - 1)->type;
    eAccess = GA_ReadOnly;
}

/* A computed level has no blocks in the source. */
void RetileBand::SetSourceBlocks()
{
    if (View().IsVirtual(m_nLevel))
        return;
    View().WithBand(m_nLevel, nBand - 1, [this](GDALRasterBand *poSource) {
        poSource->GetBlockSize(&nBlockXSize, &nBlockYSize);
        return true;
    });
}

/* A scratch band has blocks of one line, so that a request that skips lines
 * reads no more than it needs. Blocks are higher if there would be too many. */
void RetileBand::SetLineBlocks()
{
    nBlockXSize = std::max(nBlockXSize, 512);
    nBlockYSize = 1;
    const int nColumns = (nRasterXSize - 1) / nBlockXSize + 1;
    while ((nRasterYSize - 1) / nBlockYSize + 1 > INT_MAX / nColumns)
        nBlockYSize *= 2;
}

RetileBand::~RetileBand() = default;

CPLErr RetileBand::IReadBlock(int nBlockXOff, int nBlockYOff, void *pData)
try {
    const int iBand = nBand - 1;

    if (Dataset()->IsScratch())
        m_oScratchRows.Read(*this, nBlockXOff, nBlockYOff);
    return RetileReadBlock(*this, {View(), m_nLevel, false, &iBand, 1},
                           nBlockXOff, nBlockYOff, pData);
} catch (...) {
    return RetileCaught(CE_Failure);
}

CPLErr RetileBand::IRasterIO(GDALRWFlag eRWFlag, int nXOff, int nYOff,
                             int nXSize, int nYSize, void *pData, int nBufXSize,
                             int nBufYSize, GDALDataType eBufType,
                             GSpacing nPixelSpace, GSpacing nLineSpace,
                             GDALRasterIOExtraArg *psExtraArg)
try {
    const int iBand = nBand - 1;

    if (eRWFlag == GF_Write)
        return RetileRefuseWrite();
    if (!RetileIsResampled(nXOff, nYOff, nXSize, nYSize, nBufXSize, nBufYSize,
                           psExtraArg))
        return RetileReadWindow({View(), m_nLevel, false, &iBand, 1},
                                {nXOff, nYOff, nXSize, nYSize},
                                {static_cast<unsigned char *>(pData), eBufType,
                                 nPixelSpace, nLineSpace, 0},
                                psExtraArg);
    return RetileReadResampled(
        *Dataset(), m_nLevel, {nBand},
        {nXOff, nYOff, nXSize, nYSize, nBufXSize, nBufYSize, *psExtraArg},
        {[&](GDALDataset *poSource) {
             GDALRasterBandH hBand = rt_gdal_level_band(
                 GDALDataset::ToHandle(poSource), m_nLevel, nBand - 1);
             return GDALRasterIOEx(hBand, eRWFlag, nXOff, nYOff, nXSize, nYSize,
                                   pData, nBufXSize, nBufYSize, eBufType,
                                   nPixelSpace, nLineSpace, psExtraArg);
         },
         [&]() {
             return GDALPamRasterBand::IRasterIO(
                 eRWFlag, nXOff, nYOff, nXSize, nYSize, pData, nBufXSize,
                 nBufYSize, eBufType, nPixelSpace, nLineSpace, psExtraArg);
         },
         [&](RetileDataset &oDataset, RetileRequest &oRequest) {
             return oDataset.GetRasterBand(nBand)->RasterIO(
                 eRWFlag, oRequest.nXOff, oRequest.nYOff, oRequest.nXSize,
                 oRequest.nYSize, pData, nBufXSize, nBufYSize, eBufType,
                 nPixelSpace, nLineSpace, &oRequest.sExtraArg);
         }});
} catch (...) {
    return RetileCaught(CE_Failure);
}

int RetileBand::IGetDataCoverageStatus(int nXOff, int nYOff, int nXSize,
                                       int nYSize, int nMaskFlagStop,
                                       double *pdfDataPct)
try {
    if (View().IsPadded() || View().IsFocal() || View().IsVirtual(m_nLevel))
        return GDALPamRasterBand::IGetDataCoverageStatus(
            nXOff, nYOff, nXSize, nYSize, nMaskFlagStop, pdfDataPct);
    return View().WithBand(m_nLevel, nBand - 1, [&](GDALRasterBand *poSource) {
        return poSource->GetDataCoverageStatus(nXOff, nYOff, nXSize, nYSize,
                                               nMaskFlagStop, pdfDataPct);
    });
} catch (...) {
    return RetileCaught(0);
}

int RetileBand::HasArbitraryOverviews()
try {
    if (View().IsPadded() || View().Overviews() != RetileOverviews::Source)
        return FALSE;
    return View().WithBand(m_nLevel, nBand - 1, [](GDALRasterBand *poSource) {
        return poSource->HasArbitraryOverviews();
    });
} catch (...) {
    return RetileCaught(0);
}

int RetileBand::GetOverviewCount()
{
    if (!Dataset()->ShowsOverviews())
        return 0;
    if (m_nLevel == 0)
        return View().Levels() - 1;
    return View().Band(m_nLevel, nBand - 1)->own_overviews;
}

GDALRasterBand *RetileBand::GetOverview(int iOverview)
try {
    RetileDataset *poOverview = iOverview < GetOverviewCount()
                                    ? Dataset()->Overview(iOverview)
                                    : nullptr;

    return poOverview ? poOverview->GetRasterBand(nBand) : nullptr;
} catch (...) {
    return RetileCaught<GDALRasterBand *>(nullptr);
}

CPLErr RetileBand::BuildOverviews(const char *, int, const int *,
                                  GDALProgressFunc, void *, CSLConstList)
{
    return RetileRefuseOverviews();
}

GDALRasterBand *RetileBand::GetMaskBand()
try {
    Dataset()->InitMasks();
    return m_poMask ? m_poMask : GDALPamRasterBand::GetMaskBand();
} catch (...) {
    return RetileCaught<GDALRasterBand *>(nullptr);
}

int RetileBand::GetMaskFlags()
try {
    Dataset()->InitMasks();
    return m_poMask ? m_nMaskFlags : GDALPamRasterBand::GetMaskFlags();
} catch (...) {
    return RetileCaught<int>(GMF_ALL_VALID);
}
