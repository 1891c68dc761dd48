// What a view counts, and the set of blocks that it has decoded.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "core/base/stats.h"

namespace
{

constexpr int64_t kLastBlock = INT64_C(2147483646);

class BlockSet : public testing::Test
{
  protected:
    BlockSet() : set_(rt_block_set_create()) {}
    ~BlockSet() override { rt_block_set_destroy(set_); }

    bool Add(int64_t number) { return rt_block_set_add(set_, number); }

    struct rt_block_set *set_;
};

TEST(Stats, BeginAtZero)
{
    struct rt_stats *stats = rt_stats_create();

    for (int i = 0; i < RT_STAT_COUNT; i++)
        EXPECT_EQ(rt_stats_get(stats, static_cast<enum rt_stat>(i)), 0u);
    rt_stats_destroy(stats);
}

TEST(Stats, AddUpEachForItself)
{
    struct rt_stats *stats = rt_stats_create();

    for (int i = 0; i < RT_STAT_COUNT; i++)
        for (int n = 0; n < 2; n++)
            rt_stats_add(stats, static_cast<enum rt_stat>(i),
                         UINT64_C(10000000000) + static_cast<uint64_t>(i));
    for (int i = 0; i < RT_STAT_COUNT; i++)
        EXPECT_EQ(rt_stats_get(stats, static_cast<enum rt_stat>(i)),
                  UINT64_C(20000000000) + 2 * static_cast<uint64_t>(i));
    rt_stats_destroy(stats);
}

TEST(Stats, LoseNothingBetweenThreads)
{
    struct rt_stats *stats = rt_stats_create();
    std::vector<std::thread> threads;

    for (int i = 0; i < 8; i++)
        threads.emplace_back([stats] {
            for (int n = 0; n < 10000; n++)
                rt_stats_add(stats, RT_STAT_HITS, 3);
        });
    for (std::thread &thread : threads)
        thread.join();
    EXPECT_EQ(rt_stats_get(stats, RT_STAT_HITS), 240000u);
    rt_stats_destroy(stats);
}

TEST(Stats, DestroyTakesNull)
{
    rt_stats_destroy(nullptr);
    rt_block_set_destroy(nullptr);
}

TEST_F(BlockSet, HasANumberFromItsFirstAddOn)
{
    EXPECT_TRUE(Add(5));
    EXPECT_FALSE(Add(5));
    EXPECT_FALSE(Add(5));
}

TEST_F(BlockSet, HasOnlyWhatWasAdded)
{
    for (int64_t i = 0; i < 200; i += 2)
        EXPECT_TRUE(Add(i));
    for (int64_t i = 0; i < 200; i++)
        EXPECT_EQ(Add(i), i % 2 == 1) << i;
}

TEST_F(BlockSet, TakesBothEndsOfTheRange)
{
    EXPECT_TRUE(Add(0));
    EXPECT_TRUE(Add(kLastBlock));
    EXPECT_TRUE(Add(kLastBlock - 1));
    EXPECT_FALSE(Add(0));
    EXPECT_FALSE(Add(kLastBlock));
    EXPECT_FALSE(Add(kLastBlock - 1));
}

TEST_F(BlockSet, KeepsNumbersOnBothSidesOfAPowerOfTwoApart)
{
    for (int shift = 3; shift < 31; shift++) {
        EXPECT_TRUE(Add((INT64_C(1) << shift) - 1)) << shift;
        EXPECT_TRUE(Add(INT64_C(1) << shift)) << shift;
    }
    for (int shift = 3; shift < 31; shift++) {
        EXPECT_FALSE(Add((INT64_C(1) << shift) - 1));
        EXPECT_FALSE(Add(INT64_C(1) << shift));
    }
}

TEST_F(BlockSet, IsEmptyInAnotherSet)
{
    struct rt_block_set *other = rt_block_set_create();

    EXPECT_TRUE(Add(9));
    EXPECT_TRUE(rt_block_set_add(other, 9));
    rt_block_set_destroy(other);
}

TEST_F(BlockSet, ReportsANewNumberToOneThreadOnly)
{
    constexpr int64_t kNumbers = 5000, kStep = 1009;
    std::atomic<int64_t> added{0};
    std::vector<std::thread> threads;

    for (int64_t i = 0; i < 8; i++)
        threads.emplace_back([&, i] {
            for (int64_t n = 0; n < kNumbers; n++)
                if (Add((n + i * 600) % kNumbers * kStep))
                    added++;
        });
    for (std::thread &thread : threads)
        thread.join();
    EXPECT_EQ(added, kNumbers);
}

} // namespace
