/* test_gdal_handles.cpp - as many handles on one raster as there may be. */
#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "core/base/pool.h"
#include "helper.h"
#include "io/source/gdal_handles.h"

namespace
{

class GdalHandles : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        Recipe oRecipe;
        rt_error sError;

        oRecipe.nWidth = oRecipe.nHeight = 64;
        const std::string osPath = NewFolder() + "/s.tif";
        WriteTiff(osPath, oRecipe);
        ASSERT_EQ(rt_gdal_handles_open(osPath.c_str(), nullptr, &m_psHandles,
                                       &sError),
                  RT_OK);
        const GDALDatasetUniquePtr poPlain = Open(osPath);
        m_abyPlain = ReadBand(poPlain->GetRasterBand(1));
    }

    void TearDown() override { rt_gdal_handles_close(m_psHandles); }

    /* Claims a handle in each of n threads. All keep theirs until nHeld of
     * them have one. Each reads the raster through its own. */
    void ClaimInThreads(int nThreads, int nHeld)
    {
        std::vector<std::thread> aoThreads{};

        for (int i = 0; i < nThreads; i++)
            aoThreads.emplace_back([this, nHeld] { ClaimAndRead(nHeld); });
        for (std::thread &oThread : aoThreads)
            oThread.join();
    }

    void ClaimAndRead(int nHeld)
    {
        rt_error sError;
        rt_gdal_handle *psHandle = rt_gdal_handles_claim(m_psHandles, &sError);

        if (psHandle == nullptr) {
            m_nWrong++;
            return;
        }
        GDALDatasetH hDataset = rt_gdal_handle_dataset(psHandle);
        const int nNow = ++m_nNow;
        for (int nMost = m_nMost; nMost < nNow;)
            if (m_nMost.compare_exchange_weak(nMost, nNow))
                break;
        {
            const std::lock_guard<std::mutex> oLock(m_oMutex);
            m_ahDatasets.insert(hDataset);
        }
        while (m_nMost < nHeld)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        if (ReadBand(GDALDataset::FromHandle(hDataset)->GetRasterBand(1)) !=
            m_abyPlain)
            m_nWrong++;
        m_nNow--;
        rt_gdal_handles_give_back(m_psHandles, psHandle);
    }

    rt_gdal_handles *m_psHandles = nullptr;
    std::vector<GByte> m_abyPlain{};
    std::mutex m_oMutex{};
    std::set<GDALDatasetH> m_ahDatasets{};
    std::atomic<int> m_nNow{0}, m_nMost{0}, m_nWrong{0};
};

/* More threads than handles: the others wait until one is given back. */
TEST_F(GdalHandles, AreOneForEachThreadUpToTheLimit)
{
    for (const int nLimit : {1, 2, 17, RT_MAX_THREADS, RT_MAX_THREADS + 1}) {
        const int nGiven = std::min(nLimit, RT_MAX_THREADS);

        m_ahDatasets.clear();
        m_nMost = 0;
        rt_gdal_handles_set_limit(m_psHandles, nLimit);
        ClaimInThreads(nGiven + 20, nGiven);
        EXPECT_EQ(m_nMost, nGiven);
        EXPECT_EQ(static_cast<int>(m_ahDatasets.size()), nGiven);
        EXPECT_EQ(m_nWrong, 0);
    }
}

} // namespace
