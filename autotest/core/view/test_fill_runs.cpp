// How much a read decodes at once, and into which memory.
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>

#include "pages_count.h"
#include "view_rig.h"

namespace
{

// 16 strips of half a megabyte.
MadeUpSource Strips()
{
    LayerShape shape;

    shape.w_px = shape.source_block_w_px = 8192;
    shape.h_px = 1024;
    shape.source_block_h_px = 64;
    shape.access = RT_ACCESS_ROWS;
    return MadeUpSource({shape});
}

} // namespace

TEST(FillRuns, OfOneThreadAreDecodedInTheSameMemory)
{
    MadeUpSource source = Strips();
    const Rig rig(&source, std::nullopt, 512, 512);
    Canvas canvas(source, 0, {0}, {0, 0, 8192, 1024});
    struct rt_error err;
    const uint64_t before = pages_count_allocations();

    ASSERT_EQ(rig.Read(0, canvas, &err), RT_OK) << err.text;
    EXPECT_TRUE(canvas.IsRight());
    EXPECT_EQ(rig.Stat(RT_STAT_SOURCE_READS), 8u);
    EXPECT_EQ(pages_count_allocations() - before, 1u);
}

TEST(FillRuns, LeaveNothingBehind)
{
    MadeUpSource source = Strips();
    Rig rig(&source, std::nullopt, 512, 512);
    Canvas canvas(source, 0, {0}, {0, 0, 8192, 1024});
    struct rt_error err;
    const uint64_t before = pages_count_live();

    rig.SetThreads(3);
    ASSERT_EQ(rig.Read(0, canvas, &err), RT_OK) << err.text;
    EXPECT_TRUE(canvas.IsRight());
    EXPECT_EQ(pages_count_live(), before);
}
