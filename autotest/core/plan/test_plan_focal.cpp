// Plans for operators that read neighbours.
#include <cstdint>

#include "copy_plan_rig.h"

namespace
{

// Float32 in tiles of 512 x 512: 1 MB each.
class CopyPlanFocal : public CopyPlanRig
{
  protected:
    CopyPlanFocal()
    {
        shape_.px_bytes = shape_.input_px_bytes = 4;
        shape_.halo_px = 1;
    }
};

TEST_F(CopyPlanFocal, KeepsLinesAndNoBlocks)
{
    struct rt_copy_cursor cursor = {};
    struct rt_copy_step step = {};

    SetSource(16384, 16384, 512, 512);
    shape_.tile_w_px = shape_.tile_h_px = 256;
    shape_.px_bytes = shape_.input_px_bytes = 16;
    Make();
    ExpectDecodedOnce();
    ASSERT_EQ(plan_.x.run_px, 512);
    ASSERT_EQ(plan_.y.run_px, 512);
    for (int i = 0; i < 2 * 32 + 6; i++)
        ASSERT_TRUE(rt_copy_plan_next(&plan_, &cursor, &step));
    EXPECT_EQ(step.run_col, 5);
    EXPECT_EQ(step.run_row, 2);
    EXPECT_EQ(step.input.x_px, 2560);
    EXPECT_EQ(step.window.x_px, 2559);
    EXPECT_EQ(step.window.w_px, 512);
    EXPECT_EQ(step.support.x_px, 2558);
    EXPECT_EQ(step.support.w_px, 514);
    EXPECT_EQ(step.right.w_px, 2);
    EXPECT_EQ(step.right.h_px, 512);
    EXPECT_EQ(step.below.w_px, 512);
    EXPECT_EQ(step.below.h_px, 2);
    EXPECT_EQ(step.below_users, 2);
    EXPECT_EQ(step.margin_bytes, 2U * 2 * 512 * 16);
}

TEST_F(CopyPlanFocal, CountsWhatTheOperatorHolds)
{
    SetSource(2048, 2048, 2048, 2048);
    Make();
    EXPECT_EQ(plan_.peak_bytes, 2 * 16 * kMB + plan_.fixed_bytes);
    shape_.focal_px_bytes = 8;
    Make();
    EXPECT_EQ(plan_.peak_bytes, 4 * 16 * kMB + plan_.fixed_bytes);
}

TEST_F(CopyPlanFocal, CountsResultsOfMorePlanesThanItDecodes)
{
    SetSource(2048, 2048, 2048, 2048);
    shape_.halo_px = 0;
    shape_.input_px_bytes = 2;
    Make();
    EXPECT_EQ(plan_.peak_bytes, (8 + 16) * kMB + plan_.fixed_bytes);
}

TEST_F(CopyPlanFocal, TakesStripsOfOneLine)
{
    SetStrips(16384, 2048, 1);
    shape_.halo_px = 40;
    limits_.max_workers = 1;
    Make();
    limits_.budget_bytes = plan_.peak_bytes - 1;
    Make();
    ExpectDecodedOnce();
    EXPECT_GE(plan_.y.run_px, 80);
}

TEST_F(CopyPlanFocal, NeverGoesOverASequentialSourceTwice)
{
    SetStrips(100000, 2048, 1);
    shape_.access = RT_ACCESS_SEQUENTIAL;
    limits_.budget_bytes = 64 * kMB;
    ExpectTheLeastIsTheLeast();
    ExpectDecodedOnce();
}

TEST_F(CopyPlanFocal, DecodesMarginsAgainIfNothingMayBeSpilled)
{
    SetStrips(100000, 2048, 16);
    limits_.budget_bytes = 64 * kMB;
    Make();
    EXPECT_TRUE(plan_.segmented);
    EXPECT_GT(plan_.decoded_px, UINT64_C(100000) * 2048);
    limits_.spill_bytes = kNoEnd;
    Make();
    ExpectDecodedOnce();
}

TEST_F(CopyPlanFocal, IsDescribed)
{
    SetSource(1024, 1024, 512, 256);
    Make();
    EXPECT_TRUE(TextHas("margins for a halo of 1,")) << Text();
    shape_.halo_px = 0;
    Make();
    EXPECT_FALSE(TextHas("margins")) << Text();
}

TEST_F(CopyPlanFocal, RefusesPixelsThatOverflow)
{
    SetSource(1000, 1000, 512, 512);
    shape_.focal_px_bytes = UINT64_MAX;
    EXPECT_EQ(Status(), RT_ERR_RANGE);
    shape_.focal_px_bytes = 0;
    shape_.input_px_bytes = UINT64_MAX;
    EXPECT_EQ(Status(), RT_ERR_RANGE);
}

TEST_F(CopyPlanFocal, TakesTheLargestHalo)
{
    SetSource(1000, 1000, 512, 512);
    shape_.halo_px = INT32_MAX;
    Make();
    ExpectDecodedOnce();
    EXPECT_EQ(rt_copy_axis_runs(&plan_.x), 1);
}

} // namespace
