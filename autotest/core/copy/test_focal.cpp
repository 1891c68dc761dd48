// The engine applies an operator that reads neighbours. Whatever the plan, the
// tiles hold the operator's result on the whole raster, no block is decoded
// twice, and each byte is accounted for.
#include <gtest/gtest.h>

#include <random>

#include "focal_rig.h"
#include "short_runs.h"

namespace
{

constexpr uint64_t kMB = 1048576;
constexpr uint64_t kNoEnd = UINT64_C(1) << 40;

class Maker
{
  public:
    explicit Maker(unsigned seed) : random_(seed) {}

    int32_t Pick(int32_t from, int32_t to)
    {
        return std::uniform_int_distribution<int32_t>(from, to)(random_);
    }

    void Make(FocalCopy *copy, int32_t workers)
    {
        static const uint32_t kBytes[] = {1, 2, 4, 8};

        copy->layout.n_planes = Pick(1, 4);
        copy->layout.sample_bytes = kBytes[Pick(0, 3)];
        copy->layout.interleaved = Pick(0, 1) == 1;
        copy->limits.max_workers = workers;
        copy->limits.worker_bytes = static_cast<uint64_t>(Pick(0, 1000));
        copy->limits.spill_bytes = Pick(0, 1) == 0 ? 0 : kNoEnd;
        MakeShape(&copy->shape);
        copy->shape.input_px_bytes = kBytes[Pick(0, 3)];
        copy->shape.focal_px_bytes = static_cast<uint64_t>(Pick(0, 16));
        FocalSetBytes(copy);
    }

    // A plan with the least budget, with half as much again, or with plenty.
    void Plan(FocalCopy *copy, int which)
    {
        uint64_t least = 0;

        copy->limits.budget_bytes = 1;
        ASSERT_EQ(FocalPlan(copy, &least), RT_ERR_ARGUMENT);
        copy->limits.budget_bytes = which == 0   ? least
                                    : which == 1 ? least + least / 2
                                                 : UINT64_C(1) << 28;
        ASSERT_EQ(FocalPlan(copy, &least), RT_OK) << copy->error.text;
    }

  private:
    void MakeShape(rt_copy_shape *shape)
    {
        static const int32_t kHalos[] = {0, 1, 5, 40};

        shape->w_px = Pick(1, 200);
        shape->h_px = Pick(1, 200);
        shape->tile_w_px = 16 * Pick(1, 3);
        shape->tile_h_px = 16 * Pick(1, 3);
        shape->access = static_cast<rt_access>(Pick(0, 2));
        shape->source_block_w_px =
            shape->access == RT_ACCESS_RANDOM ? Pick(1, 70) : shape->w_px;
        shape->source_block_h_px = Pick(1, Pick(0, 1) == 0 ? 8 : 70);
        if (shape->access == RT_ACCESS_RANDOM)
            shape->source_block_x_px = Pick(0, shape->source_block_w_px - 1);
        shape->source_block_y_px = Pick(0, shape->source_block_h_px - 1);
        shape->parallel =
            shape->access != RT_ACCESS_SEQUENTIAL && Pick(0, 3) > 0;
        shape->held_px_bytes = static_cast<uint64_t>(Pick(0, 8));
        shape->held_bytes = static_cast<uint64_t>(Pick(0, 4096));
        shape->halo_px = kHalos[Pick(0, 3)];
    }

    std::mt19937 random_;
};

TEST(CopyFocal, MakesWhatTheOperatorMakesOfTheWholeRaster)
{
    Maker maker(11);
    int segmented = 0, on_disk = 0, in_turns = 0;

    for (int i = 0; i < Times(1000); i++) {
        FocalCopy copy;

        maker.Make(&copy, i % 8 + 1);
        ASSERT_NO_FATAL_FAILURE(maker.Plan(&copy, i % 3)) << i;
        FocalRun(&copy);
        ASSERT_EQ(FocalFault(copy), "") << i;
        segmented += copy.plan.segmented ? 1 : 0;
        on_disk += copy.plan.memory_cols < copy.plan.tile_cols ? 1 : 0;
        in_turns += copy.plan.overlap ? 0 : 1;
    }
    EXPECT_GT(segmented, Times(50));
    EXPECT_GT(on_disk, Times(50));
    EXPECT_GT(in_turns, Times(50));
}

TEST(CopyFocal, EndsWithTheFirstError)
{
    Maker maker(12);
    int failed = 0;

    for (int i = 0; i < Times(400); i++) {
        FocalCopy copy;

        maker.Make(&copy, i % 8 + 1);
        ASSERT_NO_FATAL_FAILURE(maker.Plan(&copy, i % 3)) << i;
        (i % 2 == 0 ? copy.fail_decode : copy.fail_apply) = maker.Pick(0, 5);
        FocalRun(&copy);
        if (copy.status == RT_OK) {
            ASSERT_EQ(FocalFault(copy), "") << i; // the copy made fewer calls
            continue;
        }
        failed++;
        ASSERT_EQ(copy.status, RT_ERR_SOURCE) << copy.error.text;
        ASSERT_EQ(std::string(copy.error.text),
                  i % 2 == 0 ? "made-up decode" : "made-up apply");
        ASSERT_TRUE(copy.faults.empty()) << copy.faults[0];
        ASSERT_EQ(copy.left_over, 0U) << i;
    }
    EXPECT_GT(failed, Times(150));
}

TEST(CopyFocal, IsCancelledByTheCaller)
{
    FocalCopy copy;
    uint64_t least = 0;

    copy.layout = {1, 4, false, false, false};
    copy.shape.w_px = copy.shape.source_block_w_px = 1000;
    copy.shape.h_px = 100000;
    copy.shape.source_block_h_px = copy.shape.tile_w_px = copy.shape.tile_h_px =
        16;
    copy.shape.access = RT_ACCESS_ROWS;
    copy.shape.parallel = true;
    copy.shape.halo_px = 5;
    copy.shape.input_px_bytes = 2;
    copy.limits.max_workers = 4;
    copy.limits.budget_bytes = 64 * kMB;
    FocalSetBytes(&copy);
    ASSERT_EQ(FocalPlan(&copy, &least), RT_OK);
    copy.cancel_at = 3;
    FocalRun(&copy);
    EXPECT_EQ(copy.status, RT_ERR_CANCELLED);
    EXPECT_EQ(copy.left_over, 0U);
    EXPECT_TRUE(copy.faults.empty()) << copy.faults[0];
}

TEST(CopyFocal, RefusesAPlanForAnotherHalo)
{
    Maker maker(13);
    FocalCopy copy;

    maker.Make(&copy, 2);
    ASSERT_NO_FATAL_FAILURE(maker.Plan(&copy, 2));
    copy.shape.halo_px++;
    FocalRun(&copy);
    EXPECT_EQ(copy.status, RT_ERR_INTERNAL);
    EXPECT_EQ(copy.decodes, 0);
}

// Float32 in blocks of 512, copied to tiles of 256 in 8 MiB. A published writer
// that decodes whole neighbouring blocks needs 12 to 15 MiB, and reads each
// pixel of the source 5.5 to 9.7 times.
class CopyFocalPublished : public testing::TestWithParam<rt_window>
{
};

TEST_P(CopyFocalPublished, StaysWithin8MiBAndDecodesEachBlockOnce)
{
    FocalCopy copy;
    uint64_t least = 0;

    copy.layout = {1, 4, false, false, false};
    copy.shape.w_px = GetParam().w_px;
    copy.shape.h_px = GetParam().h_px;
    copy.shape.source_block_w_px = copy.shape.source_block_h_px = 512;
    copy.shape.tile_w_px = copy.shape.tile_h_px = 256;
    copy.shape.access = RT_ACCESS_RANDOM;
    copy.shape.parallel = true;
    copy.shape.halo_px = 1;
    copy.shape.input_px_bytes = 4;
    copy.shape.focal_px_bytes = 8;
    copy.limits.max_workers = 2;
    copy.limits.budget_bytes = 8 * kMB;
    copy.limits.spill_bytes = 10 * 1024 * kMB;
    FocalSetBytes(&copy);
    copy.limits.encode_bytes += 1024;
    copy.limits.worker_bytes = 300 * 1024;
    ASSERT_EQ(FocalPlan(&copy, &least), RT_OK) << copy.error.text;
    EXPECT_EQ(copy.plan.n_workers, 2);
    FocalRun(&copy);
    EXPECT_EQ(FocalFault(copy), "");
    EXPECT_LE(copy.result.peak_bytes, 8 * kMB);
    EXPECT_EQ(copy.result.decoded_px, rt_window_area(&GetParam()));
    for (int n : copy.blocks)
        EXPECT_EQ(n, 1);
}

INSTANTIATE_TEST_SUITE_P(Rasters, CopyFocalPublished,
                         testing::Values(rt_window{0, 0, 2048, 8192},
                                         rt_window{0, 0, 8192, 2048},
                                         rt_window{0, 0, 1024, 8192}));

} // namespace
