/* spill_rig.h - a block cache whose blocks are spilled, with ways to inspect
 * and damage what it spilled. */
#ifndef RETILE_TEST_SPILL_RIG_H
#define RETILE_TEST_SPILL_RIG_H

#include "core/cache/block_cache.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Flips one bit of the compressed block of key; bit is taken modulo their
 * number. Returns false if the block is not compressed. */
bool spill_rig_flip_packed(struct rt_block_cache *cache,
                           const struct rt_block_key *key, uint64_t bit);

#ifdef __cplusplus
}

#include <atomic>
#include <random>
#include <string>

#include "cache_rig.h"
#include "core/base/budget.h"
#include "core/spill/disk.h"

class SpillRig : public CacheRig
{
  protected:
    static constexpr uint64_t kLarge = 8192; // bytes of a block in these tests
    static constexpr uint64_t kLimit = 16 * kLarge;
    // What a block takes of the disk.
    const uint64_t kSlot = rt_spill_disk_slot_bytes(kLarge);

    SpillRig() : disk_(rt_budget_create(UINT64_C(1) << 30))
    {
        rt_block_cache_set_limit(cache_, kLimit);
    }
    ~SpillRig() override
    {
        rt_block_cache_destroy(cache_);
        cache_ = nullptr;
        rt_budget_destroy(disk_);
    }

    void UseFolder(const std::string &folder)
    {
        ASSERT_TRUE(rt_block_cache_set_spill(cache_, folder.c_str(), disk_,
                                             &SpillRig::Warn, this));
    }
    void UseFolder() { UseFolder(testing::TempDir()); }

    // The pixels of a block: noise in every eighth byte, zeros, and its number.
    static void Paint(int32_t col, unsigned char *pixels)
    {
        std::minstd_rand random(static_cast<uint32_t>(col) + 1);

        for (uint64_t i = 0; i < kLarge; i++)
            pixels[i] = i % 8 == 0 ? static_cast<unsigned char>(random() >> 8)
                                   : static_cast<unsigned char>(col);
    }
    static bool IsPainted(int32_t col, const struct rt_block *block)
    {
        unsigned char pixels[kLarge];

        Paint(col, pixels);
        return std::memcmp(
                   rt_block_pixels(const_cast<struct rt_block *>(block)),
                   pixels, kLarge) == 0;
    }

    bool PutLarge(int32_t col, enum rt_spill spill, uint64_t decode_ns = 0)
    {
        const struct rt_block_cost cost = {spill, 1, decode_ns, false};
        const struct rt_block_key key = Key(col);
        struct rt_block *block =
            rt_block_cache_create_block(cache_, &key, kLarge);

        if (block == nullptr)
            return false;
        Paint(col, static_cast<unsigned char *>(rt_block_pixels(block)));
        rt_block_set_cost(block, &cost);
        rt_block_cache_publish(cache_, block, true);
        rt_block_cache_unpin(cache_, block);
        return true;
    }
    // Evicts everything that can be evicted, except what is spilled.
    void EvictAll()
    {
        const uint64_t bytes = kLimit - kLarge;

        ASSERT_TRUE(rt_block_cache_reserve(cache_, bytes, RT_RESERVE_TRY));
        rt_block_cache_release(cache_, bytes);
    }
    // Whether block col is found and has the right pixels.
    bool IsRight(int32_t col)
    {
        struct rt_block *block = Pin(col);
        const bool right = block != nullptr && IsPainted(col, block);

        if (block != nullptr)
            Unpin(block);
        return right;
    }

    struct rt_budget *disk_;
    std::atomic<int> warnings_{0};
    std::string warning_;

  private:
    static void Warn(void *context, const char *text)
    {
        auto *rig = static_cast<SpillRig *>(context);

        rig->warnings_++;
        rig->warning_ = text;
    }
};

#endif
#endif
