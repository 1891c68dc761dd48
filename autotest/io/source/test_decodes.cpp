/* test_decodes.cpp - how often the source is decoded, and what stays in memory,
 * as RETILE_STATS and the driver COUNTING report it. */
#include <algorithm>
#include <chrono>
#include <numeric>

#include "helper.h"

static const int nSide = 1500; /* pixels of the square scene */

enum class Order { Rows, Columns, Random };

struct Scan {
    const char *pszName;
    const char *pszSource; /* source blocks and interleaving */
    int nBlockX, nBlockY;  /* of the view */
    Order eOrder;
    const char *pszCacheMax;
};

static std::ostream &operator<<(std::ostream &os, const Scan &oScan)
{
    return os << oScan.pszName;
}

static std::string CountingName(const char *pszSourceBlock)
{
    const std::string osTiff = TempDir() + "/decodes.tif";

    if (!Exists(osTiff)) {
        Recipe oRecipe;
        oRecipe.nWidth = oRecipe.nHeight = nSide;
        oRecipe.nBands = 2;
        oRecipe.aosCreation = {"INTERLEAVE=PIXEL"};
        WriteTiff(osTiff, oRecipe);
    }
    return std::string("COUNTING:") + pszSourceBlock + ":" + osTiff;
}

static void ReadBlocks(GDALDataset *poView, Order eOrder)
{
    int nBlockX = 0, nBlockY = 0;
    poView->GetRasterBand(1)->GetBlockSize(&nBlockX, &nBlockY);
    const int nCols = (poView->GetRasterXSize() + nBlockX - 1) / nBlockX;
    const int nRows = (poView->GetRasterYSize() + nBlockY - 1) / nBlockY;
    std::vector<int> anBlocks(static_cast<size_t>(nCols * nRows));
    std::iota(anBlocks.begin(), anBlocks.end(), 0);
    if (eOrder == Order::Random)
        std::shuffle(anBlocks.begin(), anBlocks.end(), std::mt19937(3));
    std::vector<GByte> abyBlock(static_cast<size_t>(nBlockX * nBlockY));

    for (const int nBlock : anBlocks) {
        const int nCol =
            eOrder == Order::Columns ? nBlock / nRows : nBlock % nCols;
        const int nRow =
            eOrder == Order::Columns ? nBlock % nRows : nBlock / nCols;
        for (int i = 1; i <= poView->GetRasterCount(); i++)
            ASSERT_EQ(poView->GetRasterBand(i)->ReadBlock(nCol, nRow,
                                                          abyBlock.data()),
                      CE_None);
    }
}

class FullScan : public ::testing::TestWithParam<Scan>
{
};

TEST_P(FullScan, DecodesEachSourceBlockOnce)
{
    const Scan oScan = GetParam();
    const std::string osSource = CountingName(oScan.pszSource);
    const auto poView =
        Open("RETILE:" + osSource,
             {"BLOCKXSIZE=" + std::to_string(oScan.nBlockX),
              "BLOCKYSIZE=" + std::to_string(oScan.nBlockY), "CACHE=PRIVATE",
              std::string("CACHE_MAX=") + oScan.pszCacheMax});
    ASSERT_NE(poView, nullptr);
    ForgetDecodes();

    ReadBlocks(poView.get(), oScan.eOrder);
    EXPECT_EQ(Item(poView.get(), "DECODE_AMPLIFICATION", "RETILE_STATS"),
              "1.00");
    EXPECT_EQ(MostDecodes(osSource), 1);
    EXPECT_GT(DecodedBlocks(osSource), 0);
    EXPECT_LE(Statistic(poView.get(), "BYTES_PEAK"),
              CPLAtof(Item(poView.get(), "CACHE_MAX", "RETILE").c_str()));
}

/* The budgets hold one row of the view's blocks (for two bands, with the source
 * blocks being decoded), or the whole image (4.5 MB). */
INSTANTIATE_TEST_SUITE_P(
    Decodes, FullScan,
    ::testing::Values(
        Scan{"StripsByRows", "1500x1:PIXEL", 256, 256, Order::Rows, "1500KB"},
        Scan{"StripsByColumns", "1500x1:PIXEL", 256, 256, Order::Columns,
             "8MB"},
        Scan{"StripsAtRandom", "1500x1:PIXEL", 256, 256, Order::Random, "8MB"},
        Scan{"TallStripsByRows", "1500x100:PIXEL", 256, 256, Order::Rows,
             "2MB"},
        Scan{"TallStripsByColumns", "1500x100:PIXEL", 256, 256, Order::Columns,
             "8MB"},
        Scan{"TallStripsAtRandom", "1500x100:PIXEL", 256, 256, Order::Random,
             "8MB"},
        Scan{"StripsOfBandsByRows", "1500x7:BAND", 256, 256, Order::Rows,
             "1500KB"},
        Scan{"StripsOfBandsAtRandom", "1500x7:BAND", 256, 256, Order::Random,
             "8MB"},
        Scan{"TilesByRows", "500x300:PIXEL", 256, 256, Order::Rows, "3500KB"},
        Scan{"TilesByColumns", "500x300:PIXEL", 256, 256, Order::Columns,
             "8MB"},
        Scan{"TilesAtRandom", "500x300:PIXEL", 256, 256, Order::Random, "8MB"},
        Scan{"TilesOfBandsByRows", "500x300:BAND", 200, 100, Order::Rows,
             "3500KB"},
        Scan{"TilesOfBandsAtRandom", "500x300:BAND", 200, 100, Order::Random,
             "8MB"},
        Scan{"TilesInTinyBlocks", "500x300:PIXEL", 100, 7, Order::Columns,
             "8MB"},
        Scan{"SingleBlockByRows", "1500x1500:PIXEL", 256, 256, Order::Rows,
             "10MB"},
        Scan{"SingleBlockByColumns", "1500x1500:PIXEL", 256, 256,
             Order::Columns, "10MB"},
        Scan{"SingleBlockAtRandom", "1500x1500:PIXEL", 256, 256, Order::Random,
             "10MB"},
        Scan{"SingleBlockOfBandsAtRandom", "1500x1500:BAND", 256, 256,
             Order::Random, "10MB"}),
    [](const ::testing::TestParamInfo<Scan> &oInfo) {
        return oInfo.param.pszName;
    });

class WholeRead : public ::testing::TestWithParam<const char *>
{
};

TEST_P(WholeRead, DecodesOnceHoweverSmallTheCache)
{
    const std::string osSource = CountingName(GetParam());
    const auto poView =
        Open("RETILE:" + osSource, {"CACHE=PRIVATE", "CACHE_MAX=1MB",
                                    "BLOCKXSIZE=256", "BLOCKYSIZE=256"});
    ASSERT_NE(poView, nullptr);
    std::vector<GByte> abyPixels(size_t(2) * nSide * nSide);
    ForgetDecodes();

    EXPECT_EQ(poView->RasterIO(GF_Read, 0, 0, nSide, nSide, abyPixels.data(),
                               nSide, nSide, GDT_Byte, 2, nullptr, 0, 0, 0,
                               nullptr),
              CE_None);
    EXPECT_EQ(Item(poView.get(), "DECODE_AMPLIFICATION", "RETILE_STATS"),
              "1.00");
    EXPECT_EQ(MostDecodes(osSource), 1);
}

INSTANTIATE_TEST_SUITE_P(Decodes, WholeRead,
                         ::testing::Values("1500x1:PIXEL", "1500x100:BAND",
                                           "500x300:PIXEL", "500x300:BAND",
                                           "7x1500:PIXEL", "1500x1500:PIXEL",
                                           "1500x1500:BAND", "16x16:PIXEL"));

TEST(Decodes, CacheNoneKeepsNothing)
{
    const std::string osSource = CountingName("500x300:PIXEL");
    const auto poView = Open("RETILE:" + osSource, {"CACHE=NONE"});
    ForgetDecodes();

    ReadBand(poView->GetRasterBand(1), 10, 10, 20, 20);
    ReadBand(poView->GetRasterBand(1), 10, 10, 20, 20);
    EXPECT_EQ(MostDecodes(osSource), 2);
    EXPECT_EQ(Statistic(poView.get(), "BYTES_RESIDENT"), 0);
    EXPECT_EQ(Statistic(poView.get(), "CACHE_HITS"), 0);
    EXPECT_EQ(Item(poView.get(), "DECODE_AMPLIFICATION", "RETILE_STATS"),
              "2.00");
}

TEST(Decodes, SecondReadDecodesNothing)
{
    const auto poView = Open("RETILE:" + CountingName("500x300:PIXEL"),
                             {"CACHE=PRIVATE", "CACHE_MAX=20MB"});
    ReadBand(poView->GetRasterBand(1));
    const double dfReads = Statistic(poView.get(), "SOURCE_READS");
    const double dfHits = Statistic(poView.get(), "CACHE_HITS");

    ReadBand(poView->GetRasterBand(1));
    ReadBand(poView->GetRasterBand(2));
    EXPECT_GT(dfReads, 0);
    EXPECT_EQ(Statistic(poView.get(), "SOURCE_READS"), dfReads);
    EXPECT_EQ(Statistic(poView.get(), "CACHE_HITS"),
              dfHits + 2 * 15); /* of 500x300 pixels */
}

TEST(Decodes, CountsTheSourcePixelsDecoded)
{
    const auto poView = Open("RETILE:" + CountingName("500x300:PIXEL"),
                             {"CACHE=PRIVATE", "CACHE_MAX=20MB"});

    ReadBand(poView->GetRasterBand(1), 499, 0, 2, 1);
    EXPECT_EQ(Statistic(poView.get(), "SOURCE_PIXELS_DECODED") /
                  (500.0 * 300.0),
              2); /* the window touches no other block */
}

/* A TIFF with a mask, nodata and overviews, to be read in every way. */
static std::string RichTiff(const std::string &osFolder)
{
    const std::string osPath = osFolder + "/rich.tif";
    const Config oInternal("GDAL_TIFF_INTERNAL_MASK", "YES");
    Recipe oRecipe;
    oRecipe.nWidth = oRecipe.nHeight = 600;
    oRecipe.nBands = 3;
    oRecipe.aosCreation = {"COMPRESS=LZW", "INTERLEAVE=PIXEL"};
    auto poTiff = MakeTiff(osPath, oRecipe);
    int anLevels[] = {2, 4};

    EXPECT_EQ(poTiff->CreateMaskBand(GMF_PER_DATASET), CE_None);
    EXPECT_EQ(poTiff->GetRasterBand(1)->GetMaskBand()->Fill(255), CE_None);
    EXPECT_EQ(poTiff->BuildOverviews("NEAREST", 2, anLevels, 0, nullptr,
                                     nullptr, nullptr),
              CE_None);
    return osPath;
}

TEST(Decodes, GdalsOwnCacheIsLeftAsItWas)
{
    const auto poView =
        Open("RETILE:" + RichTiff(NewFolder()), {"BLOCKXSIZE=100"});
    const GIntBig nBefore = GDALGetCacheUsed64();
    std::vector<GByte> abyPixels(3 * 600 * 600);
    const auto Read = [&](int nSize) {
        EXPECT_EQ(poView->RasterIO(GF_Read, 0, 0, 600, 600, abyPixels.data(),
                                   nSize, nSize, GDT_Byte, 3, nullptr, 0, 0, 0,
                                   nullptr),
                  CE_None);
        EXPECT_EQ(GDALGetCacheUsed64(), nBefore) << nSize;
    };

    Read(600);
    Read(300);
    Read(200);
    Read(77);
    ReadBand(poView->GetRasterBand(2));
    ReadBand(poView->GetRasterBand(2)->GetMaskBand());
    ReadBand(poView->GetRasterBand(2)->GetOverview(1));
    ReadBand(poView->GetRasterBand(2)->GetOverview(1)->GetMaskBand());
    ReadBlocks(poView.get(), Order::Rows);
    EXPECT_EQ(GDALGetCacheUsed64(), nBefore);
}

TEST(Decodes, GdalsOwnCacheIsLeftAsItWasWithAlphaAndNodata)
{
    for (const bool bAlpha : {true, false}) {
        const std::string osPath = NewFolder() + "/a.tif";
        Recipe oRecipe;
        oRecipe.nWidth = oRecipe.nHeight = 600;
        oRecipe.nBands = bAlpha ? 2 : 1;
        if (bAlpha)
            oRecipe.aosCreation = {"ALPHA=YES"};
        auto poTiff = MakeTiff(osPath, oRecipe);
        if (!bAlpha)
            poTiff->GetRasterBand(1)->SetNoDataValue(7);
        poTiff.reset();
        auto poView = Open("RETILE:" + osPath);
        const GIntBig nBefore = GDALGetCacheUsed64();

        ReadBand(poView->GetRasterBand(1)->GetMaskBand());
        ReadBand(poView->GetRasterBand(1)->GetMaskBand(), 5, 5, 50, 50);
        EXPECT_EQ(GDALGetCacheUsed64(), nBefore) << bAlpha;
    }
}

TEST(Decodes, TwoHandlesOnOneFileShareBlocks)
{
    const std::string osName = "RETILE:" + RichTiff(NewFolder());
    const auto poFirst = Open(osName), poSecond = Open(osName);
    const auto poThird = Open(osName);

    ReadBand(poFirst->GetRasterBand(1));
    const auto abyPixels = ReadBand(poSecond->GetRasterBand(1));
    EXPECT_EQ(Statistic(poSecond.get(), "SOURCE_READS"), 0);
    EXPECT_GT(Statistic(poFirst.get(), "SOURCE_READS"), 0);
    EXPECT_TRUE(abyPixels == ReadBand(poFirst->GetRasterBand(1)));
    EXPECT_TRUE(ReadBand(poThird->GetRasterBand(3)) ==
                ReadBand(poFirst->GetRasterBand(3)));
}

TEST(Decodes, HandlesOfOtherBlockSizesOrPrivateCachesDoNotShare)
{
    const std::string osName = "RETILE:" + RichTiff(NewFolder());
    const auto poFirst = Open(osName);
    const auto poOther = Open(osName, {"BLOCKXSIZE=100"});
    const auto poPrivate = Open(osName, {"CACHE=PRIVATE"});
    const auto abyPixels = ReadBand(poFirst->GetRasterBand(1));

    EXPECT_TRUE(ReadBand(poOther->GetRasterBand(1)) == abyPixels);
    EXPECT_TRUE(ReadBand(poPrivate->GetRasterBand(1)) == abyPixels);
    EXPECT_GT(Statistic(poPrivate.get(), "SOURCE_READS"), 0);
}

class Rewritten : public ::testing::TestWithParam<const char *>
{
  protected:
    void SetUp() override
    {
        m_osPath =
            std::string(*GetParam() ? GetParam() : NewFolder()) + "/again.tif";
    }

    /* Writes a scene and compares the view with a plain read. */
    void WriteAndCompare(const Recipe &oRecipe) const
    {
        WriteTiff(m_osPath, oRecipe);
        const auto poView = Open("RETILE:" + m_osPath);
        const auto poPlain = Open(m_osPath);

        ASSERT_NE(poView, nullptr);
        EXPECT_TRUE(ReadBand(poView->GetRasterBand(1)) ==
                    ReadBand(poPlain->GetRasterBand(1)));
    }

    std::string m_osPath{};
};

TEST_P(Rewritten, GivesTheNewPixels)
{
    Recipe oRecipe;
    WriteAndCompare(oRecipe);
    oRecipe.nWidth = 120;
    oRecipe.nSeed = 2;
    WriteAndCompare(oRecipe);
}

TEST_P(Rewritten, GivesTheNewPixelsAtTheSameSizeWithinTheSameSecond)
{
    Recipe oRecipe;
    for (oRecipe.nSeed = 1; oRecipe.nSeed <= 20; oRecipe.nSeed++)
        WriteAndCompare(oRecipe);
}

TEST_P(Rewritten, GivesTheNewPixelsWhenUpdatedInPlace)
{
    WriteAndCompare({});
    for (int i = 0; i < 20; i++) {
        auto poTiff = GDALDatasetUniquePtr(
            GDALDataset::Open(m_osPath.c_str(), GDAL_OF_UPDATE));
        ASSERT_NE(poTiff, nullptr);
        EXPECT_EQ(poTiff->GetRasterBand(1)->Fill(i), CE_None);
        poTiff.reset();
        const auto poView = Open("RETILE:" + m_osPath);
        EXPECT_EQ(ReadBand(poView->GetRasterBand(1), 3, 3, 1, 1)[0], i);
    }
}

INSTANTIATE_TEST_SUITE_P(Decodes, Rewritten, ::testing::Values("", "/vsimem"));
