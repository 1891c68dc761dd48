// Bytes for decoding in a block cache: with RT_RESERVE_TRY, WAIT and OVERDRAW.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "cache_rig.h"

namespace
{

class Reserve : public CacheRig
{
  protected:
    static constexpr uint64_t kLimit = 10000;

    Reserve() { rt_block_cache_set_limit(cache_, kLimit); }
    bool Take(uint64_t bytes, enum rt_reserve how)
    {
        return rt_block_cache_reserve(cache_, bytes, how);
    }
    void Give(uint64_t bytes) { rt_block_cache_release(cache_, bytes); }
};

TEST_F(Reserve, TryLeavesNothingBehindIfThereIsNoRoom)
{
    ASSERT_TRUE(Take(6000, RT_RESERVE_TRY));
    EXPECT_FALSE(Take(4001, RT_RESERVE_TRY));
    EXPECT_EQ(Counters().used_bytes, 6000u);
    EXPECT_TRUE(Take(4000, RT_RESERVE_TRY));
    Give(6000);
    Give(4000);
    EXPECT_EQ(Counters().used_bytes, 0u);
}

TEST_F(Reserve, WhatIsSetAsideLeavesHalfForBlocks)
{
    const uint64_t kMany = 3 * RT_CACHE_BLOCK_BYTES;
    rt_block_cache_set_limit(cache_, kMany);
    ASSERT_TRUE(Put(1));
    const uint64_t kBlock = Counters().used_bytes;

    EXPECT_EQ(rt_block_cache_decoder_room(cache_), kMany / 4);
    EXPECT_EQ(rt_block_cache_set_aside(cache_, kMany / 4), kMany / 4);
    EXPECT_EQ(Counters().used_bytes, kBlock + kMany / 4);
    EXPECT_EQ(rt_block_cache_set_aside(cache_, kMany), kMany / 4);
    EXPECT_EQ(rt_block_cache_set_aside(cache_, 1), 0u);
    EXPECT_EQ(rt_block_cache_decoder_room(cache_), 0u);
    /* It is no reservation, so no thread waits for it. */
    EXPECT_FALSE(Take(kMany, RT_RESERVE_WAIT));
    Give(kMany);
    rt_block_cache_take_back(cache_, kMany / 2);
    EXPECT_LE(Counters().used_bytes, kBlock);
}

TEST_F(Reserve, OfALittleCacheNothingIsSetAside)
{
    const uint64_t kMost = RT_CACHE_BLOCK_BYTES;

    rt_block_cache_set_limit(cache_, kMost);
    EXPECT_EQ(rt_block_cache_decoder_room(cache_), 0u);
    EXPECT_EQ(rt_block_cache_set_aside(cache_, 1000), 0u);
    rt_block_cache_set_limit(cache_, kMost + 1000);
    EXPECT_EQ(rt_block_cache_set_aside(cache_, kMost), 1000u);
    rt_block_cache_take_back(cache_, 1000);
}

TEST_F(Reserve, BlocksGoForWhatIsSetAside)
{
    rt_block_cache_set_limit(cache_, 3 * RT_CACHE_BLOCK_BYTES);
    for (int i = 0; Counters().evictions == 0; i++)
        ASSERT_TRUE(Put(i));
    const uint64_t kEvictions = Counters().evictions;

    EXPECT_EQ(rt_block_cache_set_aside(cache_, 50000), 50000u);
    EXPECT_GT(Counters().evictions, kEvictions);
    EXPECT_LE(Counters().used_bytes, 3 * RT_CACHE_BLOCK_BYTES);
    rt_block_cache_take_back(cache_, 50000);
}

TEST_F(Reserve, OverdrawDoesNotWaitForOthers)
{
    std::thread([&] { EXPECT_TRUE(Take(9000, RT_RESERVE_TRY)); }).join();
    EXPECT_FALSE(Take(2000, RT_RESERVE_OVERDRAW));
    EXPECT_EQ(Counters().used_bytes, 11000u);
    Give(2000);
    Give(9000);
}

TEST_F(Reserve, WaitOverdrawsIfNobodyElseHasReserved)
{
    ASSERT_TRUE(Put(1));
    struct rt_block *pinned = Pin(1);

    EXPECT_FALSE(Take(kLimit, RT_RESERVE_WAIT));
    EXPECT_GT(Counters().used_bytes, kLimit);
    Give(kLimit);
    Unpin(pinned);
}

TEST_F(Reserve, WaitOverdrawsForAThreadThatHoldsAReservationItself)
{
    ASSERT_TRUE(Take(9000, RT_RESERVE_WAIT));
    EXPECT_FALSE(Take(2000, RT_RESERVE_WAIT));
    EXPECT_EQ(Counters().used_bytes, 11000u);
    Give(2000);
    Give(9000);
    EXPECT_EQ(Counters().used_bytes, 0u);
}

// Two threads that each hold a reservation would wait for each other forever.
TEST_F(Reserve, WaitEndsIfNothingMoves)
{
    std::thread([&] { EXPECT_TRUE(Take(9000, RT_RESERVE_TRY)); }).join();
    EXPECT_FALSE(Take(2000, RT_RESERVE_WAIT));
    Give(2000);
    Give(9000);
    EXPECT_EQ(Counters().used_bytes, 0u);
}

TEST_F(Reserve, WaitGetsWhatAnUnpinGives)
{
    std::atomic<bool> waiting{false};

    rt_block_cache_set_limit(cache_, Room(1) + 5000);
    ASSERT_TRUE(Put(1));
    struct rt_block *pinned = Pin(1);

    ASSERT_TRUE(Take(1000, RT_RESERVE_TRY));
    std::thread other([&] {
        waiting = true;
        EXPECT_TRUE(Take(4001, RT_RESERVE_WAIT));
        Give(4001);
    });

    while (!waiting)
        std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_TRUE(Has(1));
    Unpin(pinned);
    other.join();
    EXPECT_FALSE(Has(1));
    EXPECT_LE(Counters().peak_bytes, Room(1) + 5000);
    Give(1000);
}

TEST_F(Reserve, WaitKeepsManyThreadsUnderTheLimit)
{
    std::vector<std::thread> threads;
    std::atomic<int> held{0}, most{0}, failed{0};

    for (int i = 0; i < 8; i++)
        threads.emplace_back([&] {
            for (int n = 0; n < 300; n++) {
                failed += !Take(3000, RT_RESERVE_WAIT);
                const int now = ++held;

                for (int seen = most;
                     now > seen && !most.compare_exchange_weak(seen, now);) {
                }
                std::this_thread::yield();
                held--;
                Give(3000);
            }
        });
    for (std::thread &thread : threads)
        thread.join();
    EXPECT_EQ(failed, 0);
    EXPECT_LE(most, 3);
    EXPECT_LE(Counters().peak_bytes, kLimit);
    EXPECT_EQ(Counters().used_bytes, 0u);
}

} // namespace
