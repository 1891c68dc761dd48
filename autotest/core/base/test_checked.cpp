// Products and sums of sizes that cannot wrap.
#include <gtest/gtest.h>

#include <cstdint>

#include "core/base/checked.h"

namespace
{

TEST(Checked, ProductIsExactUpToTheEndOfTheRange)
{
    uint64_t out = 1;

    EXPECT_TRUE(rt_mul_u64(UINT64_C(1) << 32, (UINT64_C(1) << 32) - 1, &out));
    EXPECT_EQ(out, UINT64_MAX - (UINT64_C(1) << 32) + 1);
    EXPECT_TRUE(rt_mul_u64(UINT64_MAX, 1, &out));
    EXPECT_EQ(out, UINT64_MAX);
    EXPECT_TRUE(rt_mul_u64(UINT64_MAX, 0, &out));
    EXPECT_EQ(out, 0u);
    EXPECT_TRUE(rt_mul_u64(0, UINT64_MAX, &out));
    EXPECT_EQ(out, 0u);
}

TEST(Checked, ProductThatDoesNotFitIsRefusedAndLeavesTheResult)
{
    uint64_t out = 77;

    EXPECT_FALSE(rt_mul_u64(UINT64_C(1) << 32, UINT64_C(1) << 32, &out));
    EXPECT_FALSE(rt_mul_u64(UINT64_MAX, 2, &out));
    EXPECT_FALSE(rt_mul_u64(3, UINT64_MAX / 3 + 1, &out));
    EXPECT_EQ(out, 77u);
}

TEST(Checked, SumIsExactUpToTheEndOfTheRange)
{
    uint64_t out = 1;

    EXPECT_TRUE(rt_add_u64(UINT64_MAX - 5, 5, &out));
    EXPECT_EQ(out, UINT64_MAX);
}

TEST(Checked, SumThatDoesNotFitIsRefusedAndLeavesTheResult)
{
    uint64_t out = 77;

    EXPECT_FALSE(rt_add_u64(UINT64_MAX - 5, 6, &out));
    EXPECT_FALSE(rt_add_u64(6, UINT64_MAX - 5, &out));
    EXPECT_EQ(out, 77u);
}

} // namespace
