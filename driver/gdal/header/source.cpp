/* source.cpp - see source.h. */
#include "gdal/header/source.h"
#include "gdal/base/report.h"

/* The block size that is shown: small enough for a driver that allocates a
 * buffer of that size. */
static constexpr int nShownBlockSize = 512;

RetileHeaderSource::RetileHeaderSource(GDALDataset *poSource,
                                       const RetileShownLevels &oLevels)
    : m_poSource(poSource)
{
    nRasterXSize = poSource->GetRasterXSize();
    nRasterYSize = poSource->GetRasterYSize();
    SetDescription(poSource->GetDescription());
    for (int i = 1; i <= poSource->GetRasterCount(); i++) {
        auto poBand = std::make_unique<RetileHeaderBand>(
            this, poSource->GetRasterBand(i),
            RetileOverviewSize{nRasterXSize, nRasterYSize}, oLevels.bMask);

        for (const RetileOverviewSize &oSize : oLevels.aoOverviews)
            poBand->AddOverview(oSize);
        if (static_cast<size_t>(i) <= oLevels.aaosItems.size())
            poBand->SetItems(oLevels.aaosItems[static_cast<size_t>(i) - 1]);
        SetBand(i, poBand.release());
    }
}

CPLErr RetileHeaderSource::NoPixels() const
{
    if (m_oOnRead)
        m_oOnRead();
    CPLError(CE_Failure, CPLE_AppDefined, "%s", pszNoPixels);
    return CE_Failure;
}

CPLErr RetileHeaderSource::AdviseRead(int /* nXOff */, int /* nYOff */,
                                      int /* nXSize */, int /* nYSize */,
                                      int /* nBufXSize */, int /* nBufYSize */,
                                      GDALDataType /* eType */,
                                      int /* nBandCount */,
                                      int * /* panBandList */,
                                      RetileOptionList /* papszOptions */)
{
    return CE_None;
}

CPLErr RetileHeaderSource::IRasterIO(
    GDALRWFlag /* eRWFlag */, int /* nXOff */, int /* nYOff */,
    int /* nXSize */, int /* nYSize */, void * /* pData */, int /* nBufXSize */,
    int /* nBufYSize */, GDALDataType /* eBufType */, int /* nBandCount */,
    RetileBandMap /* panBandMap */, GSpacing /* nPixelSpace */,
    GSpacing /* nLineSpace */, GSpacing /* nBandSpace */,
    GDALRasterIOExtraArg * /* psExtraArg */)
{
    return NoPixels();
}

RetileHeaderBand::RetileHeaderBand(RetileHeaderSource *poSource,
                                   GDALRasterBand *poBand,
                                   const RetileOverviewSize &oSize, bool bMask)
    : m_poSource(poSource), m_poBand(poBand), m_bMask(bMask)
{
    poDS = poSource;
    nBand = poBand->GetBand();
    eDataType = poBand->GetRasterDataType();
    nRasterXSize = oSize.nXSize;
    nRasterYSize = oSize.nYSize;
    nBlockXSize = nShownBlockSize;
    nBlockYSize = nShownBlockSize;
    SetDescription(poBand->GetDescription());
}

void RetileHeaderBand::AddOverview(const RetileOverviewSize &oSize)
{
    m_apoOverviews.push_back(std::make_unique<RetileHeaderBand>(
        m_poSource, m_poBand, oSize, m_bMask));
}

RetileMetadataList RetileHeaderBand::GetMetadata(const char *pszDomain)
try {
    RetileMetadataList papszOwn = m_poBand->GetMetadata(pszDomain);

    if (m_aosItems.empty() || (pszDomain != nullptr && *pszDomain != '\0'))
        return papszOwn;
    m_aosMerged = CPLStringList(CSLDuplicate(papszOwn));
    for (int i = 0; i < m_aosItems.size(); i++) {
        char *pszName = nullptr;
        const char *pszValue = CPLParseNameValue(m_aosItems[i], &pszName);

        m_aosMerged.SetNameValue(pszValue != nullptr ? pszName : m_aosItems[i],
                                 pszValue);
        CPLFree(pszName);
    }
    return m_aosMerged.List();
} catch (...) {
    return RetileCaught<RetileMetadataList>(nullptr);
}

const char *RetileHeaderBand::GetMetadataItem(const char *pszName,
                                              const char *pszDomain)
try {
    if (pszDomain == nullptr || *pszDomain == '\0')
        return CSLFetchNameValue(GetMetadata(pszDomain), pszName);
    if (RT_GDAL_HAS_INT8 && EQUAL(pszName, "PIXELTYPE"))
        return nullptr;
    return m_poBand->GetMetadataItem(pszName, pszDomain);
} catch (...) {
    return RetileCaught<const char *>(nullptr);
}

GDALRasterBand *RetileHeaderBand::GetOverview(int iOverview)
try {
    if (iOverview < 0 || iOverview >= GetOverviewCount())
        return nullptr;
    return m_apoOverviews[static_cast<size_t>(iOverview)].get();
} catch (...) {
    return RetileCaught<GDALRasterBand *>(nullptr);
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
try {
    /* GDALProxyRasterBand's would be the source's mask. */
    // NOLINTNEXTLINE(bugprone-parent-virtual-call)
    return GDALRasterBand::GetMaskBand();
} catch (...) {
    return RetileCaught<GDALRasterBand *>(nullptr);
}

CPLErr RetileHeaderBand::IReadBlock(int /* nBlockXOff */, int /* nBlockYOff */,
                                    void * /* pData */)
{
    return m_poSource->NoPixels();
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
    return m_poSource->NoPixels();
}
