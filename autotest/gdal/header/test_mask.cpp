/* test_mask.cpp - masks of a header, and a header that is filled. */
#include "gdal/header/geotiff.h"
#include "tiff_tags.h"

class MaskHeader : public ::testing::Test
{
  protected:
    /* A raster of three bands. The bands in anMasked have masks of their own;
     * if it is {0}, all bands share one. */
    GDALDatasetUniquePtr Source(const std::vector<int> &anMasked)
    {
        const std::string osPath = NewFolder() + "/s.tif";
        const Config oBeside("GDAL_TIFF_INTERNAL_MASK", "NO");
        auto poDS = MakeTiff(osPath, {150, 90, 3, GDT_Byte, {}});

        for (const int iBand : anMasked) {
            GDALRasterBand *poBand = poDS->GetRasterBand(iBand ? iBand : 1);
            EXPECT_EQ(iBand ? poBand->CreateMaskBand(0)
                            : poDS->CreateMaskBand(GMF_PER_DATASET),
                      CE_None);
            std::vector<GByte> abyMask(150 * 90, 255);
            for (size_t i = 0; i < abyMask.size(); i++)
                abyMask[i] = i % 7 == static_cast<size_t>(iBand) ? 0 : 255;
            EXPECT_EQ(poBand->GetMaskBand()->RasterIO(GF_Write, 0, 0, 150, 90,
                                                      abyMask.data(), 150, 90,
                                                      GDT_Byte, 0, 0, nullptr),
                      CE_None);
        }
        poDS.reset();
        return Open(osPath);
    }

    /* Writes the header, and GTiff's own copy. */
    void Write(GDALDataset *poSrcDS, const Options &aosOptions = {})
    {
        CPLStringList aosList = ToList(aosOptions);
        rt_error err = {};

        aosList.SetNameValue("TILED", "YES");
        aosList.SetNameValue("BLOCKXSIZE", "64");
        aosList.SetNameValue("BLOCKYSIZE", "32");
        m_osOurs = NewFolder() + "/out.tif";
        m_osTheirs = NewFolder() + "/out.tif";
        EXPECT_EQ(RetileWriteGeoTiffHeader(m_osOurs.c_str(), poSrcDS, false,
                                           aosList.List(), m_oHeader, &err),
                  RT_OK)
            << err.text;
        EXPECT_NE(
            GDALDatasetUniquePtr(
                GetGDALDriverManager()->GetDriverByName("GTiff")->CreateCopy(
                    m_osTheirs.c_str(), poSrcDS, FALSE, aosList.List(), nullptr,
                    nullptr)),
            nullptr);
    }

    /* The header filled with GTiff's tiles is GTiff's file. */
    void ExpectFills()
    {
        MoveTiles(m_osTheirs, m_osOurs);
        if (Exists(m_osTheirs + ".msk"))
            MoveTiles(m_osTheirs + ".msk", m_osOurs + ".msk");
        EXPECT_EQ(TiffTags(m_osOurs), TiffTags(m_osTheirs));
        std::mt19937 oRandom(1);
        ExpectSamePixels(Open(m_osTheirs).get(), Open(m_osOurs).get(), oRandom);
    }

    std::string m_osOurs{}, m_osTheirs{};
    RetileHeader m_oHeader{};
};

TEST_F(MaskHeader, InsideFollowsTheBandsInTheirFile)
{
    const Config oInside("GDAL_TIFF_INTERNAL_MASK", "YES");

    Write(Source({0}).get(), {"COMPRESS=LZW"});
    ASSERT_EQ(m_oHeader.aoImages.size(), 2u);
    const RetileImage &oMask = m_oHeader.aoImages[1];
    EXPECT_EQ(oMask.osPath, m_osOurs);
    EXPECT_EQ(oMask.nDirectory, 1);
    EXPECT_TRUE(oMask.bMask);
    EXPECT_EQ(oMask.anBands, std::vector<int>{1});
    EXPECT_EQ(oMask.nBlockXSize, 64);
    EXPECT_EQ(oMask.nBlockYSize, 32);
    EXPECT_EQ(oMask.eType, GDT_Byte);
    EXPECT_TRUE(IsAllHoles(m_osOurs));
    EXPECT_EQ(TiffTags(m_osOurs), TiffTags(m_osTheirs));
    EXPECT_EQ(TiffDirectories(m_osOurs), TiffDirectories(m_osTheirs));
    ExpectFills();
}

TEST_F(MaskHeader, BesideIsOneForAllBands)
{
    const Config oBeside("GDAL_TIFF_INTERNAL_MASK", "NO");

    Write(Source({0}).get());
    ASSERT_EQ(m_oHeader.aoImages.size(), 2u);
    const RetileImage &oMask = m_oHeader.aoImages[1];
    EXPECT_EQ(oMask.osPath, m_osOurs + ".msk");
    EXPECT_EQ(oMask.nDirectory, 0);
    EXPECT_EQ(oMask.anBands, std::vector<int>{1});
    EXPECT_TRUE(IsAllHoles(oMask.osPath));
    EXPECT_EQ(TiffTags(oMask.osPath), TiffTags(m_osTheirs + ".msk"));
    ExpectFills();
}

TEST_F(MaskHeader, BesideHasPlanesForBandsOfTheirOwn)
{
    const Config oBeside("GDAL_TIFF_INTERNAL_MASK", "NO");
    const auto poSrcDS = Source({1, 3});

    Write(poSrcDS.get(), {"INTERLEAVE=BAND"});
    ASSERT_EQ(m_oHeader.aoImages.size(), 2u);
    EXPECT_EQ(m_oHeader.aoImages[1].anBands, (std::vector<int>{1, 0, 3}));
    EXPECT_FALSE(m_oHeader.aoImages[1].bInterleaved);
    EXPECT_EQ(TiffTags(m_osOurs + ".msk"), TiffTags(m_osTheirs + ".msk"));
    EXPECT_EQ(TiffDirectories(m_osOurs + ".msk"), std::vector<uint64_t>{8});
    ExpectFills();
}

TEST_F(MaskHeader, OfSingleBandsInsideIsRefusedInGTiffsWords)
{
    const Config oInside("GDAL_TIFF_INTERNAL_MASK", "YES");
    const auto poSrcDS = Source({2});
    const std::string osPath = NewFolder() + "/out.tif";
    rt_error err = {};

    {
        const Errors oErrors;
        Write(poSrcDS.get());
        ASSERT_EQ(m_oHeader.aosFailures.size(), 1u);
        std::string osSays = m_oHeader.aosFailures[0] + "\n";
        /* From 3.10 on, GTiff leaves out the folder. */
        if (osSays.compare(0, m_osOurs.size(), m_osOurs) == 0)
            osSays.replace(0, m_osOurs.size(), m_osTheirs);
        EXPECT_EQ(oErrors.osText, osSays);
    }
    const Errors oErrors;
    EXPECT_EQ(RetileWriteGeoTiffHeader(osPath.c_str(), poSrcDS.get(), true,
                                       nullptr, m_oHeader, &err),
              RT_ERR_ARGUMENT);
    EXPECT_NE(std::string(err.text).find("GMF_PER_DATASET"), std::string::npos);
    EXPECT_EQ(oErrors.nFailures, 0);
}

TEST_F(MaskHeader, IsNotMadeOfNodataOrAlpha)
{
    const std::string osPath = NewFolder() + "/s.tif";

    auto poDS = MakeTiff(osPath, {});
    poDS->GetRasterBand(1)->SetNoDataValue(3);
    Write(poDS.get());
    EXPECT_EQ(m_oHeader.aoImages.size(), 1u);
    EXPECT_FALSE(Exists(m_osOurs + ".msk"));
}

TEST_F(MaskHeader, SparseFilesKeepHolesInsideButNotBeside)
{
    for (const bool bInside : {true, false}) {
        const Config oConfig("GDAL_TIFF_INTERNAL_MASK", bInside ? "YES" : "NO");
        Write(Source({0}).get(), {"SPARSE_OK=YES"});
        ASSERT_EQ(m_oHeader.aoImages.size(), 2u);
        EXPECT_TRUE(m_oHeader.aoImages[0].bSparse);
        EXPECT_EQ(m_oHeader.aoImages[1].bSparse, bInside);
    }
}

TEST_F(MaskHeader, SkeletonsOfEveryKindAreFilledInPlace)
{
    for (const char *pszBig : {"YES", "NO"})
        for (const char *pszOrder : {"LITTLE", "BIG"})
            for (const char *pszInterleave : {"PIXEL", "BAND"})
                for (const char *pszCompress : {"NONE", "ZSTD", "JPEG"}) {
                    Write(Source({}).get(),
                          {std::string("BIGTIFF=") + pszBig,
                           std::string("ENDIANNESS=") + pszOrder,
                           std::string("INTERLEAVE=") + pszInterleave,
                           std::string("COMPRESS=") + pszCompress});
                    EXPECT_EQ(m_oHeader.aoImages[0].anBands,
                              (std::vector<int>{1, 2, 3}));
                    ExpectFills();
                }
}
