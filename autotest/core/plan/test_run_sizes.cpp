// How many source blocks a run may have.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "core/plan/internal.h"

static bool operator==(const struct rt_copy_run_size &a,
                       const struct rt_copy_run_size &b)
{
    return a.w_blk == b.w_blk && a.h_blk == b.h_blk;
}

namespace
{

using Size = struct rt_copy_run_size;

// RGB bytes in tiles of 512 x 512.
struct rt_copy_shape Shape(int32_t w_px, int32_t h_px,
                           int32_t source_block_w_px, int32_t source_block_h_px)
{
    struct rt_copy_shape shape = {};

    shape.w_px = w_px;
    shape.h_px = h_px;
    shape.source_block_w_px = source_block_w_px;
    shape.source_block_h_px = source_block_h_px;
    shape.tile_w_px = shape.tile_h_px = 512;
    shape.px_bytes = 3;
    return shape;
}

std::vector<Size> Sizes(const struct rt_copy_shape &shape)
{
    Size sizes[RT_COPY_RUN_SIZES];
    const int n = rt_copy_run_sizes(&shape, sizes);

    return {sizes, sizes + n};
}

TEST(CopyRunSizes, OfferASingleBlockLast)
{
    EXPECT_EQ(Sizes(Shape(16384, 16384, 128, 128)).back(), (Size{1, 1}));
    EXPECT_EQ(Sizes(Shape(16384, 16384, 16384, 1)).back(), (Size{1, 1}));
    EXPECT_EQ(Sizes(Shape(8192, 8192, 500, 300)).back(), (Size{1, 1}));
}

TEST(CopyRunSizes, OfferNothingTwice)
{
    EXPECT_EQ(Sizes(Shape(3000, 2000, 3000, 2000)).size(), 1U);
    EXPECT_EQ(Sizes(Shape(16384, 16384, 16384, 2000)).size(), 1U);
}

TEST(CopyRunSizes, OfferRunsThatEndWithTilesFirst)
{
    EXPECT_EQ(Sizes(Shape(16384, 16384, 128, 128)).front(), (Size{4, 4}));
    EXPECT_EQ(Sizes(Shape(16384, 16384, 1024, 1024)).front(), (Size{1, 1}));
    EXPECT_EQ(Sizes(Shape(16384, 16384, 384, 512)).front(), (Size{4, 1}));
}

TEST(CopyRunSizes, OfferNoAlignedWidthIfAWindowStartsInsideABlock)
{
    struct rt_copy_shape shape = Shape(16384, 16384, 384, 512);

    shape.source_block_x_px = 1;
    EXPECT_EQ(Sizes(shape).front(), (Size{7, 1}));
}

TEST(CopyRunSizes, StayBelowWhatACoreCacheHolds)
{
    for (const Size &size : Sizes(Shape(16384, 16384, 16384, 1)))
        EXPECT_LE(size.h_blk * 16384 * 3, 4 << 20);
}

TEST(CopyRunSizes, ShareATileEvenlyIfBlocksDo)
{
    EXPECT_EQ(Sizes(Shape(16384, 16384, 16384, 1)).front(), (Size{1, 64}));
    EXPECT_EQ(Sizes(Shape(16384, 16384, 16384, 7)).front(), (Size{1, 12}));
}

TEST(CopyRunSizes, AreAtLeastTwiceTheHalo)
{
    struct rt_copy_shape shape = Shape(5000, 5000, 16, 3);

    shape.halo_px = 40;
    shape.input_px_bytes = 4;
    for (const Size &size : Sizes(shape)) {
        EXPECT_GE(size.w_blk, 5);
        EXPECT_GE(size.h_blk, 27);
    }
    EXPECT_TRUE(Sizes(shape).back() == (Size{5, 27}));
}

TEST(CopyRunSizes, CoverARasterThatIsSmallerThanTheHalo)
{
    struct rt_copy_shape shape = Shape(50, 5000, 16, 100);

    shape.halo_px = 40;
    shape.input_px_bytes = 4;
    for (const Size &size : Sizes(shape))
        EXPECT_EQ(size.w_blk, 4);
}

} // namespace
