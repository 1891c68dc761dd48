/* test_thread_context.cpp - the context of a thread that decodes for
 * another. */
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

class ThreadContext : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        rt_reading_begin(&m_sOuter, "outer.vrt");
        rt_reading_begin(&m_sInner, "inner.tif");
        CPLSetThreadLocalConfigOption("RETILE_TEST_SECRET", "of the reader");
        m_poContext = rt_thread_context_capture();
        ASSERT_NE(m_poContext, nullptr);
    }

    void TearDown() override
    {
        rt_thread_context_free(m_poContext);
        CPLSetThreadLocalConfigOption("RETILE_TEST_SECRET", nullptr);
        rt_reading_end(&m_sInner);
        rt_reading_end(&m_sOuter);
    }

    template <class F> static void OnAnother(F &&f) { std::thread(f).join(); }

    rt_reading m_sOuter{}, m_sInner{};
    rt_thread_context *m_poContext = nullptr;
};

TEST_F(ThreadContext, PassesOnItsSettingsAndOneThread)
{
    OnAnother([this] {
        CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", "7");
        CPLSetThreadLocalConfigOption("RETILE_TEST_OWN", "of the worker");
        rt_entered_context *poEntered = rt_thread_context_enter(m_poContext);
        EXPECT_EQ(Setting("RETILE_TEST_SECRET"), "of the reader");
        EXPECT_EQ(Setting("RETILE_TEST_OWN"), "none");
        EXPECT_EQ(Setting("GDAL_NUM_THREADS"), "1");
        rt_thread_context_leave(poEntered);
        EXPECT_EQ(Setting("RETILE_TEST_SECRET"), "none");
        EXPECT_EQ(Setting("RETILE_TEST_OWN"), "of the worker");
        EXPECT_EQ(Setting("GDAL_NUM_THREADS"), "7");
    });
    EXPECT_EQ(Setting("GDAL_NUM_THREADS"), "none");
}

TEST_F(ThreadContext, PassesOnTheNamesThatItReads)
{
    OnAnother([this] {
        rt_reading sOwn;
        rt_reading_begin(&sOwn, "of the worker");
        rt_entered_context *poEntered = rt_thread_context_enter(m_poContext);
        EXPECT_TRUE(rt_reading_includes("outer.vrt"));
        EXPECT_TRUE(rt_reading_includes("inner.tif"));
        EXPECT_FALSE(rt_reading_includes("of the worker"));
        rt_thread_context_leave(poEntered);
        EXPECT_FALSE(rt_reading_includes("inner.tif"));
        EXPECT_TRUE(rt_reading_includes("of the worker"));
        rt_reading_end(&sOwn);
    });
}

TEST_F(ThreadContext, PassesOnCopiesThatOutliveTheRead)
{
    rt_thread_context *poContext = nullptr;
    {
        const std::string osName(200, 'x');
        rt_reading sRead;
        rt_reading_begin(&sRead, osName.c_str());
        poContext = rt_thread_context_capture();
        rt_reading_end(&sRead);
    }
    rt_entered_context *poEntered = rt_thread_context_enter(poContext);
    EXPECT_TRUE(rt_reading_includes(std::string(200, 'x').c_str()));
    rt_thread_context_leave(poEntered);
    rt_thread_context_free(poContext);
}

TEST_F(ThreadContext, MayDecodeForAnotherWhileItReads)
{
    rt_thread_context *poOther = nullptr;

    OnAnother([&poOther] { poOther = rt_thread_context_capture(); });
    rt_entered_context *poOuter = rt_thread_context_enter(m_poContext);
    rt_entered_context *poInner = rt_thread_context_enter(poOther);
    EXPECT_FALSE(rt_reading_includes("inner.tif"));
    EXPECT_EQ(Setting("RETILE_TEST_SECRET"), "none");
    rt_thread_context_leave(poInner);
    EXPECT_TRUE(rt_reading_includes("inner.tif"));
    EXPECT_EQ(Setting("RETILE_TEST_SECRET"), "of the reader");
    rt_thread_context_leave(poOuter);
    rt_thread_context_free(poOther);
}

TEST_F(ThreadContext, ASourcePassesItOnThroughTheCoresHooks)
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
    void *pThreadContext = poCore->capture_thread(poCore->context);
    rt_reading_end(&sRead);
    OnAnother([&] {
        const int32_t nPlane = 0;
        const rt_window oAll = {0, 0, 97, 61};
        void *pPixels = abyPixels.data();
        void *pEntered = poCore->enter_thread(poCore->context, pThreadContext);
        EXPECT_EQ(
            poCore->read(poCore->context, 0, &nPlane, 1, &oAll, &pPixels, &err),
            RT_ERR_SOURCE);
        EXPECT_NE(std::string(err.text).find("refers to itself"),
                  std::string::npos);
        poCore->leave_thread(poCore->context, pThreadContext, pEntered);
        EXPECT_EQ(
            poCore->read(poCore->context, 0, &nPlane, 1, &oAll, &pPixels, &err),
            RT_OK);
    });
    poCore->free_thread_context(poCore->context, pThreadContext);
    EXPECT_EQ(abyPixels, ReadBand(Open(osPath)->GetRasterBand(1)));
    rt_gdal_source_close(poSource);
}
