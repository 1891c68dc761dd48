/* test_threads.cpp - one handle, many threads. */
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <thread>

#include "helper.h"
#include "io/dataset/gdal_versions.h"

class Threads : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        const std::string osPath = NewFolder() + "/s.tif";
        Recipe oRecipe;

        oRecipe.nWidth = 301;
        oRecipe.nHeight = 207;
        oRecipe.nBands = 3;
        oRecipe.aosCreation = {"INTERLEAVE=PIXEL", "BLOCKYSIZE=7"};
        WriteTiff(osPath, oRecipe);
        m_poPlain = Open(osPath);
        m_poView = Open("RETILE:" + osPath, {"BLOCKXSIZE=64", "BLOCKYSIZE=64",
                                             "CACHE=PRIVATE", "CACHE_MAX=1MB"});
        ASSERT_NE(m_poPlain, nullptr);
        ASSERT_NE(m_poView, nullptr);
    }

    template <class F> void Run(F &&oEach)
    {
        std::vector<std::thread> aoThreads;

        for (unsigned i = 0; i < 8; i++)
            aoThreads.emplace_back([&oEach, i] { oEach(i); });
        for (std::thread &oThread : aoThreads)
            oThread.join();
    }

    GDALDatasetUniquePtr m_poPlain{}, m_poView{};
};

TEST_F(Threads, ReadTheSourcesPixelsThroughOneHandle)
{
    const std::vector<GByte> abyWhole[3] = {
        ReadBand(m_poPlain->GetRasterBand(1)),
        ReadBand(m_poPlain->GetRasterBand(2)),
        ReadBand(m_poPlain->GetRasterBand(3))};
    const int nWidth = m_poPlain->GetRasterXSize();
    const int nHeight = m_poPlain->GetRasterYSize();
    std::atomic<int> nWrong{0};

    Run([&](unsigned iThread) {
        std::mt19937 oRandom(iThread);
        for (int i = 0; i < 200; i++) {
            const int nW = 1 + static_cast<int>(oRandom() % 150);
            const int nH = 1 + static_cast<int>(oRandom() % 100);
            const int nX = static_cast<int>(oRandom()) & 127;
            const int nY = static_cast<int>(oRandom()) & 63;
            const int iBand = static_cast<int>(oRandom() % 3);
            const int nUsedW = std::min(nW, nWidth - nX);
            const int nUsedH = std::min(nH, nHeight - nY);
            std::vector<GByte> abyPixels(static_cast<size_t>(nUsedW) *
                                         static_cast<size_t>(nUsedH));
            if (m_poView->GetRasterBand(iBand + 1)->RasterIO(
                    GF_Read, nX, nY, nUsedW, nUsedH, abyPixels.data(), nUsedW,
                    nUsedH, GDT_Byte, 0, 0, nullptr) != CE_None)
                nWrong++;
            for (int y = 0; y < nUsedH; y++)
                for (int x = 0; x < nUsedW; x++)
                    nWrong += abyPixels[static_cast<size_t>(y * nUsedW + x)] !=
                              abyWhole[iBand][static_cast<size_t>(
                                  (nY + y) * nWidth + nX + x)];
        }
    });
    EXPECT_EQ(nWrong, 0);
}

TEST_F(Threads, ResampleTheSourcesPixelsThroughOneHandle)
{
    std::vector<GByte> abyPlain(3 * 50 * 40);
    std::atomic<int> nWrong{0};

    ASSERT_EQ(m_poPlain->RasterIO(GF_Read, 3, 5, 280, 190, abyPlain.data(), 50,
                                  40, GDT_Byte, 3, nullptr, 0, 0, 0, nullptr),
              CE_None);
    Run([&](unsigned) {
        std::vector<GByte> abyView(abyPlain.size());
        for (int i = 0; i < 20; i++) {
            if (m_poView->RasterIO(GF_Read, 3, 5, 280, 190, abyView.data(), 50,
                                   40, GDT_Byte, 3, nullptr, 0, 0, 0,
                                   nullptr) != CE_None)
                nWrong++;
            nWrong += abyView != abyPlain;
        }
    });
    EXPECT_EQ(nWrong, 0);
}

TEST_F(Threads, AskForMetadataWhileOthersRead)
{
    std::atomic<int> nWrong{0};

    Run([&](unsigned iThread) {
        std::vector<GByte> abyPixels(64 * 64);
        for (int i = 0; i < 200; i++) {
            for (const char *pszDomain :
                 {"RETILE", "RETILE_STATS", "", "DERIVED_SUBDATASETS"}) {
                const CPLStringList aosCopy(
                    CSLDuplicate(m_poView->GetMetadata(pszDomain)));
                if (EQUAL(pszDomain, "RETILE"))
                    nWrong += !EQUAL(
                        aosCopy.FetchNameValueDef("BLOCKXSIZE", ""), "64");
            }
            if (iThread % 2 == 0 &&
                m_poView->GetRasterBand(1)->RasterIO(
                    GF_Read, i % 200, i % 100, 64, 64, abyPixels.data(), 64, 64,
                    GDT_Byte, 0, 0, nullptr) != CE_None)
                nWrong++;
        }
    });
    EXPECT_EQ(nWrong, 0);
}

TEST_F(Threads, ComputeStatisticsWhileOthersReadThem)
{
    double adfPlain[4] = {};
    std::atomic<int> nWrong{0};

    ASSERT_EQ(m_poPlain->GetRasterBand(2)->ComputeStatistics(
                  FALSE, &adfPlain[0], &adfPlain[1], &adfPlain[2], &adfPlain[3],
                  nullptr, nullptr),
              CE_None);
    Run([&](unsigned iThread) {
        GDALRasterBand *poBand = m_poView->GetRasterBand(2);
        for (int i = 0; i < 20; i++) {
            double adfView[4] = {}, adfMinMax[2] = {};
            if (iThread % 2 == 0)
                nWrong += poBand->ComputeStatistics(
                              FALSE, &adfView[0], &adfView[1], &adfView[2],
                              &adfView[3], nullptr, nullptr) != CE_None;
            else
                nWrong +=
                    poBand->GetStatistics(FALSE, TRUE, &adfView[0], &adfView[1],
                                          &adfView[2], &adfView[3]) != CE_None;
            nWrong += adfView[0] != adfPlain[0] || adfView[1] != adfPlain[1] ||
                      std::fabs(adfView[2] - adfPlain[2]) > 1e-9;
            nWrong += poBand->ComputeRasterMinMax(FALSE, adfMinMax) != CE_None;
            nWrong += adfMinMax[0] != adfPlain[0];
            const char *pszMean = poBand->GetMetadataItem("STATISTICS_MEAN");
            nWrong += pszMean != nullptr &&
                      std::fabs(CPLAtof(pszMean) - adfPlain[2]) > 1e-6;
        }
    });
    EXPECT_EQ(nWrong, 0);
}

TEST_F(Threads, ComputeHistogramsSideBySide)
{
    GUIntBig anPlain[256] = {};
    std::atomic<int> nWrong{0};

    ASSERT_EQ(m_poPlain->GetRasterBand(1)->GetHistogram(
                  -0.5, 255.5, 256, anPlain, FALSE, FALSE, nullptr, nullptr),
              CE_None);
    Run([&](unsigned) {
        for (int i = 0; i < 10; i++) {
            GUIntBig anView[256] = {};
            nWrong += m_poView->GetRasterBand(1)->GetHistogram(
                          -0.5, 255.5, 256, anView, FALSE, FALSE, nullptr,
                          nullptr) != CE_None;
            nWrong += memcmp(anView, anPlain, sizeof(anView)) != 0;
        }
    });
    EXPECT_EQ(nWrong, 0);
}

TEST_F(Threads, ReadMasksSideBySide)
{
    std::atomic<int> nWrong{0};

    Run([&](unsigned iThread) {
        std::mt19937 oRandom(iThread);
        std::vector<GByte> abyMask(40 * 30);
        for (int i = 0; i < 300; i++) {
            GDALRasterBand *poBand = m_poView->GetRasterBand(1 + i % 3);
            const int nX = static_cast<int>(oRandom() % 260);
            const int nY = static_cast<int>(oRandom() % 170);
            const int nScale = 1 + i % 2;
            std::fill(abyMask.begin(), abyMask.end(), 7);
            nWrong += poBand->GetMaskFlags() != GMF_ALL_VALID;
            nWrong += poBand->GetMaskBand()->RasterIO(
                          GF_Read, nX, nY, 40, 30, abyMask.data(), 40 / nScale,
                          30 / nScale, GDT_Byte, 0, 0, nullptr) != CE_None;
            nWrong += std::count(abyMask.begin(), abyMask.end(), 255) !=
                      40 / nScale * (30 / nScale);
        }
    });
    EXPECT_EQ(nWrong, 0);
}

TEST_F(Threads, ChangeMetadataOfTheViewWhileOthersReadIt)
{
    std::atomic<int> nWrong{0};

    Run([&](unsigned iThread) {
        GDALMajorObject *poObject = m_poView.get();
        if (iThread % 4 >= 2)
            poObject = m_poView->GetRasterBand(1);
        for (int i = 0; i < 500; i++) {
            if (iThread % 2 == 0)
                poObject->SetMetadataItem(
                    "NAME",
                    std::string(1 + static_cast<size_t>(i) % 90, 'x').c_str());
            const char *pszName = poObject->GetMetadataItem("NAME");
            nWrong +=
                pszName != nullptr && strspn(pszName, "x") != strlen(pszName);
            const CPLStringList aosCopy(CSLDuplicate(poObject->GetMetadata()));
            pszName = aosCopy.FetchNameValue("NAME");
            nWrong +=
                pszName != nullptr && strspn(pszName, "x") != strlen(pszName);
        }
    });
    EXPECT_EQ(nWrong, 0);
}

#if RT_GDAL_HAS_THREAD_SAFE
TEST_F(Threads, ShareAHandleThatGdalKnowsToBeSafe)
{
    const GDALDatasetUniquePtr poView(GDALDataset::Open(
        (std::string("RETILE:") + m_poPlain->GetDescription()).c_str(),
        GDAL_OF_RASTER | GDAL_OF_THREAD_SAFE));

    ASSERT_NE(poView, nullptr);
    EXPECT_TRUE(poView->IsThreadSafe(GDAL_OF_RASTER));
    EXPECT_NE(Item(poView.get(), "SOURCE", "RETILE"), "");
}
#endif

struct Budget {
    const char *pszName, *pszBytes, *pszSpill;
};

class ThreadsWithin : public ::testing::TestWithParam<Budget>
{
};

/* Bands, windows and budgets for which several threads decode, evict and spill
 * blocks at the same time. */
TEST_P(ThreadsWithin, ReadTheSourcesPixels)
{
    const std::string osPath = NewFolder() + "/s.tif";
    constexpr int nSide = 1200, nBands = 3, nThreads = 8, nReads = 16;
    Recipe oRecipe;
    oRecipe.nWidth = oRecipe.nHeight = nSide;
    oRecipe.nBands = nBands;
    oRecipe.aosCreation = {"COMPRESS=LZW", "BLOCKYSIZE=50"};
    WriteTiff(osPath, oRecipe);
    const auto poPlain = Open(osPath);
    const auto poView =
        Open("RETILE:" + osPath,
             {"CACHE=PRIVATE", std::string("CACHE_MAX=") + GetParam().pszBytes,
              std::string("SPILL=") + GetParam().pszSpill, "NUM_THREADS=4"});
    ASSERT_NE(poView, nullptr);
    std::vector<GByte> abyWhole[nBands];
    for (int i = 0; i < nBands; i++)
        abyWhole[i] = ReadBand(poPlain->GetRasterBand(i + 1));
    std::atomic<int> nWrong{0};

    auto oRead = [&](unsigned iThread) {
        std::mt19937 oRandom(iThread);
        for (int i = 0; i < nReads; i++) {
            const int iBand = static_cast<int>(oRandom() % nBands);
            const int nW = 1 + static_cast<int>(oRandom() % 300);
            const int nH = 1 + static_cast<int>(oRandom() % 300);
            const int nX = static_cast<int>(oRandom() % (nSide - 300));
            const int nY = static_cast<int>(oRandom() % (nSide - 300));
            const std::vector<GByte> abyFound =
                ReadBand(poView->GetRasterBand(iBand + 1), nX, nY, nW, nH);
            for (int y = 0; y < nH; y++)
                nWrong += memcmp(&abyFound[static_cast<size_t>(y * nW)],
                                 &abyWhole[iBand][static_cast<size_t>(
                                     (nY + y) * nSide + nX)],
                                 static_cast<size_t>(nW)) != 0;
        }
    };
    std::vector<std::thread> aoThreads;
    for (unsigned i = 0; i < nThreads; i++)
        aoThreads.emplace_back(oRead, i);
    for (std::thread &oThread : aoThreads)
        oThread.join();
    EXPECT_EQ(nWrong, 0);
    EXPECT_LE(
        CPLAtof(poView->GetMetadataItem("BYTES_RESIDENT", "RETILE_STATS")),
        CPLAtof(poView->GetMetadataItem("CACHE_MAX", "RETILE")));
}

/* The raster has 4.3 MB, a block 256 KB for each band. */
INSTANTIATE_TEST_SUITE_P(
    Budgets, ThreadsWithin,
    ::testing::Values(Budget{"Nothing", "0", "NONE"},
                      Budget{"OneBlock", "1MB", "NONE"},
                      Budget{"OneBlockAndDisk", "1MB", "DISK"},
                      Budget{"OneBlockAndMemory", "1MB", "MEMORY"},
                      Budget{"Half", "2MB", "AUTO"},
                      Budget{"All", "6MB", "AUTO"}),
    [](const ::testing::TestParamInfo<Budget> &oInfo) {
        return oInfo.param.pszName;
    });
