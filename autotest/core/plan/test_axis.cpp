// How runs and tiles meet along one axis.
#include <gtest/gtest.h>

#include <cstdint>

#include "core/plan/axis.h"

static bool operator==(const struct rt_copy_span &a,
                       const struct rt_copy_span &b)
{
    return a.begin == b.begin && a.end == b.end;
}

namespace
{

using Axis = struct rt_copy_axis;
using Span = struct rt_copy_span;

constexpr int32_t kMost = INT32_MAX;

TEST(CopyAxis, CountsPartialRunsAndTilesAtTheEdge)
{
    const Axis axis = {1001, 512, 500, 0, 0};

    EXPECT_EQ(rt_copy_axis_runs(&axis), 3);
    EXPECT_EQ(rt_copy_axis_tiles(&axis), 2);
}

TEST(CopyAxis, CountsNoEmptyRunOrTileAtTheEdge)
{
    const Axis axis = {1000, 500, 250, 0, 0};

    EXPECT_EQ(rt_copy_axis_runs(&axis), 4);
    EXPECT_EQ(rt_copy_axis_tiles(&axis), 2);
}

TEST(CopyAxis, CountsARunThatAPhaseBringsIn)
{
    const Axis axis = {1000, 500, 250, 1, 0};

    EXPECT_EQ(rt_copy_axis_runs(&axis), 5);
}

TEST(CopyAxis, CutsRunsAtBothEdges)
{
    const Axis axis = {1000, 500, 300, 100, 0};

    EXPECT_EQ(rt_copy_axis_run(&axis, 0), (Span{0, 200}));
    EXPECT_EQ(rt_copy_axis_run(&axis, 1), (Span{200, 500}));
    EXPECT_EQ(rt_copy_axis_run(&axis, 3), (Span{800, 1000}));
}

TEST(CopyAxis, CutsARunAtBothEdgesAtOnce)
{
    const Axis axis = {10, 16, 512, 500, 0};

    EXPECT_EQ(rt_copy_axis_run(&axis, 0), (Span{0, 10}));
    EXPECT_EQ(rt_copy_axis_runs(&axis), 1);
}

TEST(CopyAxis, FindsTheRunOfAPixel)
{
    const Axis axis = {1000, 500, 300, 100, 0};

    EXPECT_EQ(rt_copy_axis_run_at(&axis, 0), 0);
    EXPECT_EQ(rt_copy_axis_run_at(&axis, 199), 0);
    EXPECT_EQ(rt_copy_axis_run_at(&axis, 200), 1);
    EXPECT_EQ(rt_copy_axis_run_at(&axis, 999), 3);
}

TEST(CopyAxis, CutsTheLastTile)
{
    const Axis axis = {1000, 512, 100, 0, 0};

    EXPECT_EQ(rt_copy_axis_tile(&axis, 0), (Span{0, 512}));
    EXPECT_EQ(rt_copy_axis_tile(&axis, 1), (Span{512, 1000}));
}

TEST(CopyAxis, FindsTheTilesOfARunThatEndsWithATile)
{
    const Axis axis = {2048, 512, 256, 0, 0};

    EXPECT_EQ(rt_copy_axis_tiles_of_run(&axis, 1), (Span{0, 1}));
    EXPECT_EQ(rt_copy_axis_tiles_of_run(&axis, 2), (Span{1, 2}));
}

TEST(CopyAxis, FindsBothTilesOfARunThatStraddlesThem)
{
    const Axis axis = {2048, 512, 500, 0, 0};

    EXPECT_EQ(rt_copy_axis_tiles_of_run(&axis, 0), (Span{0, 1}));
    EXPECT_EQ(rt_copy_axis_tiles_of_run(&axis, 1), (Span{0, 2}));
}

TEST(CopyAxis, FindsAllTilesOfARunThatIsWider)
{
    const Axis axis = {4096, 512, 1500, 0, 0};

    EXPECT_EQ(rt_copy_axis_tiles_of_run(&axis, 1), (Span{2, 6}));
}

TEST(CopyAxis, FindsTheRunsOfTiles)
{
    const Axis axis = {4096, 512, 500, 100, 0};

    EXPECT_EQ(rt_copy_axis_runs_of_tiles(&axis, 0, 0), (Span{0, 2}));
    EXPECT_EQ(rt_copy_axis_runs_of_tiles(&axis, 1, 2), (Span{1, 4}));
    EXPECT_EQ(rt_copy_axis_runs_of_tiles(&axis, 7, 7), (Span{7, 9}));
}

TEST(CopyAxis, KnowsWhetherATileLiesInOneRun)
{
    const Axis axis = {4096, 512, 1500, 0, 0};

    EXPECT_TRUE(rt_copy_axis_in_one_run(&axis, 1));
    EXPECT_FALSE(rt_copy_axis_in_one_run(&axis, 2));
    EXPECT_TRUE(rt_copy_axis_in_one_run(&axis, 3));
}

TEST(CopyAxis, CountsAPartialTileInOneRunIfItsPixelsAre)
{
    const Axis axis = {600, 512, 600, 0, 0};

    EXPECT_TRUE(rt_copy_axis_in_one_run(&axis, 1));
}

TEST(CopyAxis, TakesTheLargestSizes)
{
    const Axis axis = {kMost, 16, kMost, kMost - 1, 0};

    EXPECT_EQ(rt_copy_axis_runs(&axis), 2);
    EXPECT_EQ(rt_copy_axis_tiles(&axis), 134217728);
    EXPECT_EQ(rt_copy_axis_run(&axis, 0), (Span{0, 1}));
    EXPECT_EQ(rt_copy_axis_run(&axis, 1), (Span{1, kMost}));
    EXPECT_EQ(rt_copy_axis_tile(&axis, 134217727), (Span{2147483632, kMost}));
    EXPECT_EQ(rt_copy_axis_tiles_of_run(&axis, 1), (Span{0, 134217728}));
}

TEST(CopyAxis, DeliversAHaloEarlierThanItDecodes)
{
    const Axis axis = {1000, 500, 300, 100, 7};

    EXPECT_EQ(rt_copy_axis_runs(&axis), 4);
    EXPECT_EQ(rt_copy_axis_input(&axis, 0), (Span{0, 200}));
    EXPECT_EQ(rt_copy_axis_run(&axis, 0), (Span{0, 193}));
    EXPECT_EQ(rt_copy_axis_input(&axis, 1), (Span{200, 500}));
    EXPECT_EQ(rt_copy_axis_run(&axis, 1), (Span{193, 493}));
    EXPECT_EQ(rt_copy_axis_input(&axis, 3), (Span{800, 1000}));
    EXPECT_EQ(rt_copy_axis_run(&axis, 3), (Span{793, 1000}));
    EXPECT_EQ(rt_copy_axis_run_at(&axis, 492), 1);
    EXPECT_EQ(rt_copy_axis_run_at(&axis, 493), 2);
    EXPECT_EQ(rt_copy_axis_run_at(&axis, 999), 3);
}

TEST(CopyAxis, JoinsAFirstRunThatWouldDeliverNothing)
{
    const Axis axis = {1000, 500, 300, 295, 5};

    EXPECT_EQ(rt_copy_axis_runs(&axis), 4);
    EXPECT_EQ(rt_copy_axis_input(&axis, 0), (Span{0, 305}));
    EXPECT_EQ(rt_copy_axis_run(&axis, 0), (Span{0, 300}));
    EXPECT_EQ(rt_copy_axis_run(&axis, 1), (Span{300, 600}));
}

TEST(CopyAxis, GivesTheLastRunTheHaloAtTheEnd)
{
    const Axis axis = {602, 500, 300, 0, 5};

    EXPECT_EQ(rt_copy_axis_runs(&axis), 3);
    EXPECT_EQ(rt_copy_axis_input(&axis, 2), (Span{600, 602}));
    EXPECT_EQ(rt_copy_axis_run(&axis, 2), (Span{595, 602}));
}

TEST(CopyAxis, HasOneRunIfTheHaloIsLargerThanTheRaster)
{
    const Axis axis = {10, 16, 12, 2, 40};

    EXPECT_EQ(rt_copy_axis_runs(&axis), 1);
    EXPECT_EQ(rt_copy_axis_input(&axis, 0), (Span{0, 10}));
    EXPECT_EQ(rt_copy_axis_run(&axis, 0), (Span{0, 10}));
    EXPECT_EQ(rt_copy_axis_run_at(&axis, 9), 0);
}

TEST(CopyAxis, LooksBackTwoHalosAndNoFurther)
{
    const Axis axis = {1000, 100, 50, 0, 5};
    struct rt_copy_reach reach;

    rt_copy_axis_reach(&axis, {0, 10}, 3, &reach);
    EXPECT_EQ(reach.input, (Span{150, 200}));
    EXPECT_EQ(reach.output, (Span{145, 195}));
    EXPECT_EQ(reach.support, (Span{140, 200}));
    EXPECT_EQ(reach.kept, (Span{150, 200}));
    EXPECT_EQ(reach.passed, (Span{190, 200}));
    EXPECT_FALSE(reach.first);
    EXPECT_FALSE(reach.last);
}

// Tile 3 begins at 300, so pixels from 295 on are read.
TEST(CopyAxis, DecodesARunBeforeATileForItsMarginAlone)
{
    const Axis axis = {1000, 100, 50, 0, 5};
    struct rt_copy_reach reach;

    EXPECT_EQ(rt_copy_axis_runs_for(&axis, {3, 4}), (Span{5, 9}));
    rt_copy_axis_reach(&axis, {3, 4}, 5, &reach);
    EXPECT_EQ(reach.input, (Span{250, 300}));
    EXPECT_EQ(reach.output.begin, reach.output.end);
    EXPECT_EQ(reach.support.begin, reach.support.end);
    EXPECT_EQ(reach.kept, (Span{295, 300}));
    EXPECT_EQ(reach.passed, (Span{295, 300}));
    EXPECT_TRUE(reach.first);
    rt_copy_axis_reach(&axis, {3, 4}, 8, &reach);
    EXPECT_EQ(reach.output, (Span{395, 400}));
    EXPECT_EQ(reach.support, (Span{390, 405}));
    EXPECT_EQ(reach.kept, (Span{400, 405}));
    EXPECT_EQ(reach.passed.begin, reach.passed.end);
    EXPECT_TRUE(reach.last);
}

} // namespace
