/* test_grid_view.cpp - the grid of blocks that a view presents, with and
 * without padding. */
#include <cstring>

#include "helper.h"

static const int nWidth = 61, nHeight = 37;

struct BlockSize {
    int nX, nY;
};

static std::ostream &operator<<(std::ostream &os, const BlockSize &oBlock)
{
    return os << oBlock.nX << "x" << oBlock.nY;
}

class GridView : public ::testing::TestWithParam<BlockSize>
{
  protected:
    void SetUp() override { m_osPath = NewFolder() + "/s.tif"; }

    void Write(int nBands) const
    {
        WriteTiff(m_osPath, {nWidth, nHeight, nBands, GDT_Int16});
    }

    GDALDatasetUniquePtr OpenView(Options aosOptions) const
    {
        aosOptions.push_back("BLOCKXSIZE=" + std::to_string(GetParam().nX));
        aosOptions.push_back("BLOCKYSIZE=" + std::to_string(GetParam().nY));
        return Open("RETILE:" + m_osPath, aosOptions);
    }

    static int Padded(int nSize, int nBlock)
    {
        return (nSize + nBlock - 1) / nBlock * nBlock;
    }

    std::string m_osPath{};
};

/* The expected pixels of a band: the source's, with nPad around them. */
template <class T>
static std::vector<GByte> Grown(const std::vector<GByte> &abySource, int nW,
                                int nH, int nNewW, int nNewH, T nPad)
{
    std::vector<T> anGrown(
        static_cast<size_t>(nNewW) * static_cast<size_t>(nNewH), nPad);

    for (int y = 0; y < nH; y++)
        memcpy(&anGrown[static_cast<size_t>(y) * static_cast<size_t>(nNewW)],
               &abySource[static_cast<size_t>(y) * static_cast<size_t>(nW) *
                          sizeof(T)],
               static_cast<size_t>(nW) * sizeof(T));
    std::vector<GByte> abyGrown(anGrown.size() * sizeof(T));
    memcpy(abyGrown.data(), anGrown.data(), abyGrown.size());
    return abyGrown;
}

/* The band is the source's with nPad around it. Its mask is the source's with 0
 * around it. Read by windows and by blocks. */
static void ExpectGrown(GDALRasterBand *poSource, GDALRasterBand *poView,
                        int16_t nPad)
{
    const int nW = poView->GetXSize(), nH = poView->GetYSize();
    const auto abyPixels =
        Grown<int16_t>(ReadBand(poSource), poSource->GetXSize(),
                       poSource->GetYSize(), nW, nH, nPad);
    const auto abyMask =
        Grown<GByte>(ReadBand(poSource->GetMaskBand()), poSource->GetXSize(),
                     poSource->GetYSize(), nW, nH, 0);

    EXPECT_TRUE(ReadBand(poView) == abyPixels);
    EXPECT_TRUE(ReadByBlocks(poView, 0, 0, nW, nH) == abyPixels);
    EXPECT_TRUE(ReadBand(poView->GetMaskBand()) == abyMask) << "mask";
    EXPECT_TRUE(ReadByBlocks(poView->GetMaskBand(), 0, 0, nW, nH) == abyMask)
        << "mask by blocks";
}

TEST_P(GridView, WithoutPaddingIsTheSourceInBlocksOfThatSize)
{
    Write(2);
    const auto poPlain = Open(m_osPath);
    const auto poView = OpenView({});
    std::mt19937 oRandom(5);
    int nX = 0, nY = 0;

    poView->GetRasterBand(2)->GetBlockSize(&nX, &nY);
    EXPECT_EQ(nX, GetParam().nX);
    EXPECT_EQ(nY, GetParam().nY);
    EXPECT_EQ(Item(poView.get(), "BLOCKS_X", "RETILE"),
              std::to_string(Padded(nWidth, nX) / nX));
    EXPECT_EQ(Item(poView.get(), "BLOCKS_Y", "RETILE"),
              std::to_string(Padded(nHeight, nY) / nY));
    ExpectSamePixels(poPlain.get(), poView.get(), oRandom);
}

TEST_P(GridView, PaddingGrowsTheRasterToWholeBlocks)
{
    Write(1);
    const auto poView = OpenView({"PAD_EDGES=YES"});

    EXPECT_EQ(poView->GetRasterXSize(), Padded(nWidth, GetParam().nX));
    EXPECT_EQ(poView->GetRasterYSize(), Padded(nHeight, GetParam().nY));
}

TEST_P(GridView, PaddingIsZeroAndMaskedByDefault)
{
    Write(2);
    const auto poPlain = Open(m_osPath);
    const auto poView = OpenView({"PAD_EDGES=YES"});

    for (int i = 1; i <= 2; i++)
        ExpectGrown(poPlain->GetRasterBand(i), poView->GetRasterBand(i), 0);
}

TEST_P(GridView, PaddingHoldsPadValue)
{
    Write(2);
    const auto poPlain = Open(m_osPath);
    const auto poView = OpenView({"PAD_EDGES=YES", "PAD_VALUE=-321"});

    for (int i = 1; i <= 2; i++)
        ExpectGrown(poPlain->GetRasterBand(i), poView->GetRasterBand(i), -321);
}

TEST_P(GridView, PaddingHoldsNodataByDefault)
{
    Write(2);
    GDALDatasetUniquePtr(GDALDataset::Open(m_osPath.c_str(), GDAL_OF_UPDATE))
        ->GetRasterBand(1)
        ->SetNoDataValue(-5);
    const auto poPlain = Open(m_osPath);
    const auto poView = OpenView({"PAD_EDGES=YES"});

    ExpectGrown(poPlain->GetRasterBand(2), poView->GetRasterBand(2), -5);
    EXPECT_EQ(poView->GetRasterBand(1)->GetMaskFlags(), GMF_NODATA);
}

TEST_P(GridView, PaddingWithAnotherValueThanNodataIsMaskedToo)
{
    Write(1);
    {
        const GDALDatasetUniquePtr poTiff(
            GDALDataset::Open(m_osPath.c_str(), GDAL_OF_UPDATE));
        int16_t nNodata = -5;
        poTiff->GetRasterBand(1)->SetNoDataValue(nNodata);
        EXPECT_EQ(poTiff->GetRasterBand(1)->RasterIO(GF_Write, 3, 3, 1, 1,
                                                     &nNodata, 1, 1, GDT_Int16,
                                                     0, 0, nullptr),
                  CE_None);
    }
    const auto poPlain = Open(m_osPath);
    const auto poView = OpenView({"PAD_EDGES=YES", "PAD_VALUE=9"});

    ExpectGrown(poPlain->GetRasterBand(1), poView->GetRasterBand(1), 9);
}

TEST_P(GridView, PaddingOfAlphaIsZero)
{
    WriteTiff(m_osPath, {nWidth, nHeight, 2, GDT_UInt16, {"ALPHA=YES"}});
    const auto poPlain = Open(m_osPath);
    const auto poView = OpenView({"PAD_EDGES=YES", "PAD_VALUE=77"});
    GDALRasterBand *poAlpha = poView->GetRasterBand(2);

    EXPECT_EQ(poView->GetRasterBand(1)->GetMaskFlags(),
              poPlain->GetRasterBand(1)->GetMaskFlags());
    ExpectGrown(poPlain->GetRasterBand(1), poView->GetRasterBand(1), 77);
    EXPECT_TRUE(ReadBand(poAlpha) ==
                Grown<int16_t>(ReadBand(poPlain->GetRasterBand(2)), nWidth,
                               nHeight, poAlpha->GetXSize(),
                               poAlpha->GetYSize(), 0));
}

TEST_P(GridView, PaddingAroundAMaskKeepsTheMask)
{
    const Config oInternal("GDAL_TIFF_INTERNAL_MASK", "YES");
    {
        const auto poTiff = MakeTiff(m_osPath, {nWidth, nHeight, 2, GDT_Int16});
        GByte nClear = 0;
        ASSERT_EQ(poTiff->CreateMaskBand(GMF_PER_DATASET), CE_None);
        GDALRasterBand *poMask = poTiff->GetRasterBand(1)->GetMaskBand();
        poMask->Fill(255);
        EXPECT_EQ(poMask->RasterIO(GF_Write, 20, 10, 9, 9, &nClear, 1, 1,
                                   GDT_Byte, 0, 0, nullptr),
                  CE_None);
    }
    const auto poPlain = Open(m_osPath);
    const auto poView = OpenView({"PAD_EDGES=YES"});

    ExpectGrown(poPlain->GetRasterBand(1), poView->GetRasterBand(1), 0);
    ExpectGrown(poPlain->GetRasterBand(2), poView->GetRasterBand(2), 0);
    EXPECT_EQ(poView->GetRasterBand(2)->GetMaskFlags(), GMF_PER_DATASET);
}

TEST_P(GridView, PaddedAndUnpaddedViewsAtOnceEachHaveTheirPixels)
{
    Write(1);
    const auto poPlain = Open(m_osPath);
    const auto poView = OpenView({});
    const auto poNine = OpenView({"PAD_EDGES=YES", "PAD_VALUE=9"});
    const auto poEight = OpenView({"PAD_EDGES=YES", "PAD_VALUE=8"});

    for (int i = 0; i < 2; i++) {
        ExpectGrown(poPlain->GetRasterBand(1), poNine->GetRasterBand(1), 9);
        EXPECT_TRUE(ReadBand(poView->GetRasterBand(1)) ==
                    ReadBand(poPlain->GetRasterBand(1)));
        EXPECT_TRUE(ReadBand(poView->GetRasterBand(1)->GetMaskBand()) ==
                    ReadBand(poPlain->GetRasterBand(1)->GetMaskBand()));
        ExpectGrown(poPlain->GetRasterBand(1), poEight->GetRasterBand(1), 8);
    }
}

TEST_P(GridView, OverviewsOfAPaddedViewArePaddedAsMuch)
{
    Write(2);
    {
        const GDALDatasetUniquePtr poTiff(
            GDALDataset::Open(m_osPath.c_str(), GDAL_OF_UPDATE));
        int anLevels[] = {2, 4};
        ASSERT_EQ(poTiff->BuildOverviews("NEAREST", 2, anLevels, 0, nullptr,
                                         nullptr, nullptr),
                  CE_None);
    }
    const auto poPlain = Open(m_osPath);
    const auto poView = OpenView({"PAD_EDGES=YES", "PAD_VALUE=5"});
    GDALRasterBand *poBand = poView->GetRasterBand(2);

    ASSERT_EQ(poBand->GetOverviewCount(), 2);
    for (int i = 0; i < 2; i++) {
        GDALRasterBand *poOverview = poBand->GetOverview(i);
        const int nFactor = 2 << i;

        EXPECT_EQ(poOverview->GetXSize(),
                  (poView->GetRasterXSize() + nFactor - 1) / nFactor);
        EXPECT_EQ(poOverview->GetYSize(),
                  (poView->GetRasterYSize() + nFactor - 1) / nFactor);
        ExpectGrown(poPlain->GetRasterBand(2)->GetOverview(i), poOverview, 5);
    }
}

TEST_P(GridView, ReducedReadsOfAPaddedViewAreThoseOfSuchARaster)
{
    Write(1);
    const auto poView = OpenView({"PAD_EDGES=YES", "PAD_VALUE=9"});
    const int nW = poView->GetRasterXSize(), nH = poView->GetRasterYSize();
    auto abyPixels = ReadBand(poView->GetRasterBand(1));
    const GDALDatasetUniquePtr poGrown(
        GetGDALDriverManager()->GetDriverByName("MEM")->Create(
            "", nW, nH, 1, GDT_Int16, nullptr));
    ASSERT_EQ(poGrown->GetRasterBand(1)->RasterIO(GF_Write, 0, 0, nW, nH,
                                                  abyPixels.data(), nW, nH,
                                                  GDT_Int16, 0, 0, nullptr),
              CE_None);

    for (const int nSize : {1, 5, 19, 150}) {
        std::vector<int16_t> anView(static_cast<size_t>(nSize * nSize));
        std::vector<int16_t> anGrown = anView;
        EXPECT_EQ(poView->GetRasterBand(1)->RasterIO(
                      GF_Read, 0, 0, nW, nH, anView.data(), nSize, nSize,
                      GDT_Int16, 0, 0, nullptr),
                  CE_None);
        EXPECT_EQ(poGrown->GetRasterBand(1)->RasterIO(
                      GF_Read, 0, 0, nW, nH, anGrown.data(), nSize, nSize,
                      GDT_Int16, 0, 0, nullptr),
                  CE_None);
        EXPECT_TRUE(anView == anGrown) << nSize;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Blocks, GridView,
    ::testing::Values(BlockSize{1, 1}, BlockSize{1, nHeight},
                      BlockSize{nWidth, 1}, BlockSize{7, 5}, BlockSize{16, 16},
                      BlockSize{nWidth, nHeight}, BlockSize{60, 36},
                      BlockSize{62, 38}, BlockSize{128, 96},
                      BlockSize{2, nHeight}, BlockSize{33, 19},
                      BlockSize{1000, 3}),
    [](const ::testing::TestParamInfo<BlockSize> &oInfo) {
        return std::to_string(oInfo.param.nX) + "x" +
               std::to_string(oInfo.param.nY);
    });

TEST(PadValue, HoldsSixtyFourBitsExactly)
{
    const std::string osPath = NewFolder() + "/s.tif";
    Recipe oRecipe;
    oRecipe.eType = GDT_UInt64;
    WriteTiff(osPath, oRecipe);
    const auto poUnsigned =
        Open("RETILE:" + osPath,
             {"PAD_EDGES=YES", "PAD_VALUE=18446744073709551615"});
    uint64_t nUnsigned = 0;
    ASSERT_EQ(poUnsigned->GetRasterBand(1)->RasterIO(GF_Read, 511, 511, 1, 1,
                                                     &nUnsigned, 1, 1,
                                                     GDT_UInt64, 0, 0, nullptr),
              CE_None);
    EXPECT_EQ(nUnsigned, UINT64_MAX);

    oRecipe.eType = GDT_Int64;
    WriteTiff(osPath, oRecipe);
    const auto poSigned = Open(
        "RETILE:" + osPath, {"PAD_EDGES=YES", "PAD_VALUE=-9007199254740993"});
    int64_t nSigned = 0;
    ASSERT_EQ(poSigned->GetRasterBand(1)->RasterIO(GF_Read, 511, 511, 1, 1,
                                                   &nSigned, 1, 1, GDT_Int64, 0,
                                                   0, nullptr),
              CE_None);
    EXPECT_EQ(nSigned, -9007199254740993);
}

TEST(PadValue, DefaultsToTheNodataOfSignedBytes)
{
    const std::string osPath = NewFolder() + "/s.tif";
    Recipe oRecipe;
    oRecipe.aosCreation = {"PIXELTYPE=SIGNEDBYTE"};
    MakeTiff(osPath, oRecipe)->GetRasterBand(1)->SetNoDataValue(-5);
    const auto poView = Open("RETILE:" + osPath, {"PAD_EDGES=YES"});
    GDALRasterBand *poBand = poView->GetRasterBand(1);

    EXPECT_EQ(ReadBand(poBand, 511, 511, 1, 1)[0], static_cast<GByte>(-5));
    EXPECT_EQ(ReadBand(poBand->GetMaskBand(), 511, 511, 1, 1)[0], 0);
}

TEST(PadValue, IsTakenOfSignedBytes)
{
    const std::string osPath = NewFolder() + "/s.tif";
    Recipe oRecipe;
    oRecipe.aosCreation = {"PIXELTYPE=SIGNEDBYTE"};
    WriteTiff(osPath, oRecipe);
    const auto poView =
        Open("RETILE:" + osPath, {"PAD_EDGES=YES", "PAD_VALUE=-7"});
    ASSERT_NE(poView, nullptr);

    EXPECT_EQ(ReadBand(poView->GetRasterBand(1), 511, 511, 1, 1)[0],
              static_cast<GByte>(-7));
}
