// Sources with blocks that cannot be decoded.
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "view_rig.h"

namespace
{

// 5 x 5 source blocks of 100 x 100; cached blocks of 256 x 256.
LayerShape Tiles(bool interleaved = false)
{
    return {500, 500, 100, 100, {1, 2}, interleaved};
}

class Failing : public testing::TestWithParam<std::optional<uint64_t>>
{
  protected:
    Failing() : source_({Tiles()}), rig_(&source_, GetParam(), 256, 256) {}

    std::string Failure(const struct rt_window &window)
    {
        const Canvas canvas(source_, 0, rig_.AllPlanes(0), window);
        struct rt_error err = {};

        if (rig_.Read(0, canvas, &err) == RT_OK)
            return "";
        EXPECT_EQ(err.status, RT_ERR_SOURCE);
        return err.text;
    }

    MadeUpSource source_;
    Rig rig_;
};

TEST_P(Failing, BlockFailsTheReadWithItsMessage)
{
    source_.FailOn(0, 2, 3);
    EXPECT_EQ(Failure({210, 310, 5, 5}), MadeUpSource::FailureText(2, 3));
    EXPECT_EQ(Failure(rig_.Everything(0)), MadeUpSource::FailureText(2, 3));
    EXPECT_EQ(Failure({299, 399, 2, 2}), MadeUpSource::FailureText(2, 3));
}

TEST_P(Failing, BlockIsNotKeptAndALaterReadSucceeds)
{
    source_.FailOn(0, 2, 3);
    EXPECT_NE(Failure(rig_.Everything(0)), "");
    EXPECT_NE(Failure(rig_.Everything(0)), "");
    source_.Heal();
    EXPECT_TRUE(rig_.ReadsRight(0, rig_.Everything(0)));
    EXPECT_TRUE(rig_.ReadsRight(0, {210, 310, 5, 5}));
}

TEST_P(Failing, BlockOutsideTheWindowDoesNoHarm)
{
    source_.FailOn(0, 1, 1);
    for (int32_t row = 0; row < 5; row++)
        for (int32_t col = 0; col < 5; col++) {
            const struct rt_window block = {col * 100, row * 100, 100, 100};

            if (row == 1 && col == 1)
                continue;
            EXPECT_EQ(Failure(block), "") << col << "," << row;
        }
    EXPECT_NE(Failure({199, 199, 1, 1}), "");
    EXPECT_EQ(Failure({200, 199, 1, 1}), "");
}

TEST_P(Failing, BlockOutsideTheWindowLeavesThePixelsRight)
{
    const Canvas canvas(source_, 0, {1, 0}, {0, 0, 300, 100});
    struct rt_error err = {};

    source_.FailOn(0, 1, 1);
    ASSERT_EQ(rig_.Read(0, canvas, &err), RT_OK) << err.text;
    EXPECT_TRUE(canvas.IsRight(false)); // a retry may deliver twice
}

TEST_P(Failing, ReadGivesItsBudgetBack)
{
    source_.FailOn(0, 1, 1);
    source_.FailOn(0, 4, 4);
    EXPECT_NE(Failure(rig_.Everything(0)), "");
    EXPECT_EQ(Failure({0, 0, 50, 50}), "");
    EXPECT_EQ(rig_.Counters().used_bytes, rig_.Counters().resident_bytes);
    if (rig_.cache() != nullptr)
        rt_block_cache_set_limit(rig_.cache(), 0);
    EXPECT_EQ(rig_.Counters().used_bytes, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Budgets, Failing, testing::Values(std::nullopt, 0, 200000, kAmple),
    [](const testing::TestParamInfo<std::optional<uint64_t>> &tested) {
        return tested.param ? "Of" + std::to_string(*tested.param) : "None";
    });

TEST(FailingBlock, LeavesOtherCachedBlocksUsable)
{
    MadeUpSource source({Tiles(true)});
    const Rig rig(&source, kAmple, 100, 100);
    struct rt_error err = {};
    const Canvas canvas(source, 0, {0}, rig.Everything(0));

    source.FailOn(0, 4, 4);
    EXPECT_EQ(rig.Read(0, canvas, &err), RT_ERR_SOURCE);
    source.Heal();
    ASSERT_TRUE(rig.ReadsRight(0, rig.Everything(0)));
    source.FailOn(0, 0, 0); // everything is cached by then
    EXPECT_TRUE(rig.ReadsRight(0, rig.Everything(0)));
}

TEST(FailingBlock, OfASequentialSourceDoesNoHarmOutsideTheWindow)
{
    MadeUpSource source(
        {{300, 1000, 300, 20, {1}, false, RT_ACCESS_SEQUENTIAL}});
    const Rig rig(&source, kAmple, 256, 256);
    struct rt_error err = {};

    source.FailOn(0, 0, 6); // rows 120 to 139
    const Canvas above(source, 0, {0}, {0, 0, 300, 120});
    const Canvas below(source, 0, {0}, {0, 140, 300, 100});
    const Canvas across(source, 0, {0}, {0, 139, 300, 2});

    EXPECT_EQ(rig.Read(0, above, &err), RT_OK) << err.text;
    EXPECT_TRUE(above.IsRight(false));
    EXPECT_EQ(rig.Read(0, below, &err), RT_OK) << err.text;
    EXPECT_TRUE(below.IsRight(false));
    EXPECT_EQ(rig.Read(0, across, &err), RT_ERR_SOURCE);
    EXPECT_EQ(err.text, MadeUpSource::FailureText(0, 6));
}

} // namespace
