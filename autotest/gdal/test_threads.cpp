/* test_threads.cpp - one handle, many threads. */
#include <atomic>
#include <thread>

#include "helper.h"

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

        for (unsigned i = 0; i < 4; i++)
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
