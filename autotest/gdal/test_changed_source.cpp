/* test_changed_source.cpp - sources that change while a view is open. */
#include "helper.h"

class ChangedSource : public ::testing::Test
{
  protected:
    void Write(unsigned nSeed)
    {
        Recipe oRecipe;

        oRecipe.nWidth = 200;
        oRecipe.nHeight = 200;
        oRecipe.nSeed = nSeed;
        oRecipe.aosCreation = {"BLOCKYSIZE=10"};
        WriteTiff(m_osPath, oRecipe);
    }

    void SetUp() override
    {
        m_osPath = NewFolder() + "/s.tif";
        Write(1);
        m_poView = Open("RETILE:" + m_osPath,
                        {"BLOCKXSIZE=64", "BLOCKYSIZE=64", "CACHE=PRIVATE"});
        ASSERT_NE(m_poView, nullptr);
        m_abyFirst = ReadBand(m_poView->GetRasterBand(1), 0, 0, 200, 64);
    }

    std::string m_osPath{};
    GDALDatasetUniquePtr m_poView{};
    std::vector<GByte> m_abyFirst{};
};

TEST_F(ChangedSource, IsReportedOnceByAReadThatNeedsIt)
{
    GByte nPixel = 0;

    Write(2);
    Errors oErrors;
    EXPECT_EQ(m_poView->GetRasterBand(1)->RasterIO(GF_Read, 0, 199, 1, 1,
                                                   &nPixel, 1, 1, GDT_Byte, 0,
                                                   0, nullptr),
              CE_Failure);
    EXPECT_EQ(oErrors.nFailures, 1);
    EXPECT_NE(oErrors.osText.find("changed"), std::string::npos);
    EXPECT_NE(oErrors.osText.find(m_osPath), std::string::npos);
}

TEST_F(ChangedSource, StillGivesTheBlocksReadBefore)
{
    Write(2);
    EXPECT_EQ(ReadBand(m_poView->GetRasterBand(1), 0, 0, 200, 64), m_abyFirst);
}

TEST_F(ChangedSource, IsNewWhenOpenedAgain)
{
    Write(2);
    const auto poPlain = Open(m_osPath);
    const auto poView = Open("RETILE:" + m_osPath);
    EXPECT_EQ(ReadBand(poView->GetRasterBand(1)),
              ReadBand(poPlain->GetRasterBand(1)));
    EXPECT_NE(ReadBand(poView->GetRasterBand(1), 0, 0, 200, 64), m_abyFirst);
}

TEST_F(ChangedSource, IsNotChangedByStatisticsBesideIt)
{
    {
        const auto poPlain = Open(m_osPath);
        double adfStatistics[4];
        ASSERT_EQ(poPlain->GetRasterBand(1)->ComputeStatistics(
                      FALSE, &adfStatistics[0], &adfStatistics[1],
                      &adfStatistics[2], &adfStatistics[3], nullptr, nullptr),
                  CE_None);
    }
    ASSERT_TRUE(Exists(m_osPath + ".aux.xml"));
    Errors oErrors;
    EXPECT_EQ(ReadBand(m_poView->GetRasterBand(1)).size(), 40000u);
    EXPECT_EQ(oErrors.nFailures, 0);
}
