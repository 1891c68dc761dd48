// Compiles every header of the core as C++17; see test_headers.c.
#include "core/base/budget.h"
#include "core/base/byte_size.h"
#include "core/base/checked.h"
#include "core/base/checksum.h"
#include "core/base/clock.h"
#include "core/base/fork_lock.h"
#include "core/base/grid.h"
#include "core/base/identity.h"
#include "core/base/interleave.h"
#include "core/base/stats.h"
#include "core/base/status.h"
#include "core/cache/block_cache.h"
#include "core/cache/encoded_cache.h"
#include "core/cache/pack.h"
#include "core/plan/axis.h"
#include "core/plan/internal.h"
#include "core/plan/plan.h"
#include "core/source/source.h"
#include "core/spill/cost.h"
#include "core/spill/disk.h"
#include "core/spill/file.h"
#include "core/view/chips.h"
#include "core/view/fill.h"
#include "core/view/internal.h"
#include "core/view/sink.h"
#include "core/view/view.h"

// A flexible array member is an extension in C++, but every compiler has it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include "core/view/fill_internal.h"
#pragma GCC diagnostic pop

#include <gtest/gtest.h>

#include "header_sizes.h"

namespace
{

TEST(Headers, AreTheSameStructsInCAndCxx)
{
    const size_t sizes_in_cxx[HEADER_SIZES] = {HEADER_SIZE_LIST};

    for (size_t i = 0; i < HEADER_SIZES; i++)
        EXPECT_EQ(header_sizes_in_c[i], sizes_in_cxx[i]) << "struct " << i;
}

TEST(Headers, NumberSourceBlocksRowByRow)
{
    struct rt_layer layer = {};

    ASSERT_EQ(rt_grid_init(&layer.grid, 100, 100, 10, 10, nullptr), RT_OK);
    EXPECT_EQ(rt_source_block_number(&layer, 0, 0), 0);
    EXPECT_EQ(rt_source_block_number(&layer, 9, 0), 9);
    EXPECT_EQ(rt_source_block_number(&layer, 0, 1), 10);
}

TEST(Headers, NumberTheLastOfTheMostSourceBlocks)
{
    struct rt_layer layer = {};

    ASSERT_EQ(rt_grid_init(&layer.grid, 46340, 46340, 1, 1, nullptr), RT_OK);
    EXPECT_EQ(rt_source_block_number(&layer, 46339, 46339),
              INT64_C(2147395599));
}

} // namespace
