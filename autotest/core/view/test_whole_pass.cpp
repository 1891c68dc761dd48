// When a source is decoded as a whole because small reads cost nearly as much.
#include <gtest/gtest.h>

#include "core/base/budget.h"
#include "core/view/whole_pass.h"
#include "view_rig.h"

namespace
{

constexpr uint64_t kLayerBytes = 512 * 512 * 3;

// Eight by eight blocks of 64 x 64, each of them a cell too.
class WholePass : public ::testing::Test
{
  protected:
    WholePass() : source_({{512, 512, 64, 64, {1, 1, 1}, true}}) {}

    // Reads block number i.
    void ReadBlock(const Rig &rig, int32_t i)
    {
        ASSERT_TRUE(rig.ReadsRight(0, {i % 8 * 64, i / 8 * 64, 64, 64}));
    }

    static void Spill(const Rig &rig, struct rt_budget *disk)
    {
        ASSERT_TRUE(rt_block_cache_set_spill(
            rig.cache(), testing::TempDir().c_str(), disk, nullptr, nullptr));
        rt_view_set_spill(rig.view(), RT_SPILL_DISK);
    }

    uint64_t Decoded(const Rig &rig)
    {
        return rig.Stat(RT_STAT_PIXELS_DECODED) / (64 * 64);
    }

    MadeUpSource source_;
};

TEST_F(WholePass, ComesWhenHalfOfThePixelsWereDecodedInParts)
{
    source_.SetWholeReads();
    const Rig rig(&source_, 4 * kLayerBytes, 64, 64);

    for (int32_t i = 0; i < 32; i++)
        ReadBlock(rig, 2 * i);
    EXPECT_EQ(Decoded(rig), 32u);
    ReadBlock(rig, 0);
    EXPECT_EQ(Decoded(rig), 32u);
    ReadBlock(rig, 1);
    EXPECT_EQ(Decoded(rig), 64u);
    const int reads = source_.reads();
    for (int32_t i = 0; i < 64; i++)
        ReadBlock(rig, i);
    EXPECT_EQ(source_.reads(), reads);
    EXPECT_EQ(source_.MostDecodes(0), 1);
}

TEST_F(WholePass, DoesNotComeIfReadsCostWhatTheyDecode)
{
    const Rig rig(&source_, 4 * kLayerBytes, 64, 64);

    for (int32_t i = 0; i < 33; i++)
        ReadBlock(rig, i);
    EXPECT_EQ(Decoded(rig), 33u);
}

TEST_F(WholePass, DoesNotComeIfTheLayerWouldFillTheCache)
{
    source_.SetWholeReads();
    const Rig rig(&source_, kLayerBytes, 64, 64);

    for (int32_t i = 0; i < 33; i++)
        ReadBlock(rig, i);
    EXPECT_EQ(Decoded(rig), 33u);
}

// What does not fit in the cache is then kept on disk.
TEST_F(WholePass, ComesIfTheLayerCanBeSpilled)
{
    source_.SetWholeReads();
    struct rt_budget *disk = rt_budget_create(2 * kLayerBytes);
    {
        const Rig rig(&source_, kLayerBytes, 64, 64);

        Spill(rig, disk);
        for (int32_t i = 0; i < 33; i++)
            ReadBlock(rig, i);
        EXPECT_EQ(Decoded(rig), 64u);
        for (int32_t i = 0; i < 64; i++)
            ReadBlock(rig, i);
        EXPECT_EQ(source_.MostDecodes(0), 1);
    }
    rt_budget_destroy(disk);
}

TEST_F(WholePass, DoesNotComeIfTheDiskWouldNotHoldIt)
{
    source_.SetWholeReads();
    struct rt_budget *disk = rt_budget_create(kLayerBytes / 2);
    {
        const Rig rig(&source_, kLayerBytes, 64, 64);

        Spill(rig, disk);
        for (int32_t i = 0; i < 33; i++)
            ReadBlock(rig, i);
        EXPECT_EQ(Decoded(rig), 33u);
    }
    rt_budget_destroy(disk);
}

TEST_F(WholePass, LeavesItsFailuresToTheReadsThatTheyConcern)
{
    source_.SetWholeReads();
    const Rig rig(&source_, 4 * kLayerBytes, 64, 64);

    for (int32_t i = 0; i < 32; i++)
        ReadBlock(rig, i);
    source_.FailOn(0, 7, 7);
    ReadBlock(rig, 32);
    const Canvas canvas(source_, 0, {0}, {448, 448, 64, 64});
    struct rt_error err = {};
    EXPECT_EQ(rig.Read(0, canvas, &err), RT_ERR_SOURCE);
}

// Reads of a view whose fills take turns must not wait for themselves.
TEST_F(WholePass, DoesNotComeIfFillsTakeTurns)
{
    source_.SetWholeReads();
    const Rig rig(&source_, 4 * kLayerBytes, 64, 64);

    rt_view_fill_in_turn(rig.view());
    for (int32_t i = 0; i < 33; i++)
        ReadBlock(rig, i);
    EXPECT_EQ(Decoded(rig), 33u);
}

} // namespace
