/* test_decoding.cpp - rasters that read from each other. */
#include "core/base/decoding.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace
{

class Decoding : public testing::Test
{
  protected:
    ~Decoding() override
    {
        for (rt_identity *poIdentity : m_apoAll)
            rt_identity_unref(poIdentity);
    }

    rt_identity *Make(const char *pszText)
    {
        m_apoAll.push_back(rt_identity_intern(pszText));
        return m_apoAll.back();
    }

    /* Whether a thread that decodes these, from the outermost to the innermost,
     * may wait for poFor. */
    static bool MayWait(const std::vector<rt_identity *> &apoChain,
                        rt_identity *poFor)
    {
        bool bMay = false;

        std::thread([&] {
            std::vector<rt_decoding> aoChain(apoChain.size());
            for (size_t i = 0; i < aoChain.size(); i++)
                rt_decoding_begin(&aoChain[i], apoChain[i], rt_decoding_now());
            bMay = rt_decoding_may_wait(poFor);
            for (size_t i = aoChain.size(); i > 0; i--)
                rt_decoding_end(&aoChain[i - 1]);
            EXPECT_EQ(rt_decoding_now(), nullptr);
        }).join();
        return bMay;
    }

  private:
    std::vector<rt_identity *> m_apoAll{};
};

} // namespace

TEST_F(Decoding, AThreadThatDecodesNothingMayWaitForAll)
{
    EXPECT_TRUE(MayWait({}, Make("a")));
}

TEST_F(Decoding, KnowsWhatItDecodesAndForWhom)
{
    rt_identity *poA = Make("a"), *poB = Make("b"), *poC = Make("c");
    rt_decoding oOuter, oInner;

    rt_decoding_begin(&oOuter, poA, nullptr);
    rt_decoding_begin(&oInner, poB, rt_decoding_now());
    EXPECT_TRUE(rt_decoding_includes(poA));
    EXPECT_TRUE(rt_decoding_includes(poB));
    EXPECT_FALSE(rt_decoding_includes(poC));
    rt_decoding oForAnother;
    rt_decoding_begin(&oForAnother, poC, nullptr);
    EXPECT_FALSE(rt_decoding_includes(poA)) << "what it does for another";
    rt_decoding_end(&oForAnother);
    rt_decoding_end(&oInner);
    EXPECT_FALSE(rt_decoding_includes(poB));
    rt_decoding_end(&oOuter);
    EXPECT_FALSE(rt_decoding_includes(poA));
}

TEST_F(Decoding, DoesNotWaitForItself)
{
    rt_identity *poA = Make("a");

    EXPECT_FALSE(MayWait({poA}, poA));
    EXPECT_FALSE(MayWait({poA, Make("b")}, poA));
}

TEST_F(Decoding, OfTwoThatReadFromEachOtherTheSecondDoesNotWait)
{
    rt_identity *poA = Make("a"), *poB = Make("b");

    EXPECT_TRUE(MayWait({poA}, poB));
    EXPECT_TRUE(MayWait({poA}, poB)) << "as often as it likes";
    EXPECT_FALSE(MayWait({poB}, poA));
}

TEST_F(Decoding, FindsAWayBackThroughWhatIsDecodedBetween)
{
    rt_identity *poA = Make("a"), *poB = Make("b"), *poC = Make("c"),
                *poD = Make("d");

    EXPECT_TRUE(MayWait({poA, poB}, poC));
    EXPECT_TRUE(MayWait({poC}, poD));
    EXPECT_FALSE(MayWait({poD}, poB));
    EXPECT_FALSE(MayWait({poD}, poA));
    EXPECT_TRUE(MayWait({poA}, poD)) << "a shorter way in the same direction";
}

TEST_F(Decoding, ManyReadersOfOneAreNoCircle)
{
    rt_identity *poBelow = Make("below");
    std::vector<rt_identity *> apoMosaics;

    for (int i = 0; i < 50; i++) {
        apoMosaics.push_back(Make(std::to_string(i).c_str()));
        for (rt_identity *poMosaic : apoMosaics)
            if (poMosaic != apoMosaics.back()) {
                EXPECT_TRUE(MayWait({apoMosaics.back()}, poMosaic));
            }
        EXPECT_TRUE(MayWait({apoMosaics.back()}, poBelow));
    }
    EXPECT_FALSE(MayWait({poBelow}, apoMosaics.back()));
}

TEST_F(Decoding, WhatWasNotedGoesWithItsReader)
{
    rt_identity *poB = Make("b");
    rt_identity *poA = rt_identity_intern("a");

    EXPECT_TRUE(MayWait({poA}, poB));
    rt_identity_unref(poA);
    poA = Make("a"); /* another raster with that name */
    EXPECT_TRUE(MayWait({poB}, poA));
}
