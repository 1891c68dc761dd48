// Evicted blocks in memory and on disk: what is found again and what is
// counted.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <dirent.h>
#include <string>
#include <sys/resource.h>
#include <unistd.h>

#include "fork_rig.h"
#include "short_runs.h"
#include "spill_rig.h"

namespace
{

class Spill : public SpillRig
{
};

TEST_F(Spill, ToMemoryKeepsABlockCompressed)
{
    ASSERT_TRUE(PutLarge(1, RT_SPILL_MEMORY));
    EvictAll();
    EXPECT_TRUE(Has(1));
    const struct rt_cache_counters spilled = Counters();

    EXPECT_EQ(spilled.spill_writes, 1u);
    EXPECT_GT(spilled.spill_bytes, kLarge / 8);
    EXPECT_LE(spilled.spill_bytes, kLarge / 4 * 3);
    EXPECT_LT(spilled.resident_bytes, kLarge);
    EXPECT_GT(spilled.resident_bytes, spilled.spill_bytes);
    EXPECT_EQ(spilled.used_bytes, spilled.resident_bytes);
    EXPECT_TRUE(IsRight(1));
    EXPECT_EQ(Counters().spill_reads, 1u);
    EXPECT_EQ(Counters().spill_bytes, 0u);
    EXPECT_EQ(Counters().used_bytes, Counters().resident_bytes);
    EXPECT_TRUE(IsRight(1)); // this is a hit
    EXPECT_EQ(Counters().spill_reads, 1u);
}

TEST_F(Spill, ToMemoryDropsWhatDoesNotShrink)
{
    const struct rt_block_cost cost = {RT_SPILL_MEMORY, 1, 0, false};
    struct rt_block *block = Create(Key(1), kLarge);
    std::minstd_rand random(5);

    for (uint64_t i = 0; i < kLarge; i++)
        static_cast<unsigned char *>(rt_block_pixels(block))[i] =
            static_cast<unsigned char>(random() >> 8);
    rt_block_set_cost(block, &cost);
    rt_block_cache_publish(cache_, block, true);
    Unpin(block);
    EvictAll();
    EXPECT_FALSE(Has(1));
    EXPECT_EQ(Counters().spill_writes, 0u);
    EXPECT_EQ(Counters().used_bytes, 0u);
}

TEST_F(Spill, OfNoneDrops)
{
    UseFolder();
    ASSERT_TRUE(PutLarge(1, RT_SPILL_NONE));
    ASSERT_TRUE(Put(2));
    EvictAll();
    EXPECT_FALSE(Has(1));
    EXPECT_EQ(Counters().spill_writes, 0u);
}

TEST_F(Spill, ToDiskLeavesTheBookkeepingOnly)
{
    UseFolder();
    ASSERT_TRUE(PutLarge(1, RT_SPILL_DISK));
    const uint64_t header = Counters().resident_bytes - kLarge;

    EvictAll();
    EXPECT_TRUE(Has(1));
    EXPECT_EQ(Counters().resident_bytes, header);
    EXPECT_EQ(Counters().spill_bytes, kLarge);
    EXPECT_EQ(rt_budget_used(disk_), kSlot);
    EXPECT_TRUE(IsRight(1));
    EXPECT_EQ(Counters().spill_reads, 1u);
    EXPECT_EQ(Counters().resident_bytes, header + kLarge);
}

TEST_F(Spill, ToDiskWritesABlockOnce)
{
    UseFolder();
    ASSERT_TRUE(PutLarge(1, RT_SPILL_DISK));
    for (int i = 1; i <= 3; i++) {
        EvictAll();
        EXPECT_TRUE(IsRight(1));
        EXPECT_EQ(Counters().spill_reads, static_cast<uint64_t>(i));
    }
    EXPECT_EQ(Counters().spill_writes, 1u);
    Drop(1);
    EXPECT_EQ(rt_budget_used(disk_), 0u);
    EXPECT_EQ(Counters().spill_bytes, 0u);
    EXPECT_EQ(Counters().used_bytes, 0u);
}

TEST_F(Spill, ForgetsADroppedBlockInMemoryAndOnDisk)
{
    UseFolder();
    ASSERT_TRUE(PutLarge(1, RT_SPILL_DISK));
    ASSERT_TRUE(PutLarge(2, RT_SPILL_MEMORY));
    EvictAll();
    Drop(1);
    Drop(2);
    EXPECT_FALSE(Has(1) || Has(2));
    EXPECT_EQ(Counters().used_bytes, 0u);
    EXPECT_EQ(rt_budget_used(disk_), 0u);
}

TEST_F(Spill, ForgetsTheOldestWhenTheDiskIsFull)
{
    UseFolder();
    rt_budget_set_limit(disk_, 3 * kSlot);
    for (int32_t col = 1; col <= 5; col++) {
        ASSERT_TRUE(PutLarge(col, RT_SPILL_DISK));
        EvictAll();
    }
    EXPECT_FALSE(Has(1) || Has(2));
    EXPECT_TRUE(IsRight(3) && IsRight(4) && IsRight(5));
    EXPECT_EQ(rt_budget_peak(disk_), 3 * kSlot);
    EXPECT_EQ(warnings_, 0);
}

TEST_F(Spill, ToADiskWithoutRoomGoesToMemory)
{
    UseFolder();
    rt_budget_set_limit(disk_, kLarge - 1);
    ASSERT_TRUE(PutLarge(1, RT_SPILL_DISK));
    EvictAll();
    EXPECT_EQ(rt_budget_used(disk_), 0u);
    EXPECT_TRUE(IsRight(1));
    EXPECT_EQ(Counters().spill_writes, 1u);
}

TEST_F(Spill, WithoutAFolderGoesToMemory)
{
    ASSERT_TRUE(PutLarge(1, RT_SPILL_DISK));
    ASSERT_TRUE(PutLarge(2, RT_SPILL_AUTO, UINT64_MAX));
    EvictAll();
    EXPECT_TRUE(IsRight(1));
    EXPECT_FALSE(Has(2));
}

TEST_F(Spill, WarnsOnceAndGoesToMemoryIfNoFileCanBeMade)
{
    UseFolder("/nowhere/at/all");
    for (int32_t col = 1; col <= 2; col++) {
        ASSERT_TRUE(PutLarge(col, RT_SPILL_DISK));
        EvictAll();
    }
    for (int32_t col = 1; col <= 2; col++)
        EXPECT_TRUE(IsRight(col)) << col;
    EXPECT_EQ(warnings_, 1);
    EXPECT_NE(warning_.find("/nowhere/at/all"), std::string::npos) << warning_;
    EXPECT_EQ(rt_budget_used(disk_), 0u);
}

TEST_F(Spill, WarnsOnceAndGoesToMemoryIfAFileCannotGrow)
{
    UseFolder();
    const auto goes_to_memory = [this] {
        const struct rlimit limit = {2 * kSlot, 2 * kSlot};
        bool right = true;

        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        for (int32_t col = 1; col <= 5; col++) {
            right = right && PutLarge(col, RT_SPILL_DISK);
            EvictAll();
        }
        for (int32_t col = 1; col <= 5; col++)
            right = right && IsRight(col);
        right = right && rt_budget_used(disk_) == 2 * kSlot;
        return right && warnings_ == 1;
    };

    EXPECT_EQ(InChild(300, goes_to_memory), 0);
}

TEST_F(Spill, OfAutoWritesWhatIsSlowToDecode)
{
    UseFolder();
    ASSERT_TRUE(PutLarge(1, RT_SPILL_AUTO, 0));
    ASSERT_TRUE(PutLarge(2, RT_SPILL_AUTO, UINT64_C(10000000000)));
    EvictAll();
    EXPECT_FALSE(Has(1));
    EXPECT_TRUE(Has(2));
    EXPECT_EQ(Counters().spill_writes, 1u);
    EXPECT_EQ(Counters().evictions, 2u);
}

TEST_F(Spill, ToMemoryTakesHalfOfTheLimitAtMost)
{
    for (int32_t col = 0; col < 200; col++) {
        ASSERT_TRUE(PutLarge(col, RT_SPILL_MEMORY));
        EXPECT_LE(Counters().spill_bytes, kLimit / 2 + kLarge / 4 * 3);
    }
    EXPECT_TRUE(Has(199) && Has(180));
    EXPECT_FALSE(Has(0));
    EXPECT_LE(Counters().peak_bytes, kLimit);
}

TEST_F(Spill, ToDiskTakesASixteenthOfTheLimitForBookkeepingAtMost)
{
    UseFolder();
    ASSERT_TRUE(PutLarge(0, RT_SPILL_DISK));
    const uint64_t header = Counters().resident_bytes - kLarge;

    for (int32_t col = 1; col < 200; col++)
        ASSERT_TRUE(PutLarge(col, RT_SPILL_DISK));
    const uint64_t n_spilled = Counters().spill_bytes / kLarge;

    EXPECT_GT(n_spilled, 10u);
    EXPECT_LE(n_spilled * header, kLimit / 16 + header);
    EXPECT_TRUE(Has(199));
    EXPECT_FALSE(Has(0));
    EXPECT_LE(Counters().peak_bytes, kLimit);
    rt_block_cache_set_limit(cache_, 0);
    EXPECT_EQ(Counters().used_bytes, 0u);
    EXPECT_EQ(rt_budget_used(disk_), 0u);
}

TEST_F(Spill, ServesABlockAboveTheLimitIfAllOthersArePinned)
{
    UseFolder();
    ASSERT_TRUE(PutLarge(1, RT_SPILL_DISK));
    EvictAll();
    const uint64_t bytes = kLimit - kLarge / 2;

    ASSERT_TRUE(rt_block_cache_reserve(cache_, bytes, RT_RESERVE_TRY));
    EXPECT_TRUE(IsRight(1));
    EXPECT_GT(Counters().peak_bytes, kLimit);
    EXPECT_LE(Counters().used_bytes, kLimit); // freed with the last unpin
    EXPECT_TRUE(Has(1));
    rt_block_cache_release(cache_, bytes);
}

TEST_F(Spill, FindsEveryFlippedBitInMemory)
{
    std::mt19937 random(3);

    for (int i = 0; i < Times(10000); i++) {
        const struct rt_block_key key = Key(i % 50);

        ASSERT_TRUE(PutLarge(i % 50, RT_SPILL_MEMORY));
        EvictAll();
        ASSERT_TRUE(spill_rig_flip_packed(cache_, &key, random()));
        ASSERT_EQ(Pin(i % 50), nullptr) << i;
        ASSERT_FALSE(Has(i % 50));
    }
    EXPECT_EQ(Counters().used_bytes, 0u);
    EXPECT_EQ(Counters().spill_bytes, 0u);
}

// The descriptor of the nameless file in folder.
int FindNameless(const std::string &folder)
{
    DIR *all = opendir("/proc/self/fd");
    int found = -1;

    for (struct dirent *at; all != nullptr && (at = readdir(all)) != nullptr;) {
        char target[4096];
        const std::string link = std::string("/proc/self/fd/") + at->d_name;
        const ssize_t n = readlink(link.c_str(), target, sizeof(target));
        const std::string name(target, n > 0 ? static_cast<size_t>(n) : 0);

        if (name.rfind(folder, 0) == 0 &&
            name.find("(deleted)") != std::string::npos)
            found = atoi(at->d_name);
    }
    closedir(all);
    return found;
}

TEST_F(Spill, FindsEveryFlippedBitOnDisk)
{
    char folder[] = "/tmp/retile-spill-XXXXXX";

    ASSERT_NE(mkdtemp(folder), nullptr);
    UseFolder(folder);
    std::mt19937 random(4);

    for (int i = 0; i < 10000; i++) {
        const off_t at = static_cast<off_t>(random() % kLarge);
        unsigned char byte = 0;

        ASSERT_TRUE(PutLarge(i % 50, RT_SPILL_DISK));
        EvictAll();
        const int file = FindNameless(folder);

        ASSERT_EQ(pread(file, &byte, 1, at), 1); // the only block, in slot 0
        byte = static_cast<unsigned char>(byte ^ (1u << random() % 8));
        ASSERT_EQ(pwrite(file, &byte, 1, at), 1);
        ASSERT_EQ(Pin(i % 50), nullptr) << i;
        ASSERT_FALSE(Has(i % 50));
    }
    EXPECT_EQ(Counters().used_bytes, 0u);
    EXPECT_EQ(rt_budget_used(disk_), 0u);
    rmdir(folder);
}

} // namespace
