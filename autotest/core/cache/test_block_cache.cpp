// Decoded blocks under a byte budget: what is found and what is counted.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "cache_rig.h"

namespace
{

class BlockCache : public CacheRig
{
};

TEST_F(BlockCache, DoesNotFindWhatWasNeverPublished)
{
    EXPECT_EQ(Pin(1), nullptr);
    EXPECT_FALSE(Has(1));
    Drop(1);
    EXPECT_EQ(Counters().resident_bytes, 0u);
}

TEST_F(BlockCache, FindsAPublishedBlockWithItsPixels)
{
    struct rt_block *made = Create(Key(7));

    ASSERT_NE(made, nullptr);
    rt_block_cache_publish(cache_, made, true);
    struct rt_block *found = Pin(7);

    EXPECT_EQ(found, made); // a hit copies nothing
    Unpin(made);
    const auto *pixels = static_cast<unsigned char *>(rt_block_pixels(found));

    EXPECT_EQ(pixels[0], 7);
    EXPECT_EQ(pixels[kPixels - 1], 7);
    Unpin(found);
}

TEST_F(BlockCache, HidesABlockUntilItIsPublishedAndFreesItAtUnpin)
{
    struct rt_block *block = Create(Key(1));

    EXPECT_FALSE(Has(1));
    EXPECT_EQ(Pin(1), nullptr);
    EXPECT_EQ(Counters().resident_bytes, Room(1));
    Unpin(block);
    EXPECT_FALSE(Has(1));
    EXPECT_EQ(Counters().resident_bytes, 0u);
    EXPECT_EQ(Counters().used_bytes, 0u);
}

TEST_F(BlockCache, AlignsPixelsForAnyType)
{
    for (const uint64_t bytes : {UINT64_C(0), UINT64_C(1), UINT64_C(17)}) {
        struct rt_block *block = Create(Key(1), bytes);

        EXPECT_EQ(reinterpret_cast<uintptr_t>(rt_block_pixels(block)) % 16, 0u);
        Unpin(block);
    }
}

TEST_F(BlockCache, KeepsTheOlderBlockIfAKeyIsPublishedTwice)
{
    struct rt_block *older = Create(Key(1)), *younger = Create(Key(1));

    rt_block_cache_publish(cache_, older, true);
    rt_block_cache_publish(cache_, younger, true);
    EXPECT_EQ(Counters().resident_bytes, Room(2));
    Unpin(younger);
    EXPECT_EQ(Counters().resident_bytes, Room(1));
    struct rt_block *found = Pin(1);

    EXPECT_EQ(found, older);
    Unpin(found);
    Unpin(older);
    EXPECT_TRUE(Has(1));
}

TEST_F(BlockCache, KeepsKeysThatDifferInOneFieldApart)
{
    struct rt_identity *other = rt_identity_intern("another raster");
    const struct rt_block_key key = {identity_, 1, 2, 3, 4, 5};
    struct rt_block_key others[6] = {key, key, key, key, key, key};

    others[0].identity = other;
    others[1].layer = 9;
    others[2].plane = 9;
    others[3].col_blk = 9;
    others[4].row_blk = 9;
    others[5].piece = RT_WHOLE_BLOCK;
    ASSERT_TRUE(Put(key));
    for (const struct rt_block_key &differing : others) {
        EXPECT_FALSE(Has(differing));
        EXPECT_EQ(rt_block_cache_pin(cache_, &differing), nullptr);
        rt_block_cache_drop(cache_, &differing);
    }
    EXPECT_TRUE(Has(key));
    for (const struct rt_block_key &differing : others)
        EXPECT_TRUE(Put(differing));
    EXPECT_EQ(Counters().resident_bytes, Room(7));
    rt_identity_unref(other);
}

// So many keys that some share a bucket of the table with the first one.
TEST_F(BlockCache, KeepsKeysOfOneBucketThatDifferInOneFieldApart)
{
    const struct rt_block_key key = {identity_, 1, 2, 3, 4, 5};

    ASSERT_TRUE(Put(key));
    for (int32_t i = 1; i <= 20000; i++) {
        struct rt_block_key others[6] = {key, key, key, key, key, key};

        others[0].identity = reinterpret_cast<struct rt_identity *>(
            reinterpret_cast<uintptr_t>(identity_) +
            16 * static_cast<uintptr_t>(i)); // only compared
        others[1].layer += i;
        others[2].plane += i;
        others[3].col_blk += i;
        others[4].row_blk += i;
        others[5].piece += i;
        for (size_t field = 0; field < 6; field++)
            ASSERT_FALSE(Has(others[field])) << "field " << field;
    }
    EXPECT_TRUE(Has(key));
}

TEST_F(BlockCache, KeepsKeysWithSwappedFieldsApart)
{
    const struct rt_block_key key = {identity_, 1, 2, 3, 4, 5};

    ASSERT_TRUE(Put(key));
    EXPECT_FALSE(Has({identity_, 2, 1, 3, 4, 5}));
    EXPECT_FALSE(Has({identity_, 1, 2, 4, 3, 5}));
    EXPECT_FALSE(Has({identity_, 3, 4, 1, 2, 5}));
}

TEST_F(BlockCache, KeepsTheIdentityOfItsBlocksAlive)
{
    struct rt_identity *mine = rt_identity_intern("closed and opened again");
    const struct rt_block_key key = {mine, 0, 0, 0, 0, RT_WHOLE_BLOCK};

    ASSERT_TRUE(Put(key));
    rt_identity_unref(mine);
    struct rt_identity *again = rt_identity_intern("closed and opened again");

    EXPECT_EQ(again, mine);
    EXPECT_TRUE(Has({again, 0, 0, 0, 0, RT_WHOLE_BLOCK}));
    rt_identity_unref(again);
}

TEST_F(BlockCache, FindsEveryOneOfManyBlocks)
{
    constexpr int32_t kMany = 5000;

    rt_block_cache_set_limit(cache_, UINT64_MAX);
    for (int32_t col = 0; col < kMany; col++)
        ASSERT_TRUE(Put(col));
    for (int32_t col = 0; col < kMany; col++) {
        struct rt_block *block = Pin(col);

        ASSERT_NE(block, nullptr) << col;
        EXPECT_EQ(*static_cast<unsigned char *>(rt_block_pixels(block)),
                  col & 255);
        Unpin(block);
    }
    EXPECT_EQ(Counters().evictions, 0u);
    EXPECT_EQ(Counters().resident_bytes, Room(kMany));
}

TEST_F(BlockCache, ForgetsADroppedBlock)
{
    ASSERT_TRUE(Put(1));
    ASSERT_TRUE(Put(2));
    Drop(1);
    EXPECT_FALSE(Has(1));
    EXPECT_TRUE(Has(2));
    EXPECT_EQ(Counters().resident_bytes, Room(1));
    EXPECT_EQ(Counters().evictions, 0u);
}

TEST_F(BlockCache, CountsADroppedBlockUntilItsLastUnpin)
{
    ASSERT_TRUE(Put(1));
    struct rt_block *first = Pin(1), *second = Pin(1);

    Drop(1);
    EXPECT_FALSE(Has(1));
    Unpin(first);
    EXPECT_EQ(Counters().resident_bytes, Room(1));
    EXPECT_EQ(static_cast<unsigned char *>(rt_block_pixels(second))[9], 1);
    Unpin(second);
    EXPECT_EQ(Counters().resident_bytes, 0u);
    EXPECT_EQ(Counters().used_bytes, 0u);
}

TEST_F(BlockCache, TakesAKeyAgainWhoseDroppedBlockIsStillPinned)
{
    ASSERT_TRUE(Put(1));
    struct rt_block *dropped = Pin(1);

    Drop(1);
    ASSERT_TRUE(Put(1));
    struct rt_block *found = Pin(1);

    EXPECT_NE(found, dropped);
    Unpin(dropped);
    EXPECT_TRUE(Has(1));
    Unpin(found);
    EXPECT_EQ(Counters().resident_bytes, Room(1));
}

TEST_F(BlockCache, KnowsWhetherItHoldsPieces)
{
    struct rt_block_key piece = Key(1);

    piece.piece = 0;
    EXPECT_FALSE(rt_block_cache_has_pieces(cache_));
    ASSERT_TRUE(Put(1));
    EXPECT_FALSE(rt_block_cache_has_pieces(cache_));
    ASSERT_TRUE(Put(piece));
    EXPECT_TRUE(rt_block_cache_has_pieces(cache_));
    rt_block_cache_drop(cache_, &piece);
    EXPECT_FALSE(rt_block_cache_has_pieces(cache_));
    EXPECT_TRUE(Has(1));
}

TEST_F(BlockCache, HoldsNoPieceThatWasEvicted)
{
    struct rt_block_key piece = Key(1);

    piece.piece = 3;
    ASSERT_TRUE(Put(piece));
    rt_block_cache_set_limit(cache_, 0);
    EXPECT_FALSE(rt_block_cache_has_pieces(cache_));
}

TEST_F(BlockCache, ReservedBytesAreUsedButNotResident)
{
    ASSERT_TRUE(Put(1));
    ASSERT_TRUE(rt_block_cache_reserve(cache_, 500, RT_RESERVE_TRY));
    EXPECT_EQ(Counters().used_bytes, Room(1) + 500);
    EXPECT_EQ(Counters().resident_bytes, Room(1));
    EXPECT_EQ(Counters().peak_bytes, Room(1) + 500);
    rt_block_cache_release(cache_, 500);
    EXPECT_EQ(Counters().used_bytes, Room(1));
    EXPECT_EQ(Counters().peak_bytes, Room(1) + 500);
}

TEST_F(BlockCache, RefusesBytesAboveTheLimitUnlessOverdrawn)
{
    rt_block_cache_set_limit(cache_, 1000);
    EXPECT_FALSE(rt_block_cache_reserve(cache_, 1001, RT_RESERVE_TRY));
    EXPECT_EQ(Counters().used_bytes, 0u);
    EXPECT_FALSE(rt_block_cache_reserve(cache_, 5001, RT_RESERVE_WAIT));
    EXPECT_EQ(Counters().used_bytes, 5001u);
    EXPECT_EQ(Counters().peak_bytes, 5001u);
    rt_block_cache_release(cache_, 5001);
    EXPECT_TRUE(rt_block_cache_reserve(cache_, 1000, RT_RESERVE_WAIT));
    rt_block_cache_release(cache_, 1000);
    EXPECT_EQ(Counters().used_bytes, 0u);
}

TEST_F(BlockCache, CountsWhatItWasAskedToCount)
{
    SetRoom(2);
    ASSERT_TRUE(Put(1));
    ASSERT_TRUE(Put(2));
    ASSERT_TRUE(Put(3));
    const struct rt_cache_counters counters = Counters();

    EXPECT_EQ(counters.evictions, 1u);
    EXPECT_EQ(counters.resident_bytes, Room(2));
    EXPECT_EQ(counters.used_bytes, Room(2));
    EXPECT_EQ(counters.peak_bytes, Room(2));
    EXPECT_EQ(counters.limit_bytes, Room(2));
}

TEST_F(BlockCache, DestroyFreesWhatIsResidentAndTakesNull)
{
    struct rt_block_cache *cache = rt_block_cache_create(1 << 20);
    struct rt_identity *mine = rt_identity_intern("gone with the cache");
    const struct rt_block_key key = {mine, 0, 0, 0, 0, RT_WHOLE_BLOCK};
    struct rt_block *block = rt_block_cache_create_block(cache, &key, 10);

    rt_block_cache_publish(cache, block, false);
    rt_block_cache_unpin(cache, block);
    rt_identity_unref(mine);
    rt_block_cache_destroy(cache); // LeakSanitizer reports what is left
    rt_block_cache_destroy(nullptr);
}

} // namespace
