/* test_copy.cpp - in which blocks a copy decodes JPEG 2000. */
#include "jp2_rig.h"
#include "source_rig.h"

class Jp2Copy : public ::testing::Test
{
  protected:
    /* 1300 x 1100 pixels, three bands, 9/7. */
    void Make(int nTile)
    {
        Codestream oMake;
        oMake.nWidth = 1300;
        oMake.nHeight = 1100;
        oMake.nComponents = 3;
        oMake.bIrreversible = true;
        oMake.nTileWidth = oMake.nTileHeight = nTile;
        m_osPath = NewFolder() + "/s.jp2";
        ASSERT_TRUE(WriteCodestream(m_osPath, oMake));
        m_poDS = Open(m_osPath);
        ASSERT_NE(m_poDS, nullptr);
    }

    /* The window of bands 3 and 1 equals GDAL's. */
    void ExpectWindow(OpenSource &oSource, GDALDataset *poPlain,
                      const rt_window &oWindow, int nSlot = 0)
    {
        const auto nArea = static_cast<size_t>(rt_window_area(&oWindow));
        const int32_t anPlanes[] = {2, 0};
        std::vector<GByte> abyPixels(2 * nArea);
        rt_error oError{};

        ASSERT_EQ(rt_copy_source_read(oSource.po, nSlot, false, anPlanes, 2,
                                      &oWindow, abyPixels.data(), &oError),
                  RT_OK)
            << oError.text;
        for (size_t i = 0; i < 2; i++) {
            const auto it =
                abyPixels.begin() + static_cast<std::ptrdiff_t>(i * nArea);
            EXPECT_EQ(
                std::vector<GByte>(it, it + static_cast<std::ptrdiff_t>(nArea)),
                ReadBand(poPlain->GetRasterBand(anPlanes[i] + 1), oWindow.x_px,
                         oWindow.y_px, oWindow.w_px, oWindow.h_px));
        }
    }

    std::string m_osPath{};
    GDALDatasetUniquePtr m_poDS{};
};

TEST_F(Jp2Copy, DecodesOneTileInBandsByOneDecoder)
{
    Make(0);
    OpenSource oSource(m_poDS.get(), GDT_Byte, 2);
    const rt_copy_layer &oLayer = oSource.Layer();

    EXPECT_NE(oSource.How().find("OpenJPEG, one tile"), std::string::npos);
    EXPECT_EQ(oLayer.source_block_w_px, 1300);
    EXPECT_EQ(oLayer.source_block_h_px, 512);
    EXPECT_EQ(oLayer.access, RT_ACCESS_ROWS);
    EXPECT_FALSE(oLayer.parallel);
    EXPECT_TRUE(oLayer.interleaved);
    ExpectWindow(oSource, m_poDS.get(), {0, 0, 1300, 512});
    ExpectWindow(oSource, m_poDS.get(), {0, 512, 1300, 512}, 1);
    ExpectWindow(oSource, m_poDS.get(), {0, 1024, 1300, 76});
}

TEST_F(Jp2Copy, DecodesTilesInParallel)
{
    Make(256);
    OpenSource oSource(m_poDS.get(), GDT_Byte, 2);
    const rt_copy_layer &oLayer = oSource.Layer();

    EXPECT_NE(oSource.How().find("OpenJPEG, each thread"), std::string::npos);
    EXPECT_EQ(oLayer.source_block_w_px, 256);
    EXPECT_EQ(oLayer.source_block_h_px, 256);
    EXPECT_TRUE(oLayer.parallel);
    EXPECT_EQ(oLayer.held_px_bytes, 12u);
    ExpectWindow(oSource, m_poDS.get(), {256, 512, 512, 256});
    ExpectWindow(oSource, m_poDS.get(), {1280, 1024, 20, 76}, 1);
}

/* Windows begin where the user's do, wherever the wavelet needs them to
 * begin. */
TEST_F(Jp2Copy, DecodesWhatLiesAroundAWindow)
{
    for (const int nTile : {0, 256}) {
        Make(nTile);
        OpenSource oSource(m_poDS.get(), GDT_Byte, 1);

        ExpectWindow(oSource, m_poDS.get(), {3, 5, 7, 11});
        ExpectWindow(oSource, m_poDS.get(), {669, 247, 404, 333});
        ExpectWindow(oSource, m_poDS.get(), {1299, 1099, 1, 1});
    }
}

TEST_F(Jp2Copy, TakesSmallerBlocksIfRequested)
{
    Make(0);
    OpenSource oSource(m_poDS.get(), GDT_Byte, 1);
    const rt_copy_layer &oLayer = oSource.Layer();
    const int anSides[][2] = {{1300, 256}, {1300, 128}, {512, 512}, {256, 256}};

    for (const auto &anSide : anSides) {
        ASSERT_TRUE(rt_copy_source_shrink(oSource.po));
        EXPECT_EQ(oLayer.source_block_w_px, anSide[0]);
        EXPECT_EQ(oLayer.source_block_h_px, anSide[1]);
        ExpectWindow(oSource, m_poDS.get(), {0, 0, anSide[0], anSide[1]});
    }
    EXPECT_FALSE(rt_copy_source_shrink(oSource.po));
    EXPECT_EQ(oLayer.source_block_w_px, 256);
}

TEST_F(Jp2Copy, LeavesConversionsToGdal)
{
    Make(0);
    OpenSource oSource(m_poDS.get(), GDT_UInt16, 1);

    EXPECT_EQ(oSource.How().find("OpenJPEG"), std::string::npos);
    EXPECT_FALSE(rt_copy_source_shrink(oSource.po));
}

/* A whole copy with little memory: smaller blocks, but the same file. */
TEST_F(Jp2Copy, WritesTheSameFileWithLittleMemory)
{
    Make(0);
    const std::string osFolder = NewFolder();
    const auto Copy = [&](const std::string &osName, const char *pszMax) {
        GDALDriver *poDriver =
            GetGDALDriverManager()->GetDriverByName("RETILE");
        const std::string osMax = std::string("MEMORY_MAX=") + pszMax;
        return GDALDatasetUniquePtr(poDriver->CreateCopy(
            (osFolder + osName).c_str(), m_poDS.get(), FALSE,
            const_cast<char **>(ToList({osMax}).List()), nullptr, nullptr));
    };

    ASSERT_NE(Copy("/large.tif", "256MB"), nullptr);
    ASSERT_NE(Copy("/small.tif", "28MB"), nullptr);
    EXPECT_EQ(ReadFile(osFolder + "/large.tif"),
              ReadFile(osFolder + "/small.tif"));
    const auto poLarge = Open(osFolder + "/large.tif");
    for (int i = 1; i <= 3; i++)
        EXPECT_EQ(ReadBand(poLarge->GetRasterBand(i)),
                  ReadBand(m_poDS->GetRasterBand(i)));
}
