/* test_damage.cpp - JPEG 2000 files that are truncated or damaged, and which
 * decoder gets them. */
#include <cstring>

#include "jp2_rig.h"

class Jp2Damage : public ::testing::Test
{
  protected:
    /* Four by four tiles of 256. */
    void SetUp() override
    {
        Codestream oMake;
        oMake.nWidth = oMake.nHeight = 1024;
        oMake.nTileWidth = oMake.nTileHeight = 256;
        oMake.bBoxes = false;
        m_osPath = NewFolder() + "/s.j2k";
        ASSERT_TRUE(WriteCodestream(m_osPath, oMake));
        m_abyFile = ReadFile(m_osPath);
        m_anParts = FindTileParts(m_abyFile);
        ASSERT_EQ(m_anParts.size(), 16u);
        m_abyWhole = ReadBand(Open(m_osPath)->GetRasterBand(1));
    }

    GDALDatasetUniquePtr OpenView(const Options &aosMore = {})
    {
        Options aosOptions = {"CACHE=PRIVATE", "CACHE_MAX=16MB",
                              "BLOCKXSIZE=256", "BLOCKYSIZE=256"};
        aosOptions.insert(aosOptions.end(), aosMore.begin(), aosMore.end());
        return Open("RETILE:" + m_osPath, aosOptions);
    }

    /* Tile iTile is unchanged. */
    void ExpectTile(GDALDataset *poView, int iTile)
    {
        const int nX = iTile % 4 * 256, nY = iTile / 4 * 256;
        const auto abyTile =
            ReadBand(poView->GetRasterBand(1), nX, nY, 256, 256);

        for (int y = 0; y < 256; y++)
            ASSERT_EQ(
                std::memcmp(&abyTile[static_cast<size_t>(y) * 256],
                            &m_abyWhole[static_cast<size_t>(nY + y) * 1024 +
                                        static_cast<size_t>(nX)],
                            256),
                0);
    }

    /* Tile iTile cannot be read: one message, with the file and the tile's
     * number. */
    void ExpectNoTile(GDALDataset *poView, int iTile)
    {
        std::vector<GByte> abyTile(256 * 256);
        Errors oErrors;

        EXPECT_EQ(poView->GetRasterBand(1)->RasterIO(
                      GF_Read, iTile % 4 * 256, iTile / 4 * 256, 256, 256,
                      abyTile.data(), 256, 256, GDT_Byte, 0, 0, nullptr),
                  CE_Failure);
        EXPECT_EQ(oErrors.nFailures, 1) << oErrors.osText;
        EXPECT_NE(oErrors.osText.find(m_osPath), std::string::npos);
        EXPECT_NE(oErrors.osText.find(CPLSPrintf("tile %d", iTile)),
                  std::string::npos)
            << oErrors.osText;
    }

    std::string m_osPath{};
    std::vector<GByte> m_abyFile{}, m_abyWhole{};
    std::vector<size_t> m_anParts{};
};

TEST_F(Jp2Damage, AFileCutShortHasItsTilesBeforeTheCut)
{
    m_abyFile.resize(m_anParts[9] + 100);
    WriteFile(m_osPath, m_abyFile);
    const auto poView = OpenView();

    ASSERT_NE(poView, nullptr);
    for (int i = 0; i < 9; i++)
        ExpectTile(poView.get(), i);
    for (int i = 9; i < 16; i++)
        ExpectNoTile(poView.get(), i);
    ExpectTile(poView.get(), 8);
}

TEST_F(Jp2Damage, ATileWithoutAHeaderSpoilsNoOther)
{
    m_abyFile[m_anParts[5] + 12] = 0; /* the byte after the marker SOT */
    WriteFile(m_osPath, m_abyFile);
    const auto poView = OpenView();

    ASSERT_NE(poView, nullptr);
    ExpectNoTile(poView.get(), 5);
    ExpectTile(poView.get(), 4);
    ExpectTile(poView.get(), 6);
    ExpectNoTile(poView.get(), 5);
}

/* A failure is not cached: when the file is whole again, a new view has all of
 * it. */
TEST_F(Jp2Damage, NothingOfABadTileIsKept)
{
    const std::vector<GByte> abyGood = m_abyFile;
    m_abyFile[m_anParts[5] + 12] = 0;
    WriteFile(m_osPath, m_abyFile);
    const auto poView = OpenView();
    ASSERT_NE(poView, nullptr);
    ExpectTile(poView.get(), 0);
    const double dfResident = Statistic(poView.get(), "BYTES_RESIDENT");

    ExpectNoTile(poView.get(), 5);
    EXPECT_EQ(Statistic(poView.get(), "BYTES_RESIDENT"), dfResident);
}

TEST_F(Jp2Damage, TheDecoderCanBeChosen)
{
    EXPECT_EQ(Item(OpenView().get(), "SOURCE_DECODER", "RETILE"), "NATIVE");
    const auto poGdal = OpenView({"SOURCE_DECODER=GDAL"});

    ASSERT_NE(poGdal, nullptr);
    EXPECT_EQ(Item(poGdal.get(), "SOURCE_DECODER", "RETILE"), "GDAL");
    ExpectTile(poGdal.get(), 5);
    ExpectRefused("RETILE:" + m_osPath, {"SOURCE_DECODER=JASPER"},
                  "SOURCE_DECODER=JASPER");
}

TEST_F(Jp2Damage, NativeIsRefusedForOtherFormats)
{
    const std::string osTiff = NewFolder() + "/s.tif";
    WriteTiff(osTiff, Recipe());

    ExpectRefused("RETILE:" + osTiff, {"SOURCE_DECODER=NATIVE"},
                  "SOURCE_DECODER=NATIVE");
    EXPECT_NE(Open("RETILE:" + osTiff, {"SOURCE_DECODER=AUTO"}), nullptr);
}
