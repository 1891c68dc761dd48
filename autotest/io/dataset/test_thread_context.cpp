/* test_thread_context.cpp - what a thread has that decodes for another. */
#include <thread>

#include "cpl_multiproc.h"
#include "helper.h"
#include "io/dataset/thread_context.h"
#include "io/source/gdal_source.h"

static std::string Setting(const char *pszKey)
{
    const char *pszValue = CPLGetThreadLocalConfigOption(pszKey, nullptr);

    return pszValue ? pszValue : "none";
}

class ReaderThread : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        rt_reading_begin(&m_sOuter, "outer.vrt");
        rt_reading_begin(&m_sInner, "inner.tif");
        CPLSetThreadLocalConfigOption("RETILE_TEST_SECRET", "of the reader");
        m_poLent = rt_lent_thread_take();
        ASSERT_NE(m_poLent, nullptr);
    }

    void TearDown() override
    {
        rt_lent_thread_free(m_poLent);
        CPLSetThreadLocalConfigOption("RETILE_TEST_SECRET", nullptr);
        rt_reading_end(&m_sInner);
        rt_reading_end(&m_sOuter);
    }

    template <class F> static void OnAnother(F &&f) { std::thread(f).join(); }

    rt_reading m_sOuter{}, m_sInner{};
    rt_lent_thread *m_poLent = nullptr;
};

TEST_F(ReaderThread, LendsItsSettingsAndOneThread)
{
    OnAnother([this] {
        CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", "7");
        CPLSetThreadLocalConfigOption("RETILE_TEST_OWN", "of the worker");
        rt_entered_thread *poEntered = rt_lent_thread_enter(m_poLent);
        EXPECT_EQ(Setting("RETILE_TEST_SECRET"), "of the reader");
        EXPECT_EQ(Setting("RETILE_TEST_OWN"), "none");
        EXPECT_EQ(Setting("GDAL_NUM_THREADS"), "1");
        rt_lent_thread_leave(poEntered);
        EXPECT_EQ(Setting("RETILE_TEST_SECRET"), "none");
        EXPECT_EQ(Setting("RETILE_TEST_OWN"), "of the worker");
        EXPECT_EQ(Setting("GDAL_NUM_THREADS"), "7");
    });
    EXPECT_EQ(Setting("GDAL_NUM_THREADS"), "none");
}

TEST_F(ReaderThread, LendsTheNamesThatItReads)
{
    OnAnother([this] {
        rt_reading sOwn;
        rt_reading_begin(&sOwn, "of the worker");
        rt_entered_thread *poEntered = rt_lent_thread_enter(m_poLent);
        EXPECT_TRUE(rt_reading_includes("outer.vrt"));
        EXPECT_TRUE(rt_reading_includes("inner.tif"));
        EXPECT_FALSE(rt_reading_includes("of the worker"));
        rt_lent_thread_leave(poEntered);
        EXPECT_FALSE(rt_reading_includes("inner.tif"));
        EXPECT_TRUE(rt_reading_includes("of the worker"));
        rt_reading_end(&sOwn);
    });
}

TEST_F(ReaderThread, LendsCopiesThatOutliveTheRead)
{
    rt_lent_thread *poLent = nullptr;
    {
        const std::string osName(200, 'x');
        rt_reading sRead;
        rt_reading_begin(&sRead, osName.c_str());
        poLent = rt_lent_thread_take();
        rt_reading_end(&sRead);
    }
    rt_entered_thread *poEntered = rt_lent_thread_enter(poLent);
    EXPECT_TRUE(rt_reading_includes(std::string(200, 'x').c_str()));
    rt_lent_thread_leave(poEntered);
    rt_lent_thread_free(poLent);
}

TEST_F(ReaderThread, MayDecodeForAnotherWhileItReads)
{
    rt_lent_thread *poOther = nullptr;

    OnAnother([&poOther] { poOther = rt_lent_thread_take(); });
    rt_entered_thread *poOuter = rt_lent_thread_enter(m_poLent);
    rt_entered_thread *poInner = rt_lent_thread_enter(poOther);
    EXPECT_FALSE(rt_reading_includes("inner.tif"));
    EXPECT_EQ(Setting("RETILE_TEST_SECRET"), "none");
    rt_lent_thread_leave(poInner);
    EXPECT_TRUE(rt_reading_includes("inner.tif"));
    EXPECT_EQ(Setting("RETILE_TEST_SECRET"), "of the reader");
    rt_lent_thread_leave(poOuter);
    rt_lent_thread_free(poOther);
}

TEST_F(ReaderThread, ASourceLendsItThroughTheCoresHooks)
{
    const std::string osPath = NewFolder() + "/s.tif";
    rt_gdal_source *poSource = nullptr;
    std::vector<GByte> abyPixels(97 * 61);
    rt_error err = {};

    WriteTiff(osPath, Recipe());
    ASSERT_EQ(rt_gdal_source_open(osPath.c_str(), nullptr, &poSource, &err),
              RT_OK);
    const rt_source *poCore = rt_gdal_source_core(poSource);
    rt_reading sRead;
    rt_reading_begin(&sRead, osPath.c_str());
    void *pLent = poCore->lend(poCore->context);
    rt_reading_end(&sRead);
    OnAnother([&] {
        const int32_t nPlane = 0;
        const rt_window oAll = {0, 0, 97, 61};
        void *pPixels = abyPixels.data();
        void *pEntered = poCore->enter(poCore->context, pLent);
        EXPECT_EQ(
            poCore->read(poCore->context, 0, &nPlane, 1, &oAll, &pPixels, &err),
            RT_ERR_SOURCE);
        EXPECT_NE(std::string(err.text).find("refers to itself"),
                  std::string::npos);
        poCore->leave(poCore->context, pLent, pEntered);
        EXPECT_EQ(
            poCore->read(poCore->context, 0, &nPlane, 1, &oAll, &pPixels, &err),
            RT_OK);
    });
    poCore->free_lent(poCore->context, pLent);
    EXPECT_EQ(abyPixels, ReadBand(Open(osPath)->GetRasterBand(1)));
    rt_gdal_source_close(poSource);
}
