// Block-by-block scans decode each source block once.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "view_rig.h"

namespace
{

enum class Order { kRows, kColumns, kRandom };

struct Scan {
    const char *name;
    int32_t source_block_w_px,
        source_block_h_px; // 0 for that of the whole raster
    int32_t block_px;
    bool interleaved;
};

void PrintTo(const Scan &scan, std::ostream *out)
{
    *out << scan.name;
}

constexpr int32_t kWidth = 1300, kHeight = 1100;
constexpr uint64_t kEntryBytes = 256; // more than the bookkeeping of an entry

LayerShape Shape(const Scan &scan)
{
    LayerShape shape;

    shape.w_px = kWidth;
    shape.h_px = kHeight;
    shape.source_block_w_px =
        scan.source_block_w_px ? scan.source_block_w_px : kWidth;
    shape.source_block_h_px =
        scan.source_block_h_px ? scan.source_block_h_px : kHeight;
    shape.px_bytes = {1, 2};
    shape.interleaved = scan.interleaved;
    return shape;
}

uint64_t Ceil(int32_t size_px, int32_t block_px)
{
    return static_cast<uint64_t>((size_px + block_px - 1) / block_px);
}

// Adds to kept_bytes what a fill holds while it decodes: an eighth of the limit
// or the minimum that is always allowed, or one source block.
uint64_t WithRun(uint64_t kept_bytes, const LayerShape &shape)
{
    const uint64_t source_block =
        static_cast<uint64_t>(shape.source_block_w_px) *
        static_cast<uint64_t>(shape.source_block_h_px) * 3;
    const uint64_t least = std::max(source_block, UINT64_C(256) << 10);
    const uint64_t eighth =
        std::min((kept_bytes + least) / 7 + 1, UINT64_C(4) << 20);

    return kept_bytes + std::max(least, eighth);
}

// The bytes of as many rows of cached blocks as the source blocks under one of
// them reach into, with three bytes for each pixel.
uint64_t RowBudget(const Scan &scan)
{
    const LayerShape shape = Shape(scan);
    const uint64_t cols = Ceil(kWidth, scan.block_px);
    const uint64_t cell = static_cast<uint64_t>(scan.block_px) *
                          static_cast<uint64_t>(scan.block_px) * 3;
    const uint64_t rows =
        std::min(Ceil(kHeight, scan.block_px),
                 1 + Ceil(shape.source_block_h_px, scan.block_px));

    return WithRun(rows * cols * (cell + 8 * kEntryBytes), shape);
}

uint64_t ImageBudget(const Scan &scan)
{
    const uint64_t cells =
        Ceil(kWidth, scan.block_px) * Ceil(kHeight, scan.block_px);
    const uint64_t pixels = static_cast<uint64_t>(kWidth) * kHeight * 3;
    const uint64_t cell = static_cast<uint64_t>(scan.block_px) *
                          static_cast<uint64_t>(scan.block_px) * 3;

    return WithRun(pixels + cell + cells * 8 * kEntryBytes, Shape(scan));
}

std::vector<struct rt_window> Blocks(const Scan &scan, Order order)
{
    std::vector<struct rt_window> blocks;
    struct rt_grid grid = {};

    EXPECT_EQ(rt_grid_init(&grid, kWidth, kHeight, scan.block_px, scan.block_px,
                           nullptr),
              RT_OK);
    const int32_t outer = order == Order::kColumns ? grid.cols : grid.rows;
    const int32_t inner = order == Order::kColumns ? grid.rows : grid.cols;

    for (int32_t i = 0; i < outer; i++)
        for (int32_t j = 0; j < inner; j++)
            blocks.push_back(order == Order::kColumns
                                 ? rt_grid_block(&grid, i, j)
                                 : rt_grid_block(&grid, j, i));
    if (order == Order::kRandom)
        Dice(7).Shuffle(&blocks);
    return blocks;
}

class FillScan : public testing::TestWithParam<Scan>
{
  protected:
    // Reads all blocks; within a block, plane by plane.
    void Read(uint64_t limit_bytes, Order order, enum rt_access access)
    {
        LayerShape shape = Shape(GetParam());

        shape.access = access;
        MadeUpSource source({shape});
        const Rig rig(&source, limit_bytes, GetParam().block_px,
                      GetParam().block_px);

        for (const struct rt_window &block : Blocks(GetParam(), order))
            for (const int32_t plane : {0, 1})
                ASSERT_TRUE(rig.ReadsRight(0, block, {plane}));
        EXPECT_EQ(source.LeastDecodes(0), 1);
        EXPECT_EQ(source.MostDecodes(0), 1);
        EXPECT_LE(rig.Counters().peak_bytes, limit_bytes);
        EXPECT_EQ(rig.Stat(RT_STAT_OVERSIZE), 0u);
        EXPECT_EQ(source.Complaint(), "");
    }
    enum rt_access Access() const
    {
        return GetParam().source_block_w_px ? RT_ACCESS_RANDOM : RT_ACCESS_ROWS;
    }
};

TEST_P(FillScan, InRowOrderDecodesOnceOnRowsOfCachedBlocks)
{
    Read(RowBudget(GetParam()), Order::kRows, Access());
}

TEST_P(FillScan, InColumnOrderDecodesOnceIfTheImageFits)
{
    Read(ImageBudget(GetParam()), Order::kColumns, Access());
}

TEST_P(FillScan, InRandomOrderDecodesOnceIfTheImageFits)
{
    Read(ImageBudget(GetParam()), Order::kRandom, Access());
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, FillScan,
    testing::Values(Scan{"RowsOfOne", 0, 1, 256, true},
                    Scan{"Strips16", 0, 16, 256, true},
                    Scan{"Strips16Planar", 0, 16, 256, false},
                    Scan{"Strips100", 0, 100, 256, true},
                    Scan{"Strips300", 0, 300, 64, true},
                    Scan{"Tiles500x300", 500, 300, 256, true},
                    Scan{"Tiles500x300Planar", 500, 300, 256, false},
                    Scan{"Tiles500x300Small", 500, 300, 100, true},
                    Scan{"Tiles500x300Large", 500, 300, 512, true},
                    Scan{"Tiles64x64", 64, 64, 256, true},
                    Scan{"Tiles33x57", 33, 57, 128, false},
                    Scan{"Single", 0, 0, 256, true},
                    Scan{"SingleSmall", 0, 0, 64, false}),
    [](const testing::TestParamInfo<Scan> &tested) {
        return std::string(tested.param.name);
    });

} // namespace
