// When blocks are decoded in groups, because small reads are expensive.
#include <gtest/gtest.h>

#include <random>

#include "view_rig.h"

namespace
{

constexpr uint64_t kLayerBytes = 512 * 512 * 3;

// Eight by eight blocks of 64 x 64, each of them a cell too.
class FillGroups : public ::testing::Test
{
  protected:
    FillGroups() : source_({{512, 512, 64, 64, {1, 1, 1}, true}})
    {
        source_.SetWholeReads();
    }

    // Reads block number i.
    void ReadBlock(const Rig &rig, int32_t i)
    {
        ASSERT_TRUE(rig.ReadsRight(0, {i % 8 * 64, i / 8 * 64, 64, 64}));
    }

    void ReadASixteenth(const Rig &rig)
    {
        for (int32_t i = 0; i < 4; i++)
            ReadBlock(rig, i);
        EXPECT_EQ(Decoded(rig), 4u);
    }

    // The upper half, of which all but the first blocks come in groups.
    void ReadHalf(const Rig &rig)
    {
        for (int32_t i = 0; i < 32; i++)
            ReadBlock(rig, i);
        EXPECT_EQ(Decoded(rig), 32u);
    }

    uint64_t Decoded(const Rig &rig)
    {
        return rig.Stat(RT_STAT_PIXELS_DECODED) / (64 * 64);
    }

    MadeUpSource source_;
};

TEST_F(FillGroups, ComeWhenASixteenthWasDecoded)
{
    const Rig rig(&source_, 4 * kLayerBytes, 64, 64);

    ReadASixteenth(rig);
    ReadBlock(rig, 63);
    EXPECT_EQ(Decoded(rig), 8u);
    const int reads = source_.reads();
    for (const int32_t i : {54, 55, 62})
        ReadBlock(rig, i);
    EXPECT_EQ(source_.reads(), reads);
}

TEST_F(FillGroups, LeaveOutWhatIsCached)
{
    const Rig rig(&source_, 4 * kLayerBytes, 64, 64);

    ReadASixteenth(rig);
    ReadBlock(rig, 9);
    EXPECT_EQ(Decoded(rig), 6u);
    EXPECT_EQ(source_.MostDecodes(0), 1);
}

TEST_F(FillGroups, AreReadAtOnce)
{
    const Rig rig(&source_, 4 * kLayerBytes, 64, 64);

    ReadASixteenth(rig);
    const int reads = source_.reads();
    ASSERT_TRUE(rig.ReadsRight(0, {140, 140, 20, 20}));
    EXPECT_EQ(Decoded(rig), 8u);
    EXPECT_EQ(source_.reads(), reads + 1);
}

// A window that touches four groups takes no more than it needs of them until
// half of the layer was decoded.
TEST_F(FillGroups, AreAllTakenWhenHalfWasDecoded)
{
    const Rig rig(&source_, 4 * kLayerBytes, 64, 64);

    ReadASixteenth(rig);
    ASSERT_TRUE(rig.ReadsRight(0, {100, 100, 60, 60}));
    EXPECT_EQ(Decoded(rig), 8u);
    ReadHalf(rig);
    const int reads = source_.reads();
    ASSERT_TRUE(rig.ReadsRight(0, {100, 356, 60, 60}));
    EXPECT_EQ(Decoded(rig), 48u);
    EXPECT_EQ(source_.reads(), reads + 4);
    EXPECT_EQ(source_.MostDecodes(0), 1);
}

TEST_F(FillGroups, DoNotComeIfReadsCostWhatTheyDecode)
{
    MadeUpSource source({{512, 512, 64, 64, {1, 1, 1}, true}});
    const Rig rig(&source, 4 * kLayerBytes, 64, 64);

    for (int32_t i = 0; i < 33; i++)
        ReadBlock(rig, i);
    EXPECT_EQ(Decoded(rig), 33u);
}

TEST_F(FillGroups, DoNotComeWithoutACache)
{
    const Rig rig(&source_, std::nullopt, 64, 64);

    for (int32_t i = 0; i < 33; i++)
        ReadBlock(rig, i);
    EXPECT_EQ(Decoded(rig), 33u);
}

TEST_F(FillGroups, DoNotComeIfFillsTakeTurns)
{
    const Rig rig(&source_, 4 * kLayerBytes, 64, 64);

    rt_view_fill_in_turn(rig.view());
    for (int32_t i = 0; i < 33; i++)
        ReadBlock(rig, i);
    EXPECT_EQ(Decoded(rig), 33u);
}

// Cells of 96 pixels touch groups that do not complete them.
TEST_F(FillGroups, MayNotCoincideWithCells)
{
    const Rig rig(&source_, 4 * kLayerBytes, 96, 96);

    for (int32_t i = 0; i < 36; i++) {
        const int32_t cell = i * 7 % 36;

        ASSERT_TRUE(rig.ReadsRight(0, {cell % 6 * 96, cell / 6 * 96,
                                       cell % 6 == 5 ? 32 : 96,
                                       cell / 6 == 5 ? 32 : 96}));
    }
    EXPECT_EQ(source_.MostDecodes(0), 1);
}

TEST_F(FillGroups, OfADamagedBlockSpoilOnlyWhatTouchesIt)
{
    const Rig rig(&source_, 4 * kLayerBytes, 64, 64);

    ReadHalf(rig);
    source_.FailOn(0, 7, 7);
    ReadBlock(rig, 54);
    ReadBlock(rig, 62);
    const Canvas canvas(source_, 0, {0}, {448, 448, 64, 64});
    struct rt_error err = {};
    EXPECT_EQ(rig.Read(0, canvas, &err), RT_ERR_SOURCE);
}

// Random reads, over blocks, cells and budgets of any size.
TEST(FillGroupsOfAnyGrid, GiveTheRightPixels)
{
    std::mt19937 random(7);
    const auto up_to = [&random](int32_t most) {
        return static_cast<int32_t>(random() % static_cast<uint32_t>(most)) + 1;
    };

    for (int i = 0; i < 200; i++) {
        const int32_t w_px = up_to(600), h_px = up_to(600);
        MadeUpSource source(
            {{w_px, h_px, up_to(100), up_to(100), {1, 2}, i % 2 == 0}});
        source.SetWholeReads();
        const uint64_t limit = UINT64_C(1) << (12 + up_to(10));
        const Rig rig(&source, limit, 63 + up_to(100), 63 + up_to(100));

        for (int j = 0; j < 30; j++) {
            const int32_t x_px = up_to(w_px) - 1, y_px = up_to(h_px) - 1;
            const struct rt_window window = {x_px, y_px, up_to(w_px - x_px),
                                             up_to(h_px - y_px)};

            ASSERT_TRUE(rig.ReadsRight(0, window)) << "case " << i;
        }
    }
}

} // namespace
