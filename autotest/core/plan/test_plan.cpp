// Plans for the geometries that sources come in.
#include <cstdint>

#include "copy_plan_rig.h"

namespace
{

class CopyPlan : public CopyPlanRig
{
};

TEST_F(CopyPlan, AssemblesOneRowOfTilesFromLowStrips)
{
    SetStrips(16384, 4096, 64);
    limits_.budget_bytes = 32 * kMB;
    Make();
    ExpectDecodedOnce();
    EXPECT_EQ(plan_.y.run_px, 64);
    EXPECT_EQ(rt_copy_plan_pieces(&plan_, 5, 1), 8U);
    EXPECT_EQ(plan_.wait_bytes, 0U);
    EXPECT_EQ(plan_.peak_bytes, (24 + 3) * kMB + plan_.fixed_bytes);
}

TEST_F(CopyPlan, CutsTilesOutOfStripsThatAreHigher)
{
    SetStrips(2048, 8192, 2048);
    Make();
    ExpectDecodedOnce();
    EXPECT_TRUE(rt_copy_plan_direct(&plan_, 3, 15));
    EXPECT_EQ(plan_.peak_bytes, 12 * kMB + plan_.fixed_bytes);
}

TEST_F(CopyPlan, KeepsOnlyTheRowThatStraddlesTwoHighStrips)
{
    SetStrips(2048, 8192, 2000);
    Make();
    ExpectDecodedOnce();
    EXPECT_TRUE(rt_copy_plan_direct(&plan_, 0, 2));
    EXPECT_FALSE(rt_copy_plan_direct(&plan_, 0, 3));
    EXPECT_EQ(plan_.peak_bytes,
              2048 * 2000 * 3 + 2 * 4 * plan_.tile_bytes + plan_.fixed_bytes);
}

TEST_F(CopyPlan, GathersStripsOfOneRowIntoLargerRuns)
{
    SetStrips(16384, 2048, 1);
    Make();
    ExpectDecodedOnce();
    EXPECT_GT(plan_.y.run_px, 1);
    EXPECT_EQ(512 % plan_.y.run_px, 0);
}

TEST_F(CopyPlan, GathersStripsThatNeverEndWithATileAllTheSame)
{
    SetStrips(16384, 2048, 7);
    Make();
    ExpectDecodedOnce();
    EXPECT_GT(plan_.y.run_px, 7);
}

TEST_F(CopyPlan, TakesSingleStripsIfLargerRunsDoNotFit)
{
    SetStrips(16384, 2048, 1);
    Make();
    limits_.max_workers = 1;
    limits_.budget_bytes = 27 * kMB;
    Make();
    ExpectDecodedOnce();
    EXPECT_LT(plan_.y.run_px, 64);
}

TEST_F(CopyPlan, DecodesAnImageOfOneBlockInOneStep)
{
    struct rt_copy_cursor cursor = {};
    struct rt_copy_step step = {};

    SetSource(3000, 2000, 3000, 2000);
    Make();
    ExpectDecodedOnce();
    ASSERT_TRUE(rt_copy_plan_next(&plan_, &cursor, &step));
    EXPECT_EQ(step.cols.end, 6);
    EXPECT_EQ(step.rows.end, 4);
    EXPECT_FALSE(rt_copy_plan_next(&plan_, &cursor, &step));
}

TEST_F(CopyPlan, DecodesBlocksThatNeverLineUpWithTilesOnce)
{
    SetSource(8192, 8192, 500, 300);
    limits_.budget_bytes = 64 * kMB;
    Make();
    ExpectDecodedOnce();
    EXPECT_EQ(plan_.y.run_px, 300);
    EXPECT_EQ(plan_.x.run_px % 500, 0);
}

TEST_F(CopyPlan, HoldsNoTileIfRunsEndWithTiles)
{
    SetSource(16384, 16384, 128, 128);
    limits_.budget_bytes = 8 * kMB;
    Make();
    ExpectDecodedOnce();
    EXPECT_EQ(plan_.x.run_px % 512, 0);
    EXPECT_EQ(plan_.y.run_px, 512);
    EXPECT_TRUE(rt_copy_plan_direct(&plan_, 17, 17));
}

TEST_F(CopyPlan, StartsInsideABlockIfAWindowDoes)
{
    SetSource(3000, 3000, 256, 256);
    shape_.source_block_x_px = 100;
    shape_.source_block_y_px = 255;
    Make();
    ExpectDecodedOnce();
    EXPECT_EQ(plan_.x.phase_px, 100);
    EXPECT_EQ(plan_.y.phase_px, 255);
}

TEST_F(CopyPlan, StartsInsideAStripThatIsWiderThanTheWindow)
{
    SetSource(3000, 3000, 10000, 100);
    shape_.access = RT_ACCESS_ROWS;
    shape_.source_block_x_px = 6999;
    shape_.source_block_y_px = 50;
    Make();
    ExpectDecodedOnce();
    EXPECT_EQ(rt_copy_axis_runs(&plan_.x), 1);
}

TEST_F(CopyPlan, LetsNoEncodedTileWaitIfOneRunCompletesWholeRows)
{
    SetSource(2000, 4000, 2000, 4000);
    Make();
    EXPECT_EQ(plan_.wait_bytes, 0U);
}

TEST_F(CopyPlan, CountsEncodedTilesThatWaitForTheEndOfARow)
{
    SetSource(8192, 4096, 2048, 2048);
    Make();
    EXPECT_EQ(plan_.wait_bytes, 3 * 16 * kMB);
    EXPECT_FALSE(plan_.spills);
}

TEST_F(CopyPlan, SpillsEncodedTilesThatWait)
{
    SetSource(8192, 4096, 2048, 2048);
    limits_.spill_bytes = kNoEnd;
    Make();
    EXPECT_TRUE(plan_.spills);
    EXPECT_EQ(plan_.wait_bytes, 0U);
}

TEST_F(CopyPlan, GoesOverAWideImageInSegmentsIfNothingMayBeSpilled)
{
    SetStrips(100000, 2048, 16);
    limits_.budget_bytes = 64 * kMB;
    Make();
    EXPECT_TRUE(plan_.segmented);
    EXPECT_EQ(plan_.decoded_px, UINT64_C(3) * 100000 * 2048);
    EXPECT_TRUE(TextHas("each pixel decoded 3.00 times")) << Text();
}

TEST_F(CopyPlan, TakesTheNarrowestOfSegmentsThatDecodeAsLittle)
{
    SetStrips(100000, 2048, 16);
    limits_.budget_bytes = 64 * kMB;
    Make();
    EXPECT_EQ(plan_.segment_cols, 66); // a third of 196
}

TEST_F(CopyPlan, SpillsWhatAWideImageHasTooMuch)
{
    SetStrips(100000, 2048, 16);
    limits_.budget_bytes = 64 * kMB;
    limits_.spill_bytes = kNoEnd;
    Make();
    ExpectDecodedOnce();
    EXPECT_GT(plan_.memory_cols, 0);
    EXPECT_LT(plan_.memory_cols, plan_.tile_cols);
    EXPECT_EQ(plan_.spill_bytes,
              static_cast<uint64_t>(plan_.tile_cols - plan_.memory_cols) *
                  plan_.tile_bytes);
    EXPECT_TRUE(TextHas("the rest on disk")) << Text();
}

TEST_F(CopyPlan, SpillsNoMoreThanThereIsRoomFor)
{
    SetStrips(100000, 2048, 16);
    limits_.budget_bytes = 120 * kMB;
    Make();
    EXPECT_TRUE(plan_.segmented);
    limits_.spill_bytes = 50 * kMB;
    Make();
    ExpectDecodedOnce();
    EXPECT_LT(plan_.memory_cols, plan_.tile_cols);
}

TEST_F(CopyPlan, TriesWiderSegmentsThanOneThatDoesNotFit)
{
    SetSource(125, 33, 19, 48);
    shape_.source_block_x_px = 6;
    shape_.tile_w_px = 16;
    shape_.tile_h_px = 48;
    shape_.px_bytes = 3283;
    shape_.held_px_bytes = 3131;
    limits_.encode_bytes = 2200614;
    limits_.worker_bytes = 1467793;
    limits_.budget_bytes = 12877207;
    Make();
    EXPECT_TRUE(plan_.segmented);
    EXPECT_LT(plan_.decoded_px, UINT64_C(125) * 33 * 160 / 100);
}

TEST_F(CopyPlan, SpillsASequentialSourceThatIsTooWide)
{
    SetStrips(100000, 2048, 1);
    shape_.access = RT_ACCESS_SEQUENTIAL;
    limits_.budget_bytes = 16 * kMB;
    limits_.spill_bytes = kNoEnd;
    Make();
    ExpectDecodedOnce();
}

TEST_F(CopyPlan, CountsWhatTheDecoderHolds)
{
    SetSource(2048, 2048, 2048, 2048);
    Make();
    const uint64_t before_bytes = plan_.peak_bytes;

    shape_.held_px_bytes = 3;
    shape_.held_bytes = 7 * kMB;
    Make();
    EXPECT_EQ(plan_.peak_bytes, before_bytes + (12 + 7) * kMB);
}

TEST_F(CopyPlan, TakesTurnsIfThereIsNoRoomToEncodeDuringADecode)
{
    SetSource(4096, 4096, 512, 512);
    shape_.held_px_bytes = 9;
    limits_.max_workers = 1;
    Make();
    EXPECT_TRUE(plan_.overlap);
    limits_.budget_bytes = plan_.peak_bytes - 1;
    Make();
    EXPECT_FALSE(plan_.overlap);
    EXPECT_TRUE(TextHas("in turns")) << Text();
}

TEST_F(CopyPlan, TakesFewerWorkersIfTheyDoNotFit)
{
    SetSource(4096, 4096, 512, 512);
    limits_.max_workers = 8;
    limits_.worker_bytes = 4 * kMB;
    Make();
    EXPECT_EQ(plan_.n_workers, 8);
    limits_.budget_bytes = 24 * kMB;
    Make();
    EXPECT_LT(plan_.n_workers, 8);
    EXPECT_GT(plan_.n_workers, 1);
}

} // namespace
