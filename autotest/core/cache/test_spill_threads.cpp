// A block cache that spills, with many threads, and forks in between.
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "short_runs.h"
#include "spill_rig.h"

namespace
{

class SpillThreads : public SpillRig
{
  protected:
    static constexpr int32_t kBlocks = 200;

    void InThreads(uint32_t n, const std::function<void(uint32_t)> &body)
    {
        std::vector<std::thread> threads;

        for (uint32_t i = 0; i < n; i++)
            threads.emplace_back(body, i);
        for (std::thread &thread : threads)
            thread.join();
    }

    // Reads or creates blocks at random. Returns how many had wrong pixels.
    uint64_t Hammer(uint32_t seed, int rounds, enum rt_spill spill)
    {
        std::minstd_rand random(seed + 1);
        uint64_t wrong = 0;

        for (int i = 0; i < rounds; i++) {
            const auto col = static_cast<int32_t>(random() % kBlocks);
            struct rt_block *block = Pin(col);

            if (block == nullptr) {
                (void)PutLarge(col, spill, UINT64_MAX);
                continue;
            }
            wrong += !IsPainted(col, block);
            Unpin(block);
            if (random() % 64 == 0)
                Drop(col);
        }
        return wrong;
    }

    void HammerAtEachBudget(enum rt_spill spill)
    {
        const uint64_t all = kBlocks * (kLarge + Room(1) - kPixels);

        for (const uint64_t limit :
             {UINT64_C(0), all / kBlocks, all / 10, all}) {
            std::atomic<uint64_t> wrong{0};

            rt_block_cache_set_limit(cache_, limit);
            InThreads(8, [&](uint32_t i) { wrong += Hammer(i, 1500, spill); });
            EXPECT_EQ(wrong, 0u);
            EXPECT_LE(Counters().used_bytes, limit);
            EXPECT_EQ(Counters().used_bytes, Counters().resident_bytes);
        }
        EXPECT_LE(Counters().peak_bytes, UINT64_C(1) << 21);
        rt_block_cache_set_limit(cache_, 0);
        EXPECT_EQ(Counters().used_bytes, 0u);
        EXPECT_EQ(Counters().spill_bytes, 0u);
        EXPECT_EQ(rt_budget_used(disk_), 0u);
    }
};

TEST_F(SpillThreads, FindNoWrongPixelWithoutSpill)
{
    HammerAtEachBudget(RT_SPILL_NONE);
    EXPECT_EQ(Counters().spill_writes, 0u);
}

TEST_F(SpillThreads, FindNoWrongPixelInMemory)
{
    HammerAtEachBudget(RT_SPILL_MEMORY);
    EXPECT_GT(Counters().spill_reads, 0u);
}

TEST_F(SpillThreads, FindNoWrongPixelOnDisk)
{
    UseFolder();
    HammerAtEachBudget(RT_SPILL_DISK);
    EXPECT_GT(Counters().spill_reads, 0u);
}

TEST_F(SpillThreads, FindNoWrongPixelOnADiskThatIsFull)
{
    UseFolder();
    rt_budget_set_limit(disk_, 10 * kLarge);
    HammerAtEachBudget(RT_SPILL_AUTO);
    EXPECT_GT(Counters().spill_reads, 0u);
    EXPECT_LE(rt_budget_peak(disk_), 10 * kLarge);
}

TEST_F(SpillThreads, StayUnderTheLimitWhateverTheSpill)
{
    UseFolder();
    for (const enum rt_spill spill :
         {RT_SPILL_NONE, RT_SPILL_MEMORY, RT_SPILL_DISK}) {
        struct rt_block_cache *big = cache_;
        const uint64_t limit =
            40 * kLarge; // two blocks for each thread, and spill

        rt_block_cache_set_limit(big, limit);
        InThreads(8, [&](uint32_t i) { Hammer(i, 800, spill); });
        rt_block_cache_set_limit(big, 0);
    }
    EXPECT_LE(Counters().peak_bytes, 40 * kLarge);
}

TEST_F(SpillThreads, ReadASpilledBlockBackOnce)
{
    UseFolder();
    for (const enum rt_spill spill : {RT_SPILL_MEMORY, RT_SPILL_DISK})
        for (int32_t col = 0; col < 20; col++) {
            const uint64_t before = Counters().spill_reads;
            std::atomic<int> ready{0}, right{0};

            ASSERT_TRUE(PutLarge(col, spill));
            EvictAll();
            InThreads(8, [&](uint32_t) {
                ready++;
                while (ready < 8)
                    std::this_thread::yield();
                right += IsRight(col);
            });
            EXPECT_EQ(right, 8);
            EXPECT_EQ(Counters().spill_reads, before + 1);
            Drop(col);
        }
}

// A child reads, evicts and spills on its own, and ends in time.
TEST_F(SpillThreads, ForkedAmidTheirWorkLeaveACacheThatWorks)
{
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    GTEST_SKIP() << "a fork may leave the sanitizer's allocator locked";
#endif
#endif
    std::atomic<bool> stop{false};
    std::atomic<uint64_t> wrong{0};
    int good = 0;

    UseFolder();
    std::vector<std::thread> threads;

    for (uint32_t i = 0; i < 4; i++)
        threads.emplace_back([&, i] {
            while (!stop)
                wrong +=
                    Hammer(i, 50, i % 2 == 0 ? RT_SPILL_DISK : RT_SPILL_MEMORY);
        });
    for (int i = 0; i < Times(100); i++) {
        const pid_t child = fork();
        int status = -1;

        if (child == 0) {
            alarm(300);
            const bool right = Hammer(99, 150, RT_SPILL_DISK) == 0 &&
                               Hammer(98, 150, RT_SPILL_MEMORY) == 0;

            _exit(right && Counters().used_bytes <= kLimit ? 0 : 1);
        }
        ASSERT_GT(child, 0);
        waitpid(child, &status, 0);
        good += WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    stop = true;
    for (std::thread &thread : threads)
        thread.join();
    EXPECT_EQ(good, Times(100));
    EXPECT_EQ(wrong, 0u);
}

TEST_F(SpillThreads, OfTheParentKeepWhatTheyHadReserved)
{
    ASSERT_TRUE(rt_block_cache_reserve(cache_, kLimit / 2, RT_RESERVE_TRY));
    const pid_t child = fork();
    int status = -1;

    if (child == 0) {
        const bool forgotten = Counters().used_bytes == 0;

        rt_block_cache_release(cache_, kLimit / 2); // must have no effect
        _exit(forgotten && Counters().used_bytes == 0 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_EQ(Counters().used_bytes, kLimit / 2);
    rt_block_cache_release(cache_, kLimit / 2);
}

} // namespace
