// Geometry of a raster cut into blocks.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "core/base/grid.h"

static bool operator==(const struct rt_window &a, const struct rt_window &b)
{
    return a.x_px == b.x_px && a.y_px == b.y_px && a.w_px == b.w_px &&
           a.h_px == b.h_px;
}

static bool operator==(const struct rt_block_range &a,
                       const struct rt_block_range &b)
{
    return a.col_blk == b.col_blk && a.row_blk == b.row_blk &&
           a.cols == b.cols && a.rows == b.rows;
}

namespace
{

using Window = struct rt_window;
using Range = struct rt_block_range;

constexpr int32_t kMost = INT32_MAX;

struct rt_grid Grid(int32_t w_px, int32_t h_px, int32_t block_w_px,
                    int32_t block_h_px)
{
    struct rt_grid grid = {};
    struct rt_error err = {};

    EXPECT_EQ(rt_grid_init(&grid, w_px, h_px, block_w_px, block_h_px, &err),
              RT_OK)
        << err.text;
    return grid;
}

enum rt_status InitStatus(int32_t w_px, int32_t h_px, int32_t block_w_px,
                          int32_t block_h_px)
{
    struct rt_grid grid = {};
    struct rt_error err = {};
    const enum rt_status status =
        rt_grid_init(&grid, w_px, h_px, block_w_px, block_h_px, &err);

    EXPECT_EQ(err.status, status);
    EXPECT_EQ(err.text[0] == '\0', status == RT_OK);
    return status;
}

Range Cover(const struct rt_grid &grid, const Window &window)
{
    return rt_grid_cover(&grid, &window);
}

Window Span(const struct rt_grid &grid, const Range &range)
{
    return rt_grid_span(&grid, &range);
}

TEST(Grid, CountsThePartialBlocksAtTheEdge)
{
    const struct rt_grid grid = Grid(1000, 513, 256, 512);

    EXPECT_EQ(grid.cols, 4);
    EXPECT_EQ(grid.rows, 2);
    EXPECT_EQ(Grid(1024, 512, 256, 512).cols, 4);
    EXPECT_EQ(Grid(1024, 512, 256, 512).rows, 1);
}

TEST(Grid, OfABlockLargerThanTheRasterIsOneBlock)
{
    const struct rt_grid grid = Grid(10, 20, kMost, kMost);

    EXPECT_EQ(grid.cols, 1);
    EXPECT_EQ(grid.rows, 1);
    EXPECT_TRUE(rt_grid_block(&grid, 0, 0) == (Window{0, 0, 10, 20}));
}

TEST(Grid, OfTheLargestRasterIsCounted)
{
    const struct rt_grid one = Grid(kMost, kMost, kMost, kMost);
    const struct rt_grid line = Grid(kMost, 1, 1, 1);

    EXPECT_EQ(one.cols * one.rows, 1);
    EXPECT_EQ(line.cols, kMost);
    EXPECT_TRUE(rt_grid_block(&line, kMost - 1, 0) ==
                (Window{kMost - 1, 0, 1, 1}));
}

TEST(Grid, RefusesSizesBelowOne)
{
    EXPECT_EQ(InitStatus(0, 5, 1, 1), RT_ERR_RANGE);
    EXPECT_EQ(InitStatus(5, -1, 1, 1), RT_ERR_RANGE);
    EXPECT_EQ(InitStatus(5, 5, 0, 1), RT_ERR_RANGE);
    EXPECT_EQ(InitStatus(5, 5, 1, INT32_MIN), RT_ERR_RANGE);
}

TEST(Grid, RefusesMoreThanTwoToThe31LessOneBlocks)
{
    EXPECT_EQ(InitStatus(46341, 46341, 1, 1), RT_ERR_RANGE); // 2147488281
    EXPECT_EQ(InitStatus(65536, 32768, 1, 1), RT_ERR_RANGE); // 2^31
    EXPECT_EQ(InitStatus(kMost, kMost, 1, 1), RT_ERR_RANGE);
    EXPECT_EQ(InitStatus(46340, 46340, 1, 1), RT_OK);
}

TEST(Grid, CoversAWindowWithTheFewestBlocks)
{
    const struct rt_grid grid = Grid(1000, 1000, 100, 50);

    EXPECT_TRUE(Cover(grid, {0, 0, 1, 1}) == (Range{0, 0, 1, 1}));
    EXPECT_TRUE(Cover(grid, {99, 49, 2, 2}) == (Range{0, 0, 2, 2}));
    EXPECT_TRUE(Cover(grid, {100, 50, 100, 50}) == (Range{1, 1, 1, 1}));
    EXPECT_TRUE(Cover(grid, {100, 50, 101, 51}) == (Range{1, 1, 2, 2}));
    EXPECT_TRUE(Cover(grid, {0, 0, 1000, 1000}) == (Range{0, 0, 10, 20}));
}

TEST(Grid, CoversTheFarEndOfTheLargestRaster)
{
    const struct rt_grid grid = Grid(kMost, kMost, 1 << 20, 1 << 20);

    EXPECT_TRUE(Cover(grid, {kMost - 1, kMost - 1, 1, 1}) ==
                (Range{2047, 2047, 1, 1}));
    EXPECT_TRUE(Cover(grid, {0, 0, kMost, kMost}) == (Range{0, 0, 2048, 2048}));
}

TEST(Grid, CutsBlocksAtTheEdgeOfTheRaster)
{
    const struct rt_grid grid = Grid(1000, 600, 256, 512);

    EXPECT_TRUE(rt_grid_block(&grid, 0, 0) == (Window{0, 0, 256, 512}));
    EXPECT_TRUE(rt_grid_block(&grid, 3, 0) == (Window{768, 0, 232, 512}));
    EXPECT_TRUE(rt_grid_block(&grid, 3, 1) == (Window{768, 512, 232, 88}));
}

TEST(Grid, CutsTheLastBlockOfTheLargestRaster)
{
    const struct rt_grid grid = Grid(kMost, kMost, 1 << 30, 1 << 30);

    EXPECT_TRUE(
        rt_grid_block(&grid, 1, 1) ==
        (Window{1 << 30, 1 << 30, kMost - (1 << 30), kMost - (1 << 30)}));
}

TEST(Grid, SpansARangeOfBlocks)
{
    const struct rt_grid grid = Grid(1000, 600, 256, 512);

    EXPECT_TRUE(Span(grid, {1, 0, 2, 1}) == (Window{256, 0, 512, 512}));
    EXPECT_TRUE(Span(grid, {1, 0, 3, 2}) == (Window{256, 0, 744, 600}));
}

TEST(Grid, CoverOfASpanIsTheSameRange)
{
    const struct rt_grid grid = Grid(1003, 611, 37, 59);

    for (int32_t col = 0; col < grid.cols; col++)
        for (int32_t row = 0; row < grid.rows; row++) {
            const Range range = {col, row, grid.cols - col, 1};

            EXPECT_TRUE(Cover(grid, Span(grid, range)) == range);
        }
}

TEST(Window, IntersectsInWhatBothHave)
{
    const Window a = {10, 20, 30, 40}, b = {35, 0, 100, 25};
    Window common = {};

    ASSERT_TRUE(rt_window_intersect(&a, &b, &common));
    EXPECT_TRUE(common == (Window{35, 20, 5, 5}));
    ASSERT_TRUE(rt_window_intersect(&b, &a, &common));
    EXPECT_TRUE(common == (Window{35, 20, 5, 5}));
}

TEST(Window, DoesNotIntersectWhatItOnlyTouches)
{
    const Window a = {0, 0, 10, 10}, right = {10, 0, 5, 10};
    const Window below = {0, 10, 10, 5}, corner = {9, 9, 1, 1};
    Window common = {};

    EXPECT_FALSE(rt_window_intersect(&a, &right, &common));
    EXPECT_FALSE(rt_window_intersect(&a, &below, &common));
    EXPECT_TRUE(rt_window_intersect(&a, &corner, &common));
}

TEST(Window, IntersectsAtTheEndOfTheRange)
{
    const Window all = {0, 0, kMost, kMost};
    const Window last = {kMost - 1, kMost - 1, 1, 1}, first = {0, 0, 1, 1};
    Window common = {};

    ASSERT_TRUE(rt_window_intersect(&all, &last, &common));
    EXPECT_TRUE(common == last);
    EXPECT_FALSE(rt_window_intersect(&first, &last, &common));
}

TEST(Window, MayBeReplacedByItsIntersection)
{
    const Window b = {5, 5, 10, 10};
    Window a = {0, 0, 8, 8};

    ASSERT_TRUE(rt_window_intersect(&a, &b, &a));
    EXPECT_TRUE(a == (Window{5, 5, 3, 3}));
}

TEST(Window, ContainsItselfAndWhatIsInside)
{
    const Window outer = {10, 10, 10, 10}, inner = {19, 10, 1, 10};

    EXPECT_TRUE(rt_window_contains(&outer, &outer));
    EXPECT_TRUE(rt_window_contains(&outer, &inner));
    EXPECT_FALSE(rt_window_contains(&inner, &outer));
}

TEST(Window, DoesNotContainWhatReachesOutByOnePixel)
{
    const Window outer = {10, 10, 10, 10};

    for (const Window &inner :
         {Window{9, 10, 2, 2}, Window{10, 9, 2, 2}, Window{19, 10, 2, 1},
          Window{10, 19, 1, 2}, Window{30, 30, 1, 1}})
        EXPECT_FALSE(rt_window_contains(&outer, &inner));
}

TEST(Window, AreaOfTheLargestDoesNotWrap)
{
    const Window window = {0, 0, kMost, kMost};

    EXPECT_EQ(rt_window_area(&window), UINT64_C(4611686014132420609));
}

enum rt_status Pad(int32_t size_px, int32_t block_px, int32_t *padded_px)
{
    struct rt_error err = {};

    return rt_grid_pad(size_px, block_px, padded_px, &err);
}

TEST(Pad, GrowsToWholeBlocks)
{
    int32_t padded = 0;

    EXPECT_EQ(Pad(1000, 256, &padded), RT_OK);
    EXPECT_EQ(padded, 1024);
    EXPECT_EQ(Pad(1024, 256, &padded), RT_OK);
    EXPECT_EQ(padded, 1024);
    EXPECT_EQ(Pad(1, kMost, &padded), RT_OK);
    EXPECT_EQ(padded, kMost);
    EXPECT_EQ(Pad(kMost, 1, &padded), RT_OK);
    EXPECT_EQ(padded, kMost);
}

TEST(Pad, RefusesToGrowAboveTwoToThe31LessOne)
{
    int32_t padded = 77;

    EXPECT_EQ(Pad(kMost, 2, &padded), RT_ERR_RANGE);
    EXPECT_EQ(Pad(kMost, kMost - 1, &padded), RT_ERR_RANGE);
    EXPECT_EQ(Pad((1 << 30) + 1, 1 << 30, &padded), RT_ERR_RANGE);
    EXPECT_EQ(padded, 77);
}

TEST(PadLevel, DividesThePaddedRasterByTheLevelsFactor)
{
    EXPECT_EQ(rt_grid_pad_level(1000, 1024, 500), 512);
    EXPECT_EQ(rt_grid_pad_level(1000, 1024, 250), 256);
    EXPECT_EQ(rt_grid_pad_level(1001, 1024, 501), 512); // rounded up
    EXPECT_EQ(rt_grid_pad_level(1001, 1024, 500), 512); // rounded down
    EXPECT_EQ(rt_grid_pad_level(1000, 1024, 334), 342); // a factor of 3
}

TEST(PadLevel, KeepsTheRatioIfTheFactorIsNotWhole)
{
    EXPECT_EQ(rt_grid_pad_level(1000, 1100, 700), 770);
    EXPECT_EQ(rt_grid_pad_level(1000, 1101, 700), 771);
}

TEST(PadLevel, LeavesALevelWithoutPaddingAlone)
{
    for (const int32_t level : {1, 2, 3, 250, 333, 499, 500, 700, 999, 1000})
        EXPECT_EQ(rt_grid_pad_level(1000, 1000, level), level);
}

TEST(PadLevel, NeverShrinksALevelNorPassesTheRange)
{
    EXPECT_EQ(rt_grid_pad_level(kMost, kMost, kMost), kMost);
    EXPECT_EQ(rt_grid_pad_level(1, kMost, 1), kMost);
    EXPECT_EQ(rt_grid_pad_level(1, kMost, kMost), kMost);
    for (int32_t level = 1; level <= 1000; level++)
        EXPECT_GE(rt_grid_pad_level(1000, 1024, level), level);
}

TEST(ComputedBlocks, AreWholeMultiplesOfTheViewsBlocksWithinLimits)
{
    EXPECT_EQ(rt_grid_computed_px(1), 64);
    EXPECT_EQ(rt_grid_computed_px(50), 100);
    EXPECT_EQ(rt_grid_computed_px(63), 126);
    for (const int32_t block : {64, 500, 1024})
        EXPECT_EQ(rt_grid_computed_px(block), block);
    EXPECT_EQ(rt_grid_computed_px(1025), 512);
    EXPECT_EQ(rt_grid_computed_px(kMost), 512);
}

} // namespace
