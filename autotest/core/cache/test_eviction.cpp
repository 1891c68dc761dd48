// Decoded blocks under a byte budget: which one is evicted first.
#include <gtest/gtest.h>

#include <cstdint>

#include "cache_rig.h"

namespace
{

class Eviction : public CacheRig
{
};

TEST_F(Eviction, TakesTheOldestUnpinnedBlockFirst)
{
    SetRoom(3);
    for (int32_t col = 1; col <= 3; col++)
        ASSERT_TRUE(Put(col));
    ASSERT_TRUE(Put(4));
    EXPECT_FALSE(Has(1));
    EXPECT_TRUE(Has(2) && Has(3) && Has(4));
    ASSERT_TRUE(Put(5));
    EXPECT_FALSE(Has(2));
    EXPECT_TRUE(Has(3) && Has(4) && Has(5));
    EXPECT_EQ(Counters().evictions, 2u);
}

TEST_F(Eviction, SparesABlockThatWasReadLately)
{
    SetRoom(3);
    for (int32_t col = 1; col <= 3; col++)
        ASSERT_TRUE(Put(col));
    Touch(1);
    ASSERT_TRUE(Put(4));
    EXPECT_TRUE(Has(1));
    EXPECT_FALSE(Has(2));
}

TEST_F(Eviction, OfACopyFollowsTheOrderInWhichBlocksCame)
{
    SetRoom(4);
    rt_block_cache_serve_in_order(cache_);
    for (int32_t col = 1; col <= 12; col++) {
        ASSERT_TRUE(Put(col));
        // The first blocks are read again and again, as at the upper edge of
        // what a copy has just passed.
        for (int32_t i = 1; i <= 4; i++)
            if (Has(i))
                Touch(i);
        EXPECT_TRUE(Has(col));
        EXPECT_TRUE(col < 3 || (Has(col - 1) && Has(col - 2)));
        EXPECT_FALSE(col > 4 && Has(col - 4));
    }
}

TEST_F(Eviction, OfACopyLeavesAPinnedBlockAlone)
{
    SetRoom(2);
    rt_block_cache_serve_in_order(cache_);
    ASSERT_TRUE(Put(1));
    struct rt_block *pinned = Pin(1);

    for (int32_t col = 2; col < 6; col++)
        ASSERT_TRUE(Put(col));
    EXPECT_TRUE(Has(1) && Has(5));
    rt_block_cache_unpin(cache_, pinned);
    ASSERT_TRUE(Put(6));
    ASSERT_TRUE(Put(7));
    EXPECT_FALSE(Has(1));
}

TEST_F(Eviction, IsNotDelayedByAskingWhetherABlockIsThere)
{
    SetRoom(2);
    ASSERT_TRUE(Put(1));
    ASSERT_TRUE(Put(2));
    EXPECT_TRUE(Has(1));
    ASSERT_TRUE(Put(3));
    EXPECT_FALSE(Has(1));
}

TEST_F(Eviction, LeavesAPinnedBlockAlone)
{
    SetRoom(2);
    ASSERT_TRUE(Put(1));
    struct rt_block *pinned = Pin(1);

    for (int32_t col = 2; col < 6; col++)
        ASSERT_TRUE(Put(col));
    EXPECT_TRUE(Has(1));
    EXPECT_EQ(static_cast<unsigned char *>(rt_block_pixels(pinned))[5], 1);
    EXPECT_EQ(Counters().resident_bytes, Room(2));
    Unpin(pinned);
}

TEST_F(Eviction, GivesNoRoomIfEverythingIsPinned)
{
    SetRoom(2);
    ASSERT_TRUE(Put(1));
    ASSERT_TRUE(Put(2));
    struct rt_block *first = Pin(1), *second = Pin(2);

    EXPECT_EQ(Create(Key(3)), nullptr);
    EXPECT_EQ(Counters().used_bytes, Room(2));
    Unpin(first);
    EXPECT_TRUE(Put(3));
    EXPECT_FALSE(Has(1));
    Unpin(second);
}

TEST_F(Eviction, HappensAtOnceWhenTheLimitIsLowered)
{
    SetRoom(4);
    for (int32_t col = 1; col <= 4; col++)
        ASSERT_TRUE(Put(col));
    SetRoom(2);
    EXPECT_FALSE(Has(1) || Has(2));
    EXPECT_TRUE(Has(3) && Has(4));
    EXPECT_EQ(Counters().resident_bytes, Room(2));
    EXPECT_EQ(Counters().limit_bytes, Room(2));
}

TEST_F(Eviction, WaitsForTheUnpinIfTheLimitWasLoweredUnderAPin)
{
    ASSERT_TRUE(Put(1));
    struct rt_block *pinned = Pin(1);

    rt_block_cache_set_limit(cache_, 0);
    EXPECT_EQ(Counters().resident_bytes, Room(1));
    EXPECT_TRUE(Has(1));
    EXPECT_EQ(static_cast<unsigned char *>(rt_block_pixels(pinned))[0], 1);
    Unpin(pinned);
    EXPECT_FALSE(Has(1));
    EXPECT_EQ(Counters().used_bytes, 0u);
}

TEST_F(Eviction, MakesRoomForMoreThanOneBlock)
{
    SetRoom(4);
    for (int32_t col = 1; col <= 4; col++)
        ASSERT_TRUE(Put(col));
    struct rt_block *large = Create(Key(9), 2 * kPixels);

    ASSERT_NE(large, nullptr);
    EXPECT_FALSE(Has(1) || Has(2));
    EXPECT_TRUE(Has(3) && Has(4));
    Unpin(large);
}

TEST_F(Eviction, IsNotTriedForABlockLargerThanTheLimit)
{
    SetRoom(3);
    ASSERT_TRUE(Put(1));
    EXPECT_EQ(Create(Key(9), Room(3)), nullptr);
    EXPECT_EQ(Create(Key(9), UINT64_MAX), nullptr);
    EXPECT_EQ(Create(Key(9), UINT64_MAX - 1000), nullptr);
    EXPECT_TRUE(Has(1));
    EXPECT_EQ(Counters().used_bytes, Room(1));
}

TEST_F(Eviction, CanHoldUpToTheLimitWithBookkeeping)
{
    SetRoom(1);
    EXPECT_TRUE(rt_block_cache_could_hold(cache_, kPixels));
    EXPECT_FALSE(rt_block_cache_could_hold(cache_, kPixels + 1));
    EXPECT_FALSE(rt_block_cache_could_hold(cache_, UINT64_MAX));
    EXPECT_TRUE(Put(1));
    rt_block_cache_set_limit(cache_, Room(1) - kPixels - 1);
    EXPECT_FALSE(rt_block_cache_could_hold(cache_, 0));
    rt_block_cache_set_limit(cache_, 0);
    EXPECT_FALSE(rt_block_cache_could_hold(cache_, 0));
}

TEST_F(Eviction, OfALimitOfNoneKeepsNothing)
{
    rt_block_cache_set_limit(cache_, 0);
    EXPECT_FALSE(Put(1));
    EXPECT_EQ(Counters().used_bytes, 0u);
}

TEST_F(Eviction, SparesABlockThatHasNotServedOnce)
{
    SetRoom(3);
    ASSERT_TRUE(Put(1, false));
    ASSERT_TRUE(Put(2));
    ASSERT_TRUE(Put(3));
    ASSERT_TRUE(Put(4)); // 1 is the oldest, and spared
    EXPECT_TRUE(Has(1));
    EXPECT_FALSE(Has(2));
    ASSERT_TRUE(Put(5));
    EXPECT_TRUE(Has(1));
    EXPECT_FALSE(Has(3));
    ASSERT_TRUE(Put(6)); // spared only once
    EXPECT_FALSE(Has(1));
    EXPECT_TRUE(Has(4) && Has(5) && Has(6));
}

TEST_F(Eviction, SparesNoBlockThatHasBeenReadSince)
{
    SetRoom(3);
    ASSERT_TRUE(Put(1, false));
    Touch(1);
    ASSERT_TRUE(Put(2));
    ASSERT_TRUE(Put(3));
    ASSERT_TRUE(Put(4));
    EXPECT_FALSE(Has(1));
}

TEST_F(Eviction, EndsIfNoBlockHasServed)
{
    SetRoom(3);
    for (int32_t col = 1; col <= 3; col++)
        ASSERT_TRUE(Put(col, false));
    ASSERT_TRUE(Put(4, false)); // after all were spared once
    EXPECT_FALSE(Has(1));
    EXPECT_TRUE(Has(2) && Has(3) && Has(4));
}

TEST_F(Eviction, MakesRoomForReservedBytes)
{
    SetRoom(3);
    for (int32_t col = 1; col <= 3; col++)
        ASSERT_TRUE(Put(col));
    EXPECT_TRUE(rt_block_cache_reserve(cache_, Room(2), RT_RESERVE_TRY));
    EXPECT_FALSE(Has(1) || Has(2));
    EXPECT_TRUE(Has(3));
    EXPECT_FALSE(rt_block_cache_reserve(cache_, Room(2), RT_RESERVE_TRY));
    rt_block_cache_release(cache_, Room(2));
}

TEST_F(Eviction, IsNotTriedForReservedBytesAboveTheLimit)
{
    SetRoom(3);
    ASSERT_TRUE(Put(1));
    EXPECT_FALSE(rt_block_cache_reserve(cache_, Room(3) + 1, RT_RESERVE_TRY));
    EXPECT_TRUE(Has(1));
}

TEST_F(Eviction, TakesBackWhatAnOverdrawPushedOut)
{
    SetRoom(2);
    ASSERT_TRUE(Put(1));
    struct rt_block *pinned = Pin(1);

    EXPECT_FALSE(rt_block_cache_reserve(cache_, Room(2), RT_RESERVE_WAIT));
    EXPECT_EQ(Counters().used_bytes, Room(3));
    Unpin(pinned); // above the limit, so it is freed
    EXPECT_FALSE(Has(1));
    rt_block_cache_release(cache_, Room(2));
    EXPECT_EQ(Counters().used_bytes, 0u);
}

TEST_F(Eviction, ByAScanLeavesWhatIsReadAgain)
{
    SetRoom(20);
    for (int32_t col = 0; col < 20; col++)
        ASSERT_TRUE(Put(col));
    for (int32_t col = 0; col < 8; col++)
        Touch(col);
    for (int32_t col = 100; col < 300; col++)
        ASSERT_TRUE(Put(col));
    for (int32_t col = 0; col < 8; col++)
        EXPECT_TRUE(Has(col)) << col;
}

TEST_F(Eviction, TakesReadingsCloseTogetherForOne)
{
    SetRoom(20);
    for (int32_t col = 0; col < 8; col++)
        ASSERT_TRUE(Put(col));
    for (int32_t col = 8; col < 200; col++) { // each is read line by line
        ASSERT_TRUE(Put(col));
        for (int line = 0; line < 10; line++)
            Touch(col);
        if (col < 16)
            Touch(col - 8);
    }
    for (int32_t col = 0; col < 8; col++)
        EXPECT_TRUE(Has(col)) << col;
}

TEST_F(Eviction, TakesWhatWasReadAgainInTheEnd)
{
    SetRoom(10);
    for (int32_t col = 0; col < 10; col++)
        ASSERT_TRUE(Put(col));
    for (int32_t col = 0; col < 10; col++)
        Touch(col);
    for (int32_t round = 0; round < 3; round++) // in another place
        for (int32_t col = 100; col < 110; col++) {
            if (!Has(col)) {
                ASSERT_TRUE(Put(col));
            }
            Touch(col);
        }
    int kept = 0;

    for (int32_t col = 0; col < 10; col++)
        kept += Has(col);
    EXPECT_LE(kept, 5);
}

} // namespace
