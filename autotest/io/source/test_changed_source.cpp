/* test_changed_source.cpp - sources that change while a view is open. */
#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <thread>

#include "helper.h"
#include "io/source/gdal_handles.h"

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

/* The copy opens the source again by its name. */
TEST_F(ChangedSource, IsNotCopied)
{
    const std::string osTarget = m_osPath + ".copy.tif";
    auto *poDriver = GetGDALDriverManager()->GetDriverByName("RETILE");

    Write(2);
    Errors oErrors;
    EXPECT_EQ(poDriver->CreateCopy(osTarget.c_str(), m_poView.get(), FALSE,
                                   nullptr, nullptr, nullptr),
              nullptr);
    EXPECT_EQ(oErrors.nFailures, 1);
    EXPECT_NE(oErrors.osText.find("changed"), std::string::npos);
    VSIStatBufL sStat;
    EXPECT_NE(VSIStatL(osTarget.c_str(), &sStat), 0);
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

/* With the same size and the same modification time, to the nanosecond. */
TEST_F(ChangedSource, IsNoticedWhenAFileOfTheSameSizeAndTimeIsRenamedOntoIt)
{
    const std::string osPath = m_osPath, osOther = NewFolder() + "/o.tif";
    struct stat sBefore, sAfter;
    GByte nPixel = 0;

    m_osPath = osOther;
    Write(2);
    ASSERT_EQ(stat(osPath.c_str(), &sBefore), 0);
    const timespec asTimes[] = {sBefore.st_atim, sBefore.st_mtim};
    ASSERT_EQ(utimensat(AT_FDCWD, osOther.c_str(), asTimes, 0), 0);
    ASSERT_EQ(rename(osOther.c_str(), osPath.c_str()), 0);
    ASSERT_EQ(stat(osPath.c_str(), &sAfter), 0);
    ASSERT_EQ(sAfter.st_size, sBefore.st_size);
    ASSERT_EQ(sAfter.st_mtim.tv_nsec, sBefore.st_mtim.tv_nsec);
    Errors oErrors;
    EXPECT_EQ(m_poView->GetRasterBand(1)->RasterIO(GF_Read, 0, 199, 1, 1,
                                                   &nPixel, 1, 1, GDT_Byte, 0,
                                                   0, nullptr),
              CE_Failure);
    EXPECT_EQ(oErrors.nFailures, 1);
    EXPECT_NE(oErrors.osText.find("changed"), std::string::npos);
}

TEST_F(ChangedSource, IsNotChangedByAnotherModeOfItsFile)
{
    Errors oErrors;

    ASSERT_EQ(chmod(m_osPath.c_str(), 0600), 0);
    EXPECT_EQ(ReadBand(m_poView->GetRasterBand(1)).size(), 40000u);
    EXPECT_EQ(oErrors.nFailures, 0);
}

/* A further handle would show the new file, the first one still shows the
 * old. */
TEST_F(ChangedSource, IsReportedIfAFurtherHandleIsOpened)
{
    rt_gdal_handles *poHandles = nullptr;
    rt_error err = {};

    ASSERT_EQ(rt_gdal_handles_open(m_osPath.c_str(), nullptr, &poHandles, &err),
              RT_OK);
    rt_gdal_handle *poFirst = rt_gdal_handles_claim(poHandles, &err);
    rt_source_version *poVersion = rt_source_version_take(
        CPLStringList(GDALGetFileList(rt_gdal_handle_dataset(poFirst))).List(),
        m_osPath.c_str());
    rt_gdal_handles_watch(poHandles, poVersion);
    rt_gdal_handles_set_limit(poHandles, 2);
    Write(2);
    EXPECT_EQ(rt_gdal_handles_claim(poHandles, &err), nullptr);
    EXPECT_NE(std::string(err.text).find("changed"), std::string::npos);
    rt_gdal_handles_give_back(poHandles, poFirst);
    EXPECT_EQ(rt_gdal_handles_claim(poHandles, &err), poFirst);
    rt_gdal_handles_give_back(poHandles, poFirst);
    rt_gdal_handles_close(poHandles);
    rt_source_version_free(poVersion);
}

/* The file is replaced over and over by a file of one other value. A successful
 * read must contain only the version that was opened. */
TEST_F(ChangedSource, NeverMixesVersionsWhileManyThreadsRead)
{
    const std::string osNew = NewFolder() + "/new.tif";
    std::atomic<bool> bStop{false};
    std::atomic<int> nWrong{0}, nFailed{0};
    std::vector<std::thread> aoThreads;
    const auto abyWhole = ReadBand(Open(m_osPath)->GetRasterBand(1));
    const auto poView = Open("RETILE:" + m_osPath, {"CACHE=NONE"});

    for (unsigned i = 0; i < 4; i++)
        aoThreads.emplace_back([&, i] {
            std::mt19937 oRandom(i);
            std::vector<GByte> abyRow(200);
            CPLPushErrorHandler(CPLQuietErrorHandler);
            while (!bStop) {
                const int nY = static_cast<int>(oRandom() % 200);
                if (poView->GetRasterBand(1)->RasterIO(
                        GF_Read, 0, nY, 200, 1, abyRow.data(), 200, 1, GDT_Byte,
                        0, 0, nullptr) != CE_None)
                    nFailed++;
                else
                    nWrong += memcmp(abyRow.data(),
                                     &abyWhole[static_cast<size_t>(nY * 200)],
                                     200) != 0;
            }
            CPLPopErrorHandler();
        });
    const std::string osPath = m_osPath;
    for (unsigned i = 2; i < 30; i++) {
        m_osPath = osNew;
        Write(i);
        m_osPath = osPath;
        EXPECT_EQ(rename(osNew.c_str(), osPath.c_str()), 0);
    }
    while (nFailed == 0)
        std::this_thread::yield();
    bStop = true;
    for (std::thread &oThread : aoThreads)
        oThread.join();
    EXPECT_EQ(nWrong, 0);
    EXPECT_GT(nFailed, 0);
}

/* The times of GDAL's memory files are whole seconds. */
TEST(ChangedSourceInMemory, IsReportedWithinTheSameSecond)
{
    const std::string osPath = "/vsimem/changed.tif";
    Recipe oRecipe;
    GByte nPixel = 0;

    oRecipe.nWidth = oRecipe.nHeight = 200;
    WriteTiff(osPath, oRecipe);
    const auto poView = Open("RETILE:" + osPath, {"CACHE=NONE"});
    ASSERT_EQ(ReadBand(poView->GetRasterBand(1)).size(), 40000u);
    oRecipe.nSeed = 2;
    WriteTiff(osPath, oRecipe);
    Errors oErrors;
    EXPECT_EQ(poView->GetRasterBand(1)->RasterIO(GF_Read, 0, 199, 1, 1, &nPixel,
                                                 1, 1, GDT_Byte, 0, 0, nullptr),
              CE_Failure);
    EXPECT_NE(oErrors.osText.find("changed"), std::string::npos);
    VSIUnlink(osPath.c_str());
}

TEST(ChangedSourceInMemory, IsReadAgainAndAgainWhileItStays)
{
    const std::string osPath = "/vsimem/stays.tif";
    Recipe oRecipe;

    WriteTiff(osPath, oRecipe);
    const auto abyPlain = ReadBand(Open(osPath)->GetRasterBand(1));
    const auto poView = Open("RETILE:" + osPath, {"CACHE=NONE"});
    for (const time_t nStart = time(nullptr); time(nullptr) < nStart + 4;) {
        ASSERT_EQ(ReadBand(poView->GetRasterBand(1)), abyPlain);
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    VSIUnlink(osPath.c_str());
}
