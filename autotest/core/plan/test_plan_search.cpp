// The work of a search for a plan, as a count. It must not grow with the number
// of workers, nor with that of rows: more than a few thousand steps are felt.
#include <algorithm>
#include <cstdint>

#include "copy_plan_rig.h"
#include "plan_count.h"

namespace
{

class CopyPlanSearch : public CopyPlanRig
{
  protected:
    // The most work of a search among budgets from too small to ample, with and
    // without a disk.
    plan_count MostWork(int32_t max_workers)
    {
        plan_count most = {0, 0};

        limits_.max_workers = max_workers;
        for (const uint64_t spill_bytes : {UINT64_C(0), 500 * kMB, kNoEnd})
            for (uint64_t budget = kMB; budget <= 16384 * kMB; budget *= 8) {
                limits_.spill_bytes = spill_bytes;
                limits_.budget_bytes = budget;
                (void)plan_count_take();
                const enum rt_status status = Status();
                const plan_count taken = plan_count_take();

                EXPECT_TRUE(status == RT_OK || status == RT_ERR_ARGUMENT)
                    << err_.text;
                n_found_ += status == RT_OK;
                most.measured = std::max(most.measured, taken.measured);
                most.steps = std::max(most.steps, taken.steps);
            }
        return most;
    }
    void SetLevels()
    {
        int32_t w = shape_.w_px, h = shape_.h_px;

        for (shape_.levels.n = 0; w > 512 || h > 512; shape_.levels.n++) {
            w = (w + 1) / 2;
            h = (h + 1) / 2;
            shape_.levels.w_px[shape_.levels.n] = w;
            shape_.levels.h_px[shape_.levels.n] = h;
        }
    }

    int n_found_ = 0;
};

// Strips of one row each: a raster has as many steps as rows, and counting
// down would try hundreds of numbers of workers.
TEST_F(CopyPlanSearch, IsShortForAnyNumberOfRowsAndWorkers)
{
    for (const enum rt_access access : {RT_ACCESS_ROWS, RT_ACCESS_SEQUENTIAL})
        for (const int32_t strip_h_px : {1, 7}) {
            SetStrips(100000, 100000, strip_h_px);
            shape_.access = access;
            for (const int32_t max_workers : {1, 64, 256}) {
                shape_.levels.n = 0;
                const plan_count plain = MostWork(max_workers);

                EXPECT_LE(plain.measured, 100u);
                EXPECT_LE(plain.steps, 10000u);
                SetLevels();
                const plan_count levels = MostWork(max_workers);

                EXPECT_LE(levels.measured, 800u);
                EXPECT_LE(levels.steps, 15000u);
            }
        }
    EXPECT_GT(n_found_, 0);
}

// Whatever the numbers of workers: the plans that differ only in it are gone
// through once.
TEST_F(CopyPlanSearch, GoesThroughPlansOfOtherWorkersOnce)
{
    SetStrips(100000, 100000, 1);
    const plan_count one = MostWork(1);
    const plan_count many = MostWork(256);

    EXPECT_EQ(many.measured, one.measured);
    EXPECT_EQ(many.steps, one.steps);
}

TEST_F(CopyPlanSearch, IsNotLongerForTilesOfManySizes)
{
    for (const int32_t tile_px : {256, 512, 2048})
        for (const int32_t source_block_px : {300, 1000, 100000}) {
            SetSource(100000, 100000, source_block_px, source_block_px);
            shape_.tile_w_px = shape_.tile_h_px = tile_px;
            const plan_count found = MostWork(256);

            EXPECT_LE(found.measured, 2000u) << tile_px << source_block_px;
            EXPECT_LE(found.steps, 200000u) << tile_px << source_block_px;
        }
}

} // namespace
