// A count of bytes with a limit.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "core/base/budget.h"

namespace
{

struct Destroy {
    void operator()(struct rt_budget *budget) const
    {
        rt_budget_destroy(budget);
    }
};
using Budget = std::unique_ptr<struct rt_budget, Destroy>;

TEST(Budget, GivesOutToTheLastByteAndNoFurther)
{
    const Budget budget(rt_budget_create(100));

    EXPECT_TRUE(rt_budget_reserve(budget.get(), 60));
    EXPECT_FALSE(rt_budget_reserve(budget.get(), 41));
    EXPECT_TRUE(rt_budget_reserve(budget.get(), 40));
    EXPECT_FALSE(rt_budget_reserve(budget.get(), 1));
    EXPECT_TRUE(rt_budget_reserve(budget.get(), 0));
    EXPECT_EQ(rt_budget_used(budget.get()), 100u);
}

TEST(Budget, GivesOutAgainWhatCameBack)
{
    const Budget budget(rt_budget_create(100));

    ASSERT_TRUE(rt_budget_reserve(budget.get(), 100));
    rt_budget_release(budget.get(), 30);
    EXPECT_EQ(rt_budget_used(budget.get()), 70u);
    EXPECT_FALSE(rt_budget_reserve(budget.get(), 31));
    EXPECT_TRUE(rt_budget_reserve(budget.get(), 30));
}

TEST(Budget, RefusesSumsThatWouldWrap)
{
    const Budget budget(rt_budget_create(UINT64_MAX - 1));

    ASSERT_TRUE(rt_budget_reserve(budget.get(), 10));
    EXPECT_FALSE(rt_budget_reserve(budget.get(), UINT64_MAX - 5));
    EXPECT_EQ(rt_budget_used(budget.get()), 10u);
}

TEST(Budget, OverdrawTakesAboveTheLimit)
{
    const Budget budget(rt_budget_create(100));

    rt_budget_overdraw(budget.get(), 150);
    EXPECT_EQ(rt_budget_used(budget.get()), 150u);
    EXPECT_EQ(rt_budget_excess(budget.get()), 50u);
    EXPECT_FALSE(rt_budget_reserve(budget.get(), 1));
    rt_budget_release(budget.get(), 60);
    EXPECT_EQ(rt_budget_excess(budget.get()), 0u);
    EXPECT_TRUE(rt_budget_reserve(budget.get(), 10));
}

TEST(Budget, LowerLimitLeavesAnExcess)
{
    const Budget budget(rt_budget_create(100));

    ASSERT_TRUE(rt_budget_reserve(budget.get(), 80));
    rt_budget_set_limit(budget.get(), 50);
    EXPECT_EQ(rt_budget_limit(budget.get()), 50u);
    EXPECT_EQ(rt_budget_used(budget.get()), 80u);
    EXPECT_EQ(rt_budget_excess(budget.get()), 30u);
    EXPECT_FALSE(rt_budget_reserve(budget.get(), 1));
}

TEST(Budget, RaisedLimitGivesMore)
{
    const Budget budget(rt_budget_create(0));

    EXPECT_FALSE(rt_budget_reserve(budget.get(), 1));
    rt_budget_set_limit(budget.get(), 1);
    EXPECT_TRUE(rt_budget_reserve(budget.get(), 1));
}

TEST(Budget, PeakStaysAtTheHighestUse)
{
    const Budget budget(rt_budget_create(100));

    ASSERT_TRUE(rt_budget_reserve(budget.get(), 70));
    rt_budget_release(budget.get(), 70);
    ASSERT_TRUE(rt_budget_reserve(budget.get(), 20));
    EXPECT_EQ(rt_budget_peak(budget.get()), 70u);
    rt_budget_overdraw(budget.get(), 200);
    EXPECT_EQ(rt_budget_peak(budget.get()), 220u);
}

TEST(Budget, RefusedBytesDoNotRaiseThePeak)
{
    const Budget budget(rt_budget_create(100));

    EXPECT_FALSE(rt_budget_reserve(budget.get(), 101));
    EXPECT_EQ(rt_budget_peak(budget.get()), 0u);
}

TEST(Budget, ThreadsNeverTakeMoreThanTheLimitTogether)
{
    const Budget budget(rt_budget_create(1000));
    std::atomic<int64_t> held{0};
    std::atomic<bool> over{false};
    std::vector<std::thread> threads;

    for (uint64_t i = 0; i < 8; i++)
        threads.emplace_back([&, i] {
            for (uint64_t n = 0; n < 5000; n++) {
                const uint64_t bytes = 100 + (n * 7 + i * 13) % 300;

                if (!rt_budget_reserve(budget.get(), bytes))
                    continue;
                if ((held += static_cast<int64_t>(bytes)) > 1000)
                    over = true;
                held -= static_cast<int64_t>(bytes);
                rt_budget_release(budget.get(), bytes);
            }
        });
    for (std::thread &thread : threads)
        thread.join();
    EXPECT_FALSE(over);
    EXPECT_EQ(rt_budget_used(budget.get()), 0u);
    EXPECT_LE(rt_budget_peak(budget.get()), 1000u);
    EXPECT_GE(rt_budget_peak(budget.get()), 100u);
}

TEST(Budget, DestroyTakesNull)
{
    rt_budget_destroy(nullptr);
}

} // namespace
