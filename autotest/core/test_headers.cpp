// Every header of the core, as C++17; see test_headers.c.
#include "core/block_cache.h"
#include "core/block_pack.h"
#include "core/budget.h"
#include "core/byte_size.h"
#include "core/checked.h"
#include "core/checksum.h"
#include "core/chips.h"
#include "core/copy_axis.h"
#include "core/copy_plan.h"
#include "core/copy_plan_internal.h"
#include "core/fill.h"
#include "core/fork_lock.h"
#include "core/grid.h"
#include "core/identity.h"
#include "core/interleave.h"
#include "core/kept_bytes.h"
#include "core/source.h"
#include "core/spill_cost.h"
#include "core/spill_disk.h"
#include "core/spill_file.h"
#include "core/stats.h"
#include "core/status.h"
#include "core/view.h"
#include "core/view_internal.h"
#include "core/whole_pass.h"

// A flexible array member is an extension in C++, and every compiler has it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include "core/fill_internal.h"
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

TEST(Headers, NumberNaturalBlocksRowByRow)
{
    struct rt_layer layer = {};

    ASSERT_EQ(rt_grid_init(&layer.natural, 100, 100, 10, 10, nullptr), RT_OK);
    EXPECT_EQ(rt_natural_number(&layer, 0, 0), 0);
    EXPECT_EQ(rt_natural_number(&layer, 9, 0), 9);
    EXPECT_EQ(rt_natural_number(&layer, 0, 1), 10);
}

TEST(Headers, NumberTheLastOfTheMostNaturalBlocks)
{
    struct rt_layer layer = {};

    ASSERT_EQ(rt_grid_init(&layer.natural, 46340, 46340, 1, 1, nullptr), RT_OK);
    EXPECT_EQ(rt_natural_number(&layer, 46339, 46339), INT64_C(2147395599));
}

} // namespace
