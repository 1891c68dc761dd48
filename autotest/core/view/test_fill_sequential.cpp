// Sources that only go forward.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "view_rig.h"

namespace
{

LayerShape Forward(int32_t w_px, int32_t h_px, int32_t strip_px)
{
    return {w_px, h_px, w_px, strip_px, {1, 1, 1}, true, RT_ACCESS_SEQUENTIAL};
}

std::vector<struct rt_window> RowsOfBlocks(const Rig &rig, int32_t block_px)
{
    std::vector<struct rt_window> blocks;
    const struct rt_window all = rig.Everything(0);

    for (int32_t y = 0; y < all.h_px; y += block_px)
        for (int32_t x = 0; x < all.w_px; x += block_px)
            blocks.push_back({x, y, std::min(block_px, all.w_px - x),
                              std::min(block_px, all.h_px - y)});
    return blocks;
}

TEST(FillSequential, ReadBackwardsOnAnAmpleBudgetIsDecodedOnce)
{
    for (const int32_t strip_px : {1, 8, 100, 640}) {
        MadeUpSource source({Forward(500, 640, strip_px)});
        const Rig rig(&source, kAmple, 128, 128);
        std::vector<struct rt_window> blocks = RowsOfBlocks(rig, 128);

        for (auto block = blocks.rbegin(); block != blocks.rend(); ++block)
            ASSERT_TRUE(rig.ReadsRight(0, *block));
        EXPECT_EQ(source.restarts(), 0);
        EXPECT_EQ(source.LeastDecodes(0), 1);
        EXPECT_EQ(source.MostDecodes(0), 1);
    }
}

TEST(FillSequential, ReadInAnyOrderOnAnAmpleBudgetIsDecodedOnce)
{
    MadeUpSource source({Forward(500, 640, 10)});
    const Rig rig(&source, kAmple, 100, 100);
    std::vector<struct rt_window> blocks = RowsOfBlocks(rig, 100);

    Dice(3).Shuffle(&blocks);
    for (const struct rt_window &block : blocks)
        ASSERT_TRUE(rig.ReadsRight(0, block));
    EXPECT_EQ(source.restarts(), 0);
    EXPECT_EQ(source.MostDecodes(0), 1);
}

TEST(FillSequential, ReadForwardsOnRowsOfBlocksNeverStartsOver)
{
    for (const int32_t strip_px : {1, 8, 64}) {
        MadeUpSource source({Forward(700, 2000, strip_px)});
        const uint64_t two_rows = 2 * 6 * (128 * 128 + 256) * 3;
        const Rig rig(&source, two_rows + (UINT64_C(300) << 10), 128, 128);

        for (const struct rt_window &block : RowsOfBlocks(rig, 128))
            ASSERT_TRUE(rig.ReadsRight(0, block));
        EXPECT_EQ(source.restarts(), 0) << strip_px;
        EXPECT_EQ(source.MostDecodes(0), 1) << strip_px;
    }
}

TEST(FillSequential, ReadForwardsWithStripsAcrossBlocksNeverStartsOver)
{
    for (const int32_t strip_px : {7, 100, 300}) {
        MadeUpSource source({Forward(700, 2000, strip_px)});
        const Rig rig(&source, kAmple, 128, 128);

        for (const struct rt_window &block : RowsOfBlocks(rig, 128))
            ASSERT_TRUE(rig.ReadsRight(0, block));
        EXPECT_EQ(source.restarts(), 0) << "strips of " << strip_px;
        EXPECT_EQ(source.MostDecodes(0), 1) << "strips of " << strip_px;
    }
}

TEST(FillSequential, ReadWithoutRoomCountsTheRowsItPasses)
{
    MadeUpSource source({Forward(100, 1000, 10)});
    const Rig rig(&source, std::nullopt, 64, 64);

    ASSERT_TRUE(rig.ReadsRight(0, {0, 900, 100, 10}));
    EXPECT_EQ(rig.Stat(RT_STAT_PIXELS_DECODED), 100u * 910u);
    ASSERT_TRUE(rig.ReadsRight(0, {0, 910, 100, 10}));
    EXPECT_EQ(rig.Stat(RT_STAT_PIXELS_DECODED), 100u * 920u);
    EXPECT_EQ(source.restarts(), 0);
    ASSERT_TRUE(rig.ReadsRight(0, {0, 0, 100, 10}));
    EXPECT_EQ(rig.Stat(RT_STAT_PIXELS_DECODED), 100u * 930u);
    EXPECT_EQ(source.restarts(), 1);
}

// The decoder is at its end, in the middle of the last strip's rows.
TEST(FillSequential, KnowsThatAfterAPartialLastStripItStartsOver)
{
    for (const int32_t h_px : {1000, 995}) {
        MadeUpSource source({Forward(100, h_px, 10)});
        const Rig rig(&source, std::nullopt, 64, 64);

        ASSERT_TRUE(rig.ReadsRight(0, rig.Everything(0)));
        ASSERT_TRUE(rig.ReadsRight(0, {0, 990, 100, 1}));
        EXPECT_EQ(source.restarts(), 1);
        EXPECT_EQ(rig.Stat(RT_STAT_PIXELS_DECODED),
                  2u * 100u * static_cast<uint64_t>(h_px))
            << h_px << " rows";
    }
}

TEST(FillSequential, KeepsWhatItPassesWhenItStartsOverForTheLastStrip)
{
    for (const int32_t h_px : {1000, 995}) {
        MadeUpSource source({Forward(100, h_px, 100)});
        const Rig rig(&source, kAmple, 64, 64);

        ASSERT_TRUE(rig.ReadsRight(0, rig.Everything(0)));
        rt_block_cache_set_limit(rig.cache(), 0);
        rt_block_cache_set_limit(rig.cache(), kAmple);
        source.ForgetDecodes();
        for (int32_t y = 990; y >= 0; y -= 10)
            ASSERT_TRUE(rig.ReadsRight(0, {0, y, 100, 1}));
        EXPECT_EQ(source.restarts(), 1) << h_px << " rows";
        EXPECT_EQ(source.MostDecodes(0), 1) << h_px << " rows";
    }
}

} // namespace
