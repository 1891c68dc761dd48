// The smallest budget, the largest sizes, and the description of a plan.
#include <cstdint>

#include "copy_plan_rig.h"

namespace
{

constexpr int32_t kMostPx = INT32_MAX;

class CopyPlanLimits : public CopyPlanRig
{
};

TEST_F(CopyPlanLimits, FailsIfThereIsTooLittleRoomToSpill)
{
    SetStrips(100000, 2048, 16);
    limits_.budget_bytes = 64 * kMB;
    limits_.spill_bytes = 50 * kMB;
    ExpectTheLeastIsTheLeast();
}

TEST_F(CopyPlanLimits, NeverGoesOverASequentialSourceTwice)
{
    SetStrips(100000, 2048, 1);
    shape_.access = RT_ACCESS_SEQUENTIAL;
    limits_.budget_bytes = 64 * kMB;
    ExpectTheLeastIsTheLeast();
    ExpectDecodedOnce();
    EXPECT_GT(least_bytes_, 196 * plan_.tile_bytes);
}

TEST_F(CopyPlanLimits, SaysThatSpillingMayHelpOnlyForASequentialSource)
{
    SetStrips(100000, 2048, 1);
    limits_.budget_bytes = kMB;
    EXPECT_EQ(Status(), RT_ERR_ARGUMENT);
    EXPECT_FALSE(MessageHas("SPILL")) << err_.text;
    shape_.access = RT_ACCESS_SEQUENTIAL;
    EXPECT_EQ(Status(), RT_ERR_ARGUMENT);
    EXPECT_TRUE(MessageHas("SPILL is not NONE")) << err_.text;
}

TEST_F(CopyPlanLimits, NamesTheLeastBudgetForBlocks)
{
    SetSource(8192, 8192, 500, 300);
    limits_.budget_bytes = 1;
    ExpectTheLeastIsTheLeast();
}

TEST_F(CopyPlanLimits, NamesTheLeastBudgetForBlocksThatMayBeSpilled)
{
    SetSource(8192, 8192, 500, 300);
    limits_.budget_bytes = 1;
    limits_.spill_bytes = kNoEnd;
    ExpectTheLeastIsTheLeast();
}

TEST_F(CopyPlanLimits, NamesTheLeastBudgetForAnImageOfOneBlock)
{
    SetSource(5000, 5000, 5000, 5000);
    limits_.budget_bytes = 16 * kMB;
    ExpectTheLeastIsTheLeast();
    EXPECT_EQ(least_bytes_, 75000000 + plan_.encode_bytes);
}

TEST_F(CopyPlanLimits, NamesTheBlocksAndTilesThatABudgetIsTooSmallFor)
{
    SetSource(8192, 8192, 500, 300);
    limits_.budget_bytes = kMB;
    EXPECT_EQ(Status(), RT_ERR_ARGUMENT);
    EXPECT_EQ(err_.status, RT_ERR_ARGUMENT);
    EXPECT_TRUE(MessageHas("MEMORY_MAX=1.0MB is too small")) << err_.text;
    EXPECT_TRUE(MessageHas("500 x 300")) << err_.text;
    EXPECT_TRUE(MessageHas("512 x 512")) << err_.text;
}

TEST_F(CopyPlanLimits, TakesARasterOfOnePixel)
{
    SetSource(1, 1, 1, 1);
    Make();
    ExpectDecodedOnce();
    EXPECT_EQ(plan_.tile_cols, 1);
    EXPECT_EQ(plan_.tile_rows, 1);
}

TEST_F(CopyPlanLimits, TakesTheWidestRaster)
{
    SetSource(kMostPx, 16, 300000, 16);
    shape_.tile_w_px = 1 << 18;
    Make();
    ExpectDecodedOnce();
    EXPECT_EQ(plan_.tile_cols, 8192);
}

TEST_F(CopyPlanLimits, TakesTheHighestRaster)
{
    SetSource(16, kMostPx, 16, 300000);
    shape_.tile_h_px = 1 << 18;
    Make();
    ExpectDecodedOnce();
    EXPECT_EQ(plan_.tile_rows, 8192);
}

TEST_F(CopyPlanLimits, TakesOneBlockOfTheLargestSize)
{
    SetSource(1000, 1000, kMostPx, kMostPx);
    shape_.source_block_x_px = kMostPx - 1000;
    shape_.source_block_y_px = kMostPx - 1000;
    Make();
    ExpectDecodedOnce();
}

TEST_F(CopyPlanLimits, RefusesRastersThatOverflow)
{
    SetSource(kMostPx, kMostPx, 512, 512);
    EXPECT_EQ(Status(), RT_ERR_RANGE);
    EXPECT_EQ(err_.status, RT_ERR_RANGE);
}

TEST_F(CopyPlanLimits, RefusesPixelsThatOverflow)
{
    SetSource(1000, 1000, 512, 512);
    shape_.px_bytes = UINT64_MAX;
    EXPECT_EQ(Status(), RT_ERR_RANGE);
    shape_.px_bytes = 1;
    shape_.held_px_bytes = UINT64_MAX;
    EXPECT_EQ(Status(), RT_ERR_RANGE);
}

TEST_F(CopyPlanLimits, RefusesTilesThatOverflow)
{
    SetSource(1, 1, 1, 1);
    shape_.tile_w_px = shape_.tile_h_px = kMostPx - 15;
    EXPECT_EQ(Status(), RT_ERR_RANGE);
}

TEST_F(CopyPlanLimits, RefusesTilesThatOverflowOnlyTogether)
{
    SetSource(kMostPx, 1, 4096, 1);
    shape_.px_bytes = UINT64_C(1) << 20;
    shape_.tile_w_px = 16;
    shape_.tile_h_px = kMostPx - 15;
    EXPECT_EQ(Status(), RT_ERR_RANGE);
}

TEST_F(CopyPlanLimits, RefusesEncodedTilesThatOverflow)
{
    SetSource(8192, 4096, 2048, 2048);
    limits_.encode_bytes = UINT64_MAX / 16;
    EXPECT_EQ(Status(), RT_ERR_RANGE);
    limits_.encode_bytes = UINT64_C(1) << 55;
    EXPECT_EQ(Status(), RT_ERR_RANGE);
}

TEST_F(CopyPlanLimits, RefusesWorkersThatOverflow)
{
    SetSource(1000, 1000, 512, 512);
    limits_.max_workers = kMostPx;
    limits_.worker_bytes = UINT64_C(1) << 40;
    EXPECT_EQ(Status(), RT_ERR_RANGE);
}

TEST_F(CopyPlanLimits, IsDescribed)
{
    SetSource(1024, 1024, 512, 256);
    Make();
    EXPECT_TRUE(TextHas("2 x 2 tiles of 512 x 512")) << Text();
    EXPECT_TRUE(TextHas("in memory")) << Text();
    EXPECT_TRUE(TextHas("2 workers")) << Text();
    EXPECT_TRUE(TextHas("1.00 times")) << Text();
}

TEST_F(CopyPlanLimits, IsCutShortIfItsTextDoesNotFit)
{
    char text[8];

    SetSource(1024, 1024, 512, 256);
    Make();
    rt_copy_plan_describe(&plan_, text, sizeof(text));
    EXPECT_STREQ(text, "plan: 2");
}

// Bisection must find what counting down finds: the same number of workers if
// that is the maximum, and no plan with one worker more.
TEST_F(CopyPlanLimits, HasTheMostWorkersThatFit)
{
    SetStrips(3000, 2048, 16);
    limits_.worker_bytes = 100000;
    for (uint64_t mb = 4; mb <= 160; mb += 3) {
        limits_.budget_bytes = mb * kMB;
        for (const uint64_t spill_bytes : {UINT64_C(0), kNoEnd}) {
            limits_.spill_bytes = spill_bytes;
            limits_.max_workers = 256;
            if (Status() != RT_OK)
                continue;
            const struct rt_copy_plan most = plan_;

            limits_.max_workers = most.n_workers;
            Make();
            EXPECT_EQ(plan_.n_workers, most.n_workers);
            EXPECT_EQ(plan_.overlap, most.overlap);
            EXPECT_EQ(plan_.memory_cols, most.memory_cols);
            EXPECT_EQ(plan_.x.run_px, most.x.run_px);
            EXPECT_EQ(plan_.y.run_px, most.y.run_px);
            EXPECT_EQ(plan_.peak_bytes, most.peak_bytes);
            if (most.n_workers == 256)
                continue;
            limits_.max_workers = most.n_workers + 1;
            Make();
            EXPECT_EQ(plan_.n_workers, most.n_workers);
        }
    }
}

// Rows that repeat are measured only once. On a raster with many rows, every
// step must hold what the plan says, at any phase and with any halo.
TEST_F(CopyPlanLimits, MeasuresAllOfATallRaster)
{
    shape_.tile_w_px = shape_.tile_h_px = 16;
    limits_.encode_bytes = 1000;
    for (const int32_t source_block_px : {1, 3, 7, 16, 24, 40, 48})
        for (const int32_t phase_px : {0, 1, source_block_px - 1})
            for (const int32_t halo_px : {0, 1, 5})
                for (const uint64_t spill_bytes : {UINT64_C(0), kNoEnd}) {
                    SetSource(64, 2003, 64, source_block_px);
                    shape_.source_block_y_px =
                        phase_px < source_block_px ? phase_px : 0;
                    shape_.halo_px = halo_px;
                    shape_.input_px_bytes = halo_px > 0 ? 1 : 0;
                    limits_.spill_bytes = spill_bytes;
                    limits_.budget_bytes = 1;
                    ASSERT_EQ(Status(), RT_ERR_ARGUMENT);
                    limits_.budget_bytes = least_bytes_;
                    Make();
                    limits_.budget_bytes = kNoEnd;
                    Make();
                }
}

TEST_F(CopyPlanLimits, CanBeCancelledWhilePlanning)
{
    int asked = 0;

    shape_.tile_w_px = shape_.tile_h_px = 16;
    SetSource(100000, 100000, 17, 17); /* takes minutes if go_on is never
                                        * called */
    limits_.budget_bytes = kMB;
    limits_.encode_bytes = 1000;
    limits_.max_workers = 256;
    limits_.context = &asked;
    limits_.go_on = [](void *context) {
        return ++*static_cast<int *>(context) < 3;
    };
    EXPECT_EQ(Status(), RT_ERR_CANCELLED);
    EXPECT_STREQ(err_.text, "cancelled");
    EXPECT_EQ(asked, 3);
}

} // namespace
