/* header_source.cpp - see header_source.h. */
#include "gdal/header_source.h"

/* The block size that is shown: of no file, and small enough for a driver
 * that makes a buffer of it. */
static constexpr int nShownBlockSize = 512;

static CPLErr NoPixels()
{
    CPLError(CE_Failure, CPLE_AppDefined,
             "Internal error: pixels were asked of a header");
    return CE_Failure;
}

RetileHeaderSource::RetileHeaderSource(GDALDataset *poSource)
    : m_poSource(poSource)
{
    nRasterXSize = poSource->GetRasterXSize();
    nRasterYSize = poSource->GetRasterYSize();
    SetDescription(poSource->GetDescription());
    for (int i = 1; i <= poSource->GetRasterCount(); i++)
        SetBand(i, new RetileHeaderBand(this, poSource->GetRasterBand(i)));
}

CPLErr RetileHeaderSource::AdviseRead(
    int /* nXOff */, int /* nYOff */, int /* nXSize */, int /* nYSize */,
    int /* nBufXSize */, int /* nBufYSize */, GDALDataType /* eType */,
    int /* nBandCount */, int * /* panBandList */, char ** /* papszOptions */)
{
    return CE_None;
}

CPLErr RetileHeaderSource::IRasterIO(
    GDALRWFlag /* eRWFlag */, int /* nXOff */, int /* nYOff */,
    int /* nXSize */, int /* nYSize */, void * /* pData */, int /* nBufXSize */,
    int /* nBufYSize */, GDALDataType /* eBufType */, int /* nBandCount */,
#ifdef BANDMAP_TYPE
    BANDMAP_TYPE /* panBandMap */,
#else
    int * /* panBandMap */,
#endif
    GSpacing /* nPixelSpace */, GSpacing /* nLineSpace */,
    GSpacing /* nBandSpace */, GDALRasterIOExtraArg * /* psExtraArg */)
{
    return NoPixels();
}

RetileHeaderBand::RetileHeaderBand(RetileHeaderSource *poSource,
                                   GDALRasterBand *poBand)
    : m_poBand(poBand)
{
    poDS = poSource;
    nBand = poBand->GetBand();
    eDataType = poBand->GetRasterDataType();
    nRasterXSize = poBand->GetXSize();
    nRasterYSize = poBand->GetYSize();
    nBlockXSize = nShownBlockSize;
    nBlockYSize = nShownBlockSize;
    SetDescription(poBand->GetDescription());
}

int64_t RetileHeaderBand::GetNoDataValueAsInt64(int *pbSuccess)
{
    return m_poBand->GetNoDataValueAsInt64(pbSuccess);
}

uint64_t RetileHeaderBand::GetNoDataValueAsUInt64(int *pbSuccess)
{
    return m_poBand->GetNoDataValueAsUInt64(pbSuccess);
}

GDALRasterBand *RetileHeaderBand::GetMaskBand()
{
    /* GDALProxyRasterBand's is the source's mask. */
    // NOLINTNEXTLINE(bugprone-parent-virtual-call)
    return GDALRasterBand::GetMaskBand();
}

CPLErr RetileHeaderBand::IReadBlock(int /* nBlockXOff */, int /* nBlockYOff */,
                                    void * /* pData */)
{
    return NoPixels();
}

CPLErr RetileHeaderBand::IRasterIO(GDALRWFlag /* eRWFlag */, int /* nXOff */,
                                   int /* nYOff */, int /* nXSize */,
                                   int /* nYSize */, void * /* pData */,
                                   int /* nBufXSize */, int /* nBufYSize */,
                                   GDALDataType /* eBufType */,
                                   GSpacing /* nPixelSpace */,
                                   GSpacing /* nLineSpace */,
                                   GDALRasterIOExtraArg * /* psExtraArg */)
{
    return NoPixels();
}
