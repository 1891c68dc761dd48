// Pages of any size: what is counted is what is mapped. The program runs with
// pages of 16 and 64 KB too, see pages_count.h.
#include "core/base/pages.h"

#include <vector>

#include "cache_rig.h"
#include "core/spill/disk.h"
#include "pages_count.h"

namespace
{

constexpr uint64_t kSizes[] = {5,      60000,   65535,   65536,
                               65537,  70000,   131072,  131073,
                               300000, 1000000, 2097152, 3000000};

void Paint(unsigned char *memory, uint64_t bytes, uint64_t seed)
{
    for (uint64_t i = 0; i < bytes; i++)
        memory[i] = static_cast<unsigned char>((i + seed) * 7 / 5);
}

bool IsPainted(const unsigned char *memory, uint64_t bytes, uint64_t seed)
{
    for (uint64_t i = 0; i < bytes; i++)
        if (memory[i] != static_cast<unsigned char>((i + seed) * 7 / 5))
            return false;
    return true;
}

// What rt_pages_size promises, if the allocation is not malloc's.
uint64_t Mapped(uint64_t bytes)
{
    return bytes < 65536 ? 0 : rt_pages_size(bytes);
}

TEST(Pages, AreTheSystems)
{
    EXPECT_EQ(rt_page_bytes(), static_cast<uint64_t>(sysconf(_SC_PAGESIZE)));
    for (const uint64_t bytes : kSizes)
        if (bytes >= 65536) {
            EXPECT_EQ(rt_pages_size(bytes) % rt_page_bytes(), 0u);
            EXPECT_GE(rt_pages_size(bytes), bytes);
            EXPECT_LT(rt_pages_size(bytes), bytes + rt_page_bytes());
        } else {
            EXPECT_EQ(rt_pages_size(bytes), bytes);
        }
    EXPECT_EQ(rt_pages_size(UINT64_MAX), UINT64_MAX);
    EXPECT_EQ(rt_pages_alloc(UINT64_MAX), nullptr);
}

TEST(Pages, KeepTheirStartWhenTheyShrink)
{
    for (const uint64_t bytes : kSizes)
        for (const uint64_t fewer : kSizes) {
            const uint64_t before = pages_count_mapped();

            if (fewer > bytes)
                continue;
            auto *memory = static_cast<unsigned char *>(rt_pages_alloc(bytes));

            EXPECT_EQ(pages_count_mapped() - before, Mapped(bytes));
            Paint(memory, bytes, 0);
            memory = static_cast<unsigned char *>(
                rt_pages_shrink(memory, bytes, fewer));
            ASSERT_NE(memory, nullptr);
            EXPECT_EQ(pages_count_mapped() - before, Mapped(fewer));
            EXPECT_TRUE(IsPainted(memory, fewer, 0));
            rt_pages_free(memory, fewer);
            EXPECT_EQ(pages_count_mapped(), before);
        }
    EXPECT_FALSE(pages_count_uneven());
}

// Allocations lie next to each other: one that gives back too much takes from
// its neighbour.
TEST(Pages, LeaveTheirNeighboursAlone)
{
    std::vector<unsigned char *> all;
    std::vector<uint64_t> sizes;

    for (int round = 0; round < 4; round++)
        for (const uint64_t bytes : kSizes) {
            all.push_back(static_cast<unsigned char *>(rt_pages_alloc(bytes)));
            sizes.push_back(bytes);
            Paint(all.back(), bytes, all.size());
        }
    for (size_t i = 0; i < all.size(); i += 2) {
        const uint64_t fewer = sizes[i] / 3 + 1;

        all[i] = static_cast<unsigned char *>(
            rt_pages_shrink(all[i], sizes[i], fewer));
        sizes[i] = fewer;
    }
    for (size_t i = 0; i < all.size(); i += 3) {
        rt_pages_free(all[i], sizes[i]);
        all[i] = nullptr;
    }
    for (size_t i = 0; i < all.size(); i++) {
        EXPECT_TRUE(all[i] == nullptr || IsPainted(all[i], sizes[i], i + 1))
            << i;
        rt_pages_free(all[i], sizes[i]);
    }
}

class PagesCache : public CacheRig
{
};

// The worst size: just above a whole number of pages.
TEST_F(PagesCache, TakesNoMorePagesThanItsLimit)
{
    const uint64_t limit = 20 * 65536;
    const uint64_t before = pages_count_mapped();
    uint64_t most = 0;

    rt_block_cache_set_limit(cache_, limit);
    for (int32_t col = 0; col < 100; col++) {
        struct rt_block *block =
            Create(Key(col), 65537 + static_cast<uint64_t>(col % 7));

        ASSERT_NE(block, nullptr);
        rt_block_cache_publish(cache_, block, true);
        Unpin(block);
        const uint64_t mapped = pages_count_mapped() - before;

        most = mapped > most ? mapped : most;
        EXPECT_LE(mapped, Counters().resident_bytes);
        EXPECT_LE(Counters().resident_bytes, limit);
    }
    EXPECT_LE(most, limit);
    EXPECT_GT(most, limit / 2);
    rt_block_cache_set_limit(cache_, 0);
    EXPECT_EQ(pages_count_mapped(), before);
}

TEST(Pages, AreTheSmallestSlotsOfTemporaryFiles)
{
    const uint64_t page = rt_page_bytes();

    EXPECT_EQ(rt_spill_disk_slot_bytes(1), page);
    EXPECT_EQ(rt_spill_disk_slot_bytes(page), page);
    for (uint64_t bytes = page + 1; bytes < 40 * page; bytes += page / 3) {
        const uint64_t slot = rt_spill_disk_slot_bytes(bytes);

        EXPECT_GE(slot, bytes);
        EXPECT_LE(slot, bytes + bytes / 8 + page / 8);
        EXPECT_EQ(slot % (page / 8), 0u);
    }
}

} // namespace
