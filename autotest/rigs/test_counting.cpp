/* test_counting.cpp - the driver COUNTING; see helper.h. */
#include <algorithm>
#include <cstdio>
#include <map>
#include <mutex>

#include "helper.h"
#include "io/dataset/gdal_versions.h"

static std::mutex oMutex;
static std::map<std::string, std::map<int64_t, int>> oDecodes;

void ForgetDecodes()
{
    const std::lock_guard<std::mutex> oLock(oMutex);

    oDecodes.clear();
}

int DecodedBlocks(const std::string &osName)
{
    const std::lock_guard<std::mutex> oLock(oMutex);

    return static_cast<int>(oDecodes[osName].size());
}

int MostDecodes(const std::string &osName)
{
    const std::lock_guard<std::mutex> oLock(oMutex);
    int nMost = 0;

    for (const auto &oItem : oDecodes[osName])
        nMost = std::max(nMost, oItem.second);
    return nMost;
}

namespace
{

class CountingDataset final : public GDALDataset
{
  public:
    CountingDataset(GDALDatasetUniquePtr poInner, int nBlockX, int nBlockY,
                    bool bPixel);
    GDALDataset *Inner() const { return m_poInner.get(); }
    bool IsPixel() const { return m_bPixel; }
    CPLErr GetGeoTransform(RetileGeoTransform oTransform)
        RETILE_GEOTRANSFORM_CONST override
    {
        return m_poInner->GetGeoTransform(oTransform);
    }

  private:
    GDALDatasetUniquePtr m_poInner;
    bool m_bPixel;
};

class CountingBand final : public GDALRasterBand
{
  public:
    CountingBand(CountingDataset *poDSIn, int nBandIn, int nBlockX,
                 int nBlockY);

    double GetNoDataValue(int *pbHas) override
    {
        return Inner()->GetNoDataValue(pbHas);
    }
    int64_t GetNoDataValueAsInt64(int *pbHas) override
    {
        return Inner()->GetNoDataValueAsInt64(pbHas);
    }
    uint64_t GetNoDataValueAsUInt64(int *pbHas) override
    {
        return Inner()->GetNoDataValueAsUInt64(pbHas);
    }
    GDALColorInterp GetColorInterpretation() override
    {
        return Inner()->GetColorInterpretation();
    }
    int GetMaskFlags() override { return Inner()->GetMaskFlags(); }
    GDALRasterBand *GetMaskBand() override { return Inner()->GetMaskBand(); }

  protected:
    CPLErr IReadBlock(int nCol, int nRow, void *pData) override;

  private:
    GDALRasterBand *Inner() const
    {
        return static_cast<CountingDataset *>(poDS)->Inner()->GetRasterBand(
            nBand);
    }
    CPLErr Copy(int nCol, int nRow, void *pData);
};

} // namespace

CountingDataset::CountingDataset(GDALDatasetUniquePtr poInner, int nBlockX,
                                 int nBlockY, bool bPixel)
    : m_poInner(std::move(poInner)), m_bPixel(bPixel)
{
    nRasterXSize = m_poInner->GetRasterXSize();
    nRasterYSize = m_poInner->GetRasterYSize();
    for (int i = 1; i <= m_poInner->GetRasterCount(); i++)
        SetBand(i, new CountingBand(this, i, nBlockX, nBlockY));
    GDALDataset::SetMetadataItem("INTERLEAVE", bPixel ? "PIXEL" : "BAND",
                                 "IMAGE_STRUCTURE");
}

CountingBand::CountingBand(CountingDataset *poDSIn, int nBandIn, int nBlockX,
                           int nBlockY)
{
    poDS = poDSIn;
    nBand = nBandIn;
    eDataType = Inner()->GetRasterDataType();
    nRasterXSize = poDSIn->GetRasterXSize();
    nRasterYSize = poDSIn->GetRasterYSize();
    nBlockXSize = std::min(nBlockX, nRasterXSize);
    nBlockYSize = std::min(nBlockY, nRasterYSize);
    const char *pszType =
        RT_GDAL_HAS_INT8
            ? nullptr
            : Inner()->GetMetadataItem("PIXELTYPE", "IMAGE_STRUCTURE");
    if (pszType != nullptr)
        GDALRasterBand::SetMetadataItem("PIXELTYPE", pszType,
                                        "IMAGE_STRUCTURE");
}

CPLErr CountingBand::Copy(int nCol, int nRow, void *pData)
{
    const int nX = nCol * nBlockXSize, nY = nRow * nBlockYSize;
    const int nW = std::min(nBlockXSize, nRasterXSize - nX);
    const int nH = std::min(nBlockYSize, nRasterYSize - nY);
    const GSpacing nPx = GDALGetDataTypeSizeBytes(eDataType);

    return Inner()->RasterIO(GF_Read, nX, nY, nW, nH, pData, nW, nH, eDataType,
                             nPx, nPx * nBlockXSize, nullptr);
}

CPLErr CountingBand::IReadBlock(int nCol, int nRow, void *pData)
{
    auto *poCounting = static_cast<CountingDataset *>(poDS);
    const int64_t nBlock =
        (static_cast<int64_t>(nRow) << 24) + nCol +
        (poCounting->IsPixel() ? 0 : static_cast<int64_t>(nBand) << 48);

    {
        const std::lock_guard<std::mutex> oLock(oMutex);
        oDecodes[poDS->GetDescription()][nBlock]++;
    }
    for (int i = 1; poCounting->IsPixel() && i <= poDS->GetRasterCount(); i++) {
        auto *poOther = static_cast<CountingBand *>(poDS->GetRasterBand(i));
        if (poOther == this)
            continue;
        GDALRasterBlock *poBlock = poOther->TryGetLockedBlockRef(nCol, nRow);
        if (poBlock != nullptr) {
            poBlock->DropLock();
            continue;
        }
        poBlock = poOther->GetLockedBlockRef(nCol, nRow, TRUE);
        if (poBlock == nullptr)
            return CE_Failure;
        const CPLErr eErr = poOther->Copy(nCol, nRow, poBlock->GetDataRef());
        poBlock->DropLock();
        if (eErr != CE_None)
            return eErr;
    }
    return Copy(nCol, nRow, pData);
}

static int IdentifyCounting(GDALOpenInfo *poOpenInfo)
{
    return STARTS_WITH(poOpenInfo->pszFilename, "COUNTING:");
}

static GDALDataset *OpenCounting(GDALOpenInfo *poOpenInfo)
{
    int nBlockX = 0, nBlockY = 0, nUsed = 0;
    char szInterleave[8] = "";

    if (!IdentifyCounting(poOpenInfo) ||
        sscanf(poOpenInfo->pszFilename, "COUNTING:%dx%d:%7[A-Z]:%n", &nBlockX,
               &nBlockY, szInterleave, &nUsed) != 3)
        return nullptr;
    GDALDatasetUniquePtr poInner = Open(poOpenInfo->pszFilename + nUsed);
    if (!poInner)
        return nullptr;
    return new CountingDataset(std::move(poInner), nBlockX, nBlockY,
                               EQUAL(szInterleave, "PIXEL"));
}

void RegisterCounting()
{
    GDALDriver *poDriver = new GDALDriver();

    poDriver->SetDescription("COUNTING");
    poDriver->SetMetadataItem(GDAL_DCAP_RASTER, "YES");
    poDriver->SetMetadataItem(GDAL_DMD_CONNECTION_PREFIX, "COUNTING:");
    poDriver->pfnIdentify = IdentifyCounting;
    poDriver->pfnOpen = OpenCounting;
    GetGDALDriverManager()->RegisterDriver(poDriver);
}
