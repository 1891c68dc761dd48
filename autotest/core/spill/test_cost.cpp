// Whether writing a block to a temporary file pays.
#include <gtest/gtest.h>

#include "core/spill/cost.h"

namespace
{

constexpr uint64_t kBytes = 1000000;

TEST(SpillCost, PaysFromTwiceTheWayThereAndBack)
{
    const struct rt_spill_cost cost = {2000, 500}; // 2.5 ms for kBytes

    EXPECT_FALSE(rt_spill_cost_pays(&cost, 5000000, kBytes));
    EXPECT_TRUE(rt_spill_cost_pays(&cost, 5001000, kBytes));
    EXPECT_FALSE(rt_spill_cost_pays(&cost, 0, kBytes));
    EXPECT_TRUE(rt_spill_cost_pays(&cost, UINT64_MAX, kBytes));
}

TEST(SpillCost, FirstSparesWhatDecodesFast)
{
    const struct rt_spill_cost cost = rt_spill_cost_first();

    // A block of 768 kB takes 4 ms to decode from strips, and 20 ms from a
    // tiled JPEG 2000.
    EXPECT_FALSE(rt_spill_cost_pays(&cost, 4000000, 768 << 10));
    EXPECT_TRUE(rt_spill_cost_pays(&cost, 20000000, 768 << 10));
}

TEST(SpillCost, FollowsWhatIsMeasured)
{
    struct rt_spill_cost cost = {1600, 0};

    rt_spill_cost_add(&cost.write_ps, 32 * kBytes,
                      kBytes); // 32 ns for each byte
    EXPECT_EQ(cost.write_ps, 1500u + 2000u);
    for (int i = 0; i < 500; i++)
        rt_spill_cost_add(&cost.write_ps, 32 * kBytes, kBytes);
    EXPECT_GT(cost.write_ps, 31900u);
    EXPECT_LE(cost.write_ps, 32000u);
}

TEST(SpillCost, IsNotMovedByWhatCannotBe)
{
    struct rt_spill_cost cost = {1600, 100};

    rt_spill_cost_add(&cost.write_ps, 5, 0);
    rt_spill_cost_add(&cost.read_ps, UINT64_MAX, 1);
    EXPECT_EQ(cost.write_ps, 1600u);
    EXPECT_EQ(cost.read_ps, 100u);
}

} // namespace
