// One block cache, eight threads.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "core/cache/block_cache.h"

namespace
{

constexpr int kThreads = 8;
constexpr uint32_t kRounds = 3000;
constexpr uint64_t kLimit = 40000;

class Hammer
{
  public:
    Hammer(struct rt_block_cache *cache, struct rt_identity *const *identities,
           uint32_t seed)
        : cache_(cache), identities_(identities), generator_(seed)
    {
    }

    // Returns how many pixels were wrong.
    uint64_t Run()
    {
        for (uint32_t round = 0; round < kRounds; round++)
            Step(static_cast<uint32_t>(generator_() % 16));
        return wrong_;
    }

  private:
    struct rt_block_key Key()
    {
        const auto n = static_cast<uint32_t>(generator_());

        return {identities_[n % 2],
                0,
                static_cast<int32_t>(n / 2 % 2),
                static_cast<int32_t>(n / 4 % 8),
                static_cast<int32_t>(n / 32 % 8),
                n / 256 % 4 == 0 ? INT64_C(1) : RT_WHOLE_BLOCK};
    }
    static uint64_t Bytes(const struct rt_block_key &key)
    {
        return 200 + static_cast<uint64_t>(key.col_blk) * 50;
    }
    int Value(const struct rt_block_key &key) const
    {
        return (key.identity == identities_[1] ? 128 : 0) + key.plane * 64 +
               key.col_blk * 8 + key.row_blk;
    }

    void Look(const struct rt_block_key &key)
    {
        struct rt_block *block = rt_block_cache_pin(cache_, &key);

        if (block == nullptr)
            return;
        const auto *pixels =
            static_cast<const unsigned char *>(rt_block_pixels(block));

        for (uint64_t i = 0; i < Bytes(key); i++)
            wrong_ += pixels[i] != Value(key);
        rt_block_cache_unpin(cache_, block);
    }

    void Make(const struct rt_block_key &key, bool publish)
    {
        const struct rt_block_cost cost = {RT_SPILL_NONE, 1, 0,
                                           key.row_blk % 4 == 0};
        struct rt_block *block =
            rt_block_cache_create_block(cache_, &key, Bytes(key));

        if (block == nullptr)
            return;
        rt_block_set_cost(block, &cost);
        std::memset(rt_block_pixels(block), Value(key), Bytes(key));
        if (publish)
            rt_block_cache_publish(cache_, block, key.row_blk % 2 == 0);
        rt_block_cache_unpin(cache_, block);
    }

    void Reserve(bool overdraw)
    {
        const bool reserved = rt_block_cache_reserve(
            cache_, kLimit / 10, overdraw ? RT_RESERVE_WAIT : RT_RESERVE_TRY);

        if (reserved || overdraw)
            rt_block_cache_release(cache_, kLimit / 10);
    }

    void Step(uint32_t choice)
    {
        const struct rt_block_key key = Key();

        if (choice < 7)
            Look(key);
        else if (choice < 11)
            Make(key, true);
        else if (choice == 11)
            Make(key, false);
        else if (choice == 12)
            rt_block_cache_drop(cache_, &key);
        else if (choice == 13)
            Reserve(key.plane == 0);
        else if (choice == 14)
            rt_block_cache_set_limit(
                cache_, kLimit / (1 + static_cast<uint64_t>(key.plane)));
        else
            (void)(rt_block_cache_contains(cache_, &key) &&
                   rt_block_cache_has_pieces(cache_));
    }

    struct rt_block_cache *cache_;
    struct rt_identity *const *identities_;
    std::mt19937 generator_;
    uint64_t wrong_ = 0;
};

TEST(BlockCacheThreads, KeepPixelsAndCountsRight)
{
    struct rt_identity *identities[2] = {rt_identity_intern("one"),
                                         rt_identity_intern("two")};
    struct rt_block_cache *cache = rt_block_cache_create(kLimit);
    struct rt_cache_counters counters = {};
    std::atomic<uint64_t> wrong{0};
    std::vector<std::thread> threads;

    for (uint32_t i = 0; i < kThreads; i++)
        threads.emplace_back(
            [&, i] { wrong += Hammer(cache, identities, i).Run(); });
    for (std::thread &thread : threads)
        thread.join();
    EXPECT_EQ(wrong, 0u);

    rt_block_cache_count(cache, &counters);
    EXPECT_EQ(counters.used_bytes, counters.resident_bytes);
    EXPECT_GT(counters.resident_bytes, 0u);
    EXPECT_GT(counters.evictions, 0u);
    rt_block_cache_set_limit(cache, 0);
    rt_block_cache_count(cache, &counters);
    EXPECT_EQ(counters.used_bytes, 0u);
    EXPECT_EQ(counters.resident_bytes, 0u);
    EXPECT_FALSE(rt_block_cache_has_pieces(cache));
    rt_block_cache_destroy(cache);
    for (struct rt_identity *identity : identities)
        rt_identity_unref(identity);
}

} // namespace
