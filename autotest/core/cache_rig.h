/* cache_rig.h - a block cache with short ways to fill and inspect it. */
#ifndef RETILE_TEST_CACHE_RIG_H
#define RETILE_TEST_CACHE_RIG_H

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

#include "core/cache/block_cache.h"

class CacheRig : public testing::Test
{
  protected:
    static constexpr uint64_t kPixels = 1000; // bytes of most blocks

    CacheRig() : identity_(rt_identity_intern("a raster"))
    {
        cache_ = rt_block_cache_create(UINT64_C(1) << 20);
        overhead_ = MeasureOverhead();
    }
    ~CacheRig() override
    {
        rt_block_cache_destroy(cache_);
        rt_identity_unref(identity_);
    }

    // The bytes of n entries with kPixels each.
    uint64_t Room(uint64_t n) const { return n * (kPixels + overhead_); }
    void SetRoom(uint64_t n) { rt_block_cache_set_limit(cache_, Room(n)); }

    struct rt_block_key Key(int32_t col) const
    {
        return {identity_, 0, 0, col, 0, RT_WHOLE_BLOCK};
    }

    struct rt_block *Create(const struct rt_block_key &key,
                            uint64_t bytes = kPixels)
    {
        struct rt_block *block =
            rt_block_cache_create_block(cache_, &key, bytes);

        if (block != nullptr)
            std::memset(rt_block_pixels(block), key.col_blk & 255, bytes);
        return block;
    }

    // Returns false if the block did not fit.
    bool Put(const struct rt_block_key &key, bool served = true)
    {
        struct rt_block *block = Create(key);

        if (block == nullptr)
            return false;
        rt_block_cache_publish(cache_, block, served);
        rt_block_cache_unpin(cache_, block);
        return true;
    }
    bool Put(int32_t col, bool served = true) { return Put(Key(col), served); }

    struct rt_block *Pin(int32_t col)
    {
        const struct rt_block_key key = Key(col);

        return rt_block_cache_pin(cache_, &key);
    }
    void Unpin(struct rt_block *block) { rt_block_cache_unpin(cache_, block); }
    void Drop(int32_t col)
    {
        const struct rt_block_key key = Key(col);

        rt_block_cache_drop(cache_, &key);
    }
    bool Has(const struct rt_block_key &key)
    {
        return rt_block_cache_contains(cache_, &key);
    }
    bool Has(int32_t col) { return Has(Key(col)); }
    void Touch(int32_t col)
    {
        struct rt_block *block = Pin(col);

        ASSERT_NE(block, nullptr);
        Unpin(block);
    }

    struct rt_cache_counters Counters() const
    {
        struct rt_cache_counters counters = {};

        rt_block_cache_count(cache_, &counters);
        return counters;
    }

    struct rt_identity *identity_;
    struct rt_block_cache *cache_;

  private:
    uint64_t MeasureOverhead()
    {
        const struct rt_block_key key = Key(0);
        struct rt_block *block =
            rt_block_cache_create_block(cache_, &key, kPixels);
        const uint64_t bytes = Counters().resident_bytes - kPixels;

        Unpin(block);
        return bytes;
    }

    uint64_t overhead_ = 0; // of a block's bookkeeping
};

#endif
