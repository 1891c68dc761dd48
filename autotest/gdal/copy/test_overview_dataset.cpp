/* test_overview_dataset.cpp - an overview of a little-known driver, as a
 * dataset. */
#include <cstring>
#include <memory>
#include <vector>

#include "gdal/copy/overview_dataset.h"
#include "helper.h"

namespace
{

/* Its overview reports no block size, like those of PRF. */
class Blockless : public GDALRasterBand
{
  public:
    Blockless(GDALDataset *poOf, int nWidth, int nHeight, int nBlock)
    {
        poDS = poOf;
        nBand = 1;
        eDataType = GDT_Byte;
        nRasterXSize = nWidth;
        nRasterYSize = nHeight;
        nBlockXSize = nBlockYSize = nBlock;
    }

    std::unique_ptr<Blockless> m_poOverview{};

    int GetOverviewCount() override { return m_poOverview ? 1 : 0; }
    GDALRasterBand *GetOverview(int) override { return m_poOverview.get(); }
    CPLErr IReadBlock(int, int, void *) override { return CE_Failure; }

  protected:
    CPLErr IRasterIO(GDALRWFlag, int, int, int, int, void *pData, int nBufXSize,
                     int nBufYSize, GDALDataType eBufType, GSpacing, GSpacing,
                     GDALRasterIOExtraArg *) override
    {
        EXPECT_EQ(eBufType, GDT_Byte);
        memset(pData, nRasterXSize,
               static_cast<size_t>(nBufXSize) * static_cast<size_t>(nBufYSize));
        return CE_None;
    }
};

class BlocklessDataset : public GDALDataset
{
  public:
    BlocklessDataset()
    {
        nRasterXSize = 100;
        nRasterYSize = 80;
        auto poBand = new Blockless(this, 100, 80, 50);
        poBand->m_poOverview.reset(new Blockless(this, 50, 40, 0));
        SetBand(1, poBand);
    }
};

} // namespace

TEST(OverviewDataset, AnOverviewWithoutBlocksIsReadAndNothingIsSaid)
{
    BlocklessDataset oSource;
    std::vector<GByte> abyPixels(50 * 40);
    Errors oErrors;

    RetileOverviewDataset oLevel(&oSource, 0);
    ASSERT_EQ(oLevel.GetRasterCount(), 1);
    EXPECT_EQ(oLevel.GetRasterXSize(), 50);
    int nWidth = 0, nHeight = 0;
    oLevel.GetRasterBand(1)->GetBlockSize(&nWidth, &nHeight);
    EXPECT_GT(nWidth, 0);
    EXPECT_GT(nHeight, 0);
    EXPECT_EQ(oLevel.GetRasterBand(1)->RasterIO(GF_Read, 0, 0, 50, 40,
                                                abyPixels.data(), 50, 40,
                                                GDT_Byte, 0, 0, nullptr),
              CE_None);
    for (const GByte byPixel : abyPixels)
        ASSERT_EQ(byPixel, 50);
    EXPECT_EQ(oErrors.osText, "");
}
