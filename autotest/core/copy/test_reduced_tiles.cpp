// Levels are computed while a made-up raster is copied. Whatever the plan, each
// level has the pixels that it has when it is computed as a whole, each tile is
// encoded once, and no more is held than the budget allows.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <mutex>
#include <random>
#include <vector>

#include "core/copy/engine.h"
#include "pages_count.h"
#include "short_runs.h"

namespace
{

struct Level {
    int32_t w_px, h_px;
    std::vector<uint8_t> bytes; // pixel by pixel: all planes, then the mask
};

// A raster, its levels, and the results.
struct Pyramid {
    rt_copy_shape shape = {};
    rt_copy_limits limits = {};
    rt_copy_layout layout = {};
    rt_copy_plan plan = {};
    std::vector<Level> levels;
    std::mutex lock;
    std::vector<std::string> faults;
    std::vector<std::vector<int>> written; // for each level and tile
    std::atomic<int> fail_reduce{-1}, reduced{0};
    uint64_t next = 0;

    size_t PxBytes() const { return static_cast<size_t>(shape.px_bytes); }
    void Fault(const std::string &text)
    {
        const std::lock_guard<std::mutex> guard(lock);

        faults.push_back(text);
    }
};

struct Pixels {
    rt_window window;
    uint8_t *bytes;
};

// The place of byte i of a pixel in a buffer with the layout of a tile.
size_t Offset(const rt_copy_layout &layout, const rt_window &window, int32_t x,
              int32_t y, size_t i)
{
    const size_t at = static_cast<size_t>(y - window.y_px) *
                          static_cast<size_t>(window.w_px) +
                      static_cast<size_t>(x - window.x_px);
    const size_t area = static_cast<size_t>(rt_window_area(&window));
    const size_t planes = static_cast<size_t>(layout.n_planes);
    const size_t sample = layout.sample_bytes;

    if (i == planes * sample)
        return area * planes * sample + at;
    if (layout.interleaved)
        return at * planes * sample + i;
    return (i / sample * area + at) * sample + i % sample;
}

struct Support {
    int32_t begin, end;
};

Support SupportOf(int32_t px, int32_t size, int32_t below, int32_t reach)
{
    const int64_t begin = static_cast<int64_t>(px) * below / size - reach;
    const int64_t end =
        ((static_cast<int64_t>(px) + 1) * below + size - 1) / size + reach;

    return {static_cast<int32_t>(std::max<int64_t>(0, begin)),
            static_cast<int32_t>(std::min<int64_t>(below, end))};
}

// A byte of a reduced pixel: a sum over everything that it is computed from,
// with weights that differ from place to place.
template <class Read>
uint8_t Reduced(const Support &x, const Support &y, const Read &read)
{
    uint32_t sum = 0;

    for (int32_t j = y.begin; j < y.end; j++)
        for (int32_t i = x.begin; i < x.end; i++)
            sum += read(i, j) * static_cast<uint32_t>(2 * (i % 7 + j % 5) + 1);
    return static_cast<uint8_t>(sum ^ (sum >> 8));
}

void MakeLevels(Pyramid &pyramid, std::mt19937 &random)
{
    const rt_copy_levels &wanted = pyramid.shape.levels;
    const size_t px = pyramid.PxBytes();
    Level level = {pyramid.shape.w_px, pyramid.shape.h_px, {}};

    level.bytes.resize(static_cast<size_t>(level.w_px) *
                       static_cast<size_t>(level.h_px) * px);
    for (uint8_t &byte : level.bytes)
        byte = static_cast<uint8_t>(random());
    pyramid.levels.push_back(level);
    for (int32_t n = 0; n < wanted.n; n++) {
        const Level &below = pyramid.levels.back();
        Level next = {wanted.w_px[n], wanted.h_px[n], {}};

        for (int32_t y = 0; y < next.h_px; y++)
            for (int32_t x = 0; x < next.w_px; x++)
                for (size_t i = 0; i < px; i++)
                    next.bytes.push_back(Reduced(
                        SupportOf(x, next.w_px, below.w_px, wanted.reach_px),
                        SupportOf(y, next.h_px, below.h_px, wanted.reach_px),
                        [&](int32_t col, int32_t row) -> uint32_t {
                            return below
                                .bytes[(static_cast<size_t>(row) *
                                            static_cast<size_t>(below.w_px) +
                                        static_cast<size_t>(col)) *
                                           px +
                                       i];
                        }));
        pyramid.levels.push_back(next);
    }
}

const uint8_t *PixelAt(const Level &level, size_t px_bytes, int32_t x,
                       int32_t y)
{
    return &level.bytes[(static_cast<size_t>(y) *
                             static_cast<size_t>(level.w_px) +
                         static_cast<size_t>(x)) *
                        px_bytes];
}

rt_status DecodeLevel(void *context, int32_t, const rt_window *window,
                      void *pixels, rt_error *)
{
    const auto *pyramid = static_cast<const Pyramid *>(context);
    rt_copy_layout layout = pyramid->layout;

    layout.interleaved = layout.packed;
    for (int32_t y = window->y_px; y < window->y_px + window->h_px; y++)
        for (int32_t x = window->x_px; x < window->x_px + window->w_px; x++)
            for (size_t i = 0; i < pyramid->PxBytes(); i++)
                static_cast<uint8_t *>(
                    pixels)[Offset(layout, *window, x, y, i)] =
                    PixelAt(pyramid->levels[0], pyramid->PxBytes(), x, y)[i];
    return RT_OK;
}

bool Inside(const Support &part, int32_t begin, int32_t n)
{
    return part.begin >= begin && part.end <= begin + n;
}

rt_status Reduce(void *context, int32_t level, const rt_window *support,
                 void *below, const rt_window *output, void *out, rt_error *err)
{
    auto *pyramid = static_cast<Pyramid *>(context);
    rt_copy_layout layout = pyramid->layout;
    const Level &from = pyramid->levels[static_cast<size_t>(level) - 1];
    const Level &to = pyramid->levels[static_cast<size_t>(level)];
    const int32_t reach = pyramid->shape.levels.reach_px;
    const auto *in = static_cast<const uint8_t *>(below);

    if (pyramid->reduced++ == pyramid->fail_reduce)
        return rt_error_set(err, RT_ERR_SOURCE, "made-up reduction");
    layout.interleaved = false;
    for (int32_t y = output->y_px; y < output->y_px + output->h_px; y++)
        for (int32_t x = output->x_px; x < output->x_px + output->w_px; x++) {
            const Support sx = SupportOf(x, to.w_px, from.w_px, reach);
            const Support sy = SupportOf(y, to.h_px, from.h_px, reach);

            if (!Inside(sx, support->x_px, support->w_px) ||
                !Inside(sy, support->y_px, support->h_px)) {
                pyramid->Fault("a pixel lies outside of the support");
                return RT_OK;
            }
            for (size_t i = 0; i < pyramid->PxBytes(); i++)
                static_cast<uint8_t *>(out)[Offset(layout, *output, x, y, i)] =
                    Reduced(sx, sy, [&](int32_t col, int32_t row) -> uint32_t {
                        return in[Offset(layout, *support, col, row, i)];
                    });
        }
    return RT_OK;
}

rt_status EncodeLevel(void *context, int32_t, const rt_copy_tile *tile,
                      void *pixels, void *, uint64_t *n_bytes, rt_error *)
{
    auto *pyramid = static_cast<Pyramid *>(context);
    const Level &level = pyramid->levels[static_cast<size_t>(tile->level)];
    const rt_window frame = {tile->window.x_px, tile->window.y_px,
                             pyramid->shape.tile_w_px,
                             pyramid->shape.tile_h_px};
    const rt_window &in = tile->window;

    *n_bytes = 1;
    for (int32_t y = in.y_px; y < in.y_px + in.h_px; y++)
        for (int32_t x = in.x_px; x < in.x_px + in.w_px; x++)
            for (size_t i = 0; i < pyramid->PxBytes(); i++)
                if (static_cast<const uint8_t *>(
                        pixels)[Offset(pyramid->layout, frame, x, y, i)] !=
                    PixelAt(level, pyramid->PxBytes(), x, y)[i]) {
                    pyramid->Fault("a wrong pixel in level " +
                                   std::to_string(tile->level));
                    return RT_OK;
                }
    // An encoder may overwrite the pixels; that must not reach the levels.
    std::memset(pixels, 0x55,
                static_cast<size_t>(rt_window_area(&frame)) *
                    pyramid->PxBytes());
    return RT_OK;
}

rt_status WriteLevel(void *context, const rt_copy_tile *tile, const void *,
                     uint64_t, rt_error *)
{
    auto *pyramid = static_cast<Pyramid *>(context);
    const std::lock_guard<std::mutex> guard(pyramid->lock);
    std::vector<int> &tiles =
        pyramid->written[static_cast<size_t>(tile->level)];
    const int32_t cols =
        (pyramid->levels[static_cast<size_t>(tile->level)].w_px - 1) /
            pyramid->shape.tile_w_px +
        1;
    const auto number =
        static_cast<size_t>(tile->row) * static_cast<size_t>(cols) +
        static_cast<size_t>(tile->col);

    tiles[number]++;
    if (tile->level == 0 && !pyramid->limits.any_order &&
        number != pyramid->next++)
        pyramid->faults.push_back("tiles out of order");
    return RT_OK;
}

void SetLevels(std::mt19937 &random, rt_copy_shape &shape)
{
    const auto pick = [&random](int32_t from, int32_t to) {
        return std::uniform_int_distribution<int32_t>(from, to)(random);
    };
    const bool up = pick(0, 1) == 1;
    int32_t w = shape.w_px, h = shape.h_px;

    shape.levels.reach_px = pick(0, 6);
    shape.levels.work_bytes = static_cast<uint64_t>(pick(0, 4096));
    for (int32_t n = pick(1, 7); shape.levels.n < n; shape.levels.n++) {
        w = std::max(1, up ? (w + 1) / 2 : w / 2);
        h = std::max(1, up ? (h + 1) / 2 : h / 2);
        shape.levels.w_px[shape.levels.n] = w;
        shape.levels.h_px[shape.levels.n] = h;
    }
}

void MakeUp(std::mt19937 &random, int32_t workers, Pyramid &made)
{
    const auto pick = [&random](int32_t from, int32_t to) {
        return std::uniform_int_distribution<int32_t>(from, to)(random);
    };
    static const uint32_t kBytes[] = {1, 1, 2, 4};

    made.layout.n_planes = pick(1, 3);
    made.layout.sample_bytes = kBytes[pick(0, 3)];
    made.layout.interleaved = pick(0, 1) == 1;
    made.layout.packed = pick(0, 1) == 1;
    made.layout.mask = pick(0, 1) == 1;
    made.shape.w_px = pick(1, 150);
    made.shape.h_px = pick(1, 150);
    made.shape.tile_w_px = 16 * pick(1, 3);
    made.shape.tile_h_px = 16 * pick(1, 3);
    made.shape.access = static_cast<rt_access>(pick(0, 2));
    made.shape.source_block_w_px =
        made.shape.access == RT_ACCESS_RANDOM ? pick(1, 70) : made.shape.w_px;
    made.shape.source_block_h_px = pick(1, 70);
    made.shape.parallel =
        made.shape.access != RT_ACCESS_SEQUENTIAL && pick(0, 3) > 0;
    made.shape.px_bytes =
        static_cast<uint64_t>(made.layout.n_planes) * made.layout.sample_bytes +
        (made.layout.mask ? 1 : 0);
    SetLevels(random, made.shape);
    made.limits.max_workers = workers;
    made.limits.encode_bytes = 1;
    made.limits.spill_bytes = pick(0, 2) == 0 ? 0 : UINT64_C(1) << 30;
    made.limits.any_order = pick(0, 1) == 1;
}

bool Plan(Pyramid &made, int which)
{
    uint64_t least = 0;
    rt_error err;

    made.limits.budget_bytes = 1;
    if (rt_copy_plan_make(&made.shape, &made.limits, &made.plan, &least,
                          &err) == RT_OK)
        return true;
    made.limits.budget_bytes = which == 0   ? least
                               : which == 1 ? 2 * least
                                            : UINT64_C(1) << 28;
    return rt_copy_plan_make(&made.shape, &made.limits, &made.plan, &least,
                             &err) == RT_OK;
}

rt_status RunIt(Pyramid &pyramid, rt_copy_result *result, rt_error *err)
{
    const rt_copy_io io = {&pyramid, DecodeLevel, EncodeLevel, WriteLevel,
                           nullptr};
    const rt_copy_reducer reducer = {&pyramid, Reduce};
    const rt_copy_job job = {&pyramid.plan,
                             &io,
                             pyramid.layout,
                             nullptr,
                             &reducer,
                             pyramid.limits.budget_bytes,
                             pyramid.limits.encode_bytes,
                             "/tmp",
                             UINT64_C(1) << 30,
                             false};
    rt_pool *pool = rt_pool_acquire(pyramid.plan.n_workers);
    rt_status status;

    for (const Level &level : pyramid.levels)
        pyramid.written.emplace_back(
            static_cast<size_t>((level.w_px - 1) / pyramid.shape.tile_w_px +
                                1) *
                static_cast<size_t>((level.h_px - 1) / pyramid.shape.tile_h_px +
                                    1),
            0);
    status = rt_copy_run(&job, pool, result, err);
    rt_pool_release(pool);
    return status;
}

} // namespace

TEST(CopyLevels, AreThoseOfTheWholeRasterWhateverThePlan)
{
    std::mt19937 random(11);

    for (int i = 0; i < Times(600); i++) {
        Pyramid pyramid;
        rt_copy_result result;
        rt_error err = {};

        MakeUp(random, i % 5 + 1, pyramid);
        MakeLevels(pyramid, random);
        ASSERT_TRUE(Plan(pyramid, i % 3)) << i;
        const uint64_t live = pages_count_live();
        (void)pages_count_peak();
        ASSERT_EQ(RunIt(pyramid, &result, &err), RT_OK)
            << i << ": " << err.text;
        ASSERT_TRUE(pyramid.faults.empty()) << i << ": " << pyramid.faults[0];
        ASSERT_LE(result.peak_bytes, pyramid.limits.budget_bytes) << i;
        ASSERT_LE(pages_count_peak() - live, pyramid.limits.budget_bytes) << i;
        ASSERT_EQ(pages_count_live(), live) << i;
        ASSERT_EQ(result.decoded_px, pyramid.plan.decoded_px) << i;
        for (const std::vector<int> &level : pyramid.written)
            for (int times : level)
                ASSERT_EQ(times, 1) << i;
    }
}

TEST(CopyLevels, AReductionThatFailsEndsTheCopy)
{
    std::mt19937 random(12);

    for (int i = 0; i < 60; i++) {
        Pyramid pyramid;
        rt_copy_result result;
        rt_error err = {};

        MakeUp(random, 4, pyramid);
        MakeLevels(pyramid, random);
        ASSERT_TRUE(Plan(pyramid, i % 3)) << i;
        const uint64_t live = pages_count_live();
        pyramid.fail_reduce = 0;
        ASSERT_EQ(RunIt(pyramid, &result, &err), RT_ERR_SOURCE) << i;
        ASSERT_EQ(std::string(err.text), "made-up reduction");
        ASSERT_EQ(pages_count_live(), live) << i;
    }
}

TEST(CopyLevels, WithoutRoomForHalfBuiltTilesGoToDisk)
{
    std::mt19937 random(13);
    uint64_t in_memory = 0;
    Pyramid pyramid;
    rt_copy_result result;
    rt_error err = {};

    pyramid.layout = {3, 2, true, true, false};
    pyramid.shape.w_px = pyramid.shape.source_block_w_px = 1600;
    pyramid.shape.h_px = 200;
    pyramid.shape.source_block_h_px = 8;
    pyramid.shape.tile_w_px = pyramid.shape.tile_h_px = 32;
    pyramid.shape.access = RT_ACCESS_ROWS;
    pyramid.shape.parallel = true;
    pyramid.shape.px_bytes = 6;
    SetLevels(random, pyramid.shape);
    pyramid.shape.levels.reach_px = 1;
    pyramid.limits.max_workers = 2;
    pyramid.limits.encode_bytes = 1;
    pyramid.limits.spill_bytes = UINT64_C(1) << 30;
    pyramid.limits.any_order = true;
    MakeLevels(pyramid, random);
    const uint64_t spill_bytes = pyramid.limits.spill_bytes;
    pyramid.limits.spill_bytes = 0;
    pyramid.limits.budget_bytes = 1;
    ASSERT_EQ(rt_copy_plan_make(&pyramid.shape, &pyramid.limits, &pyramid.plan,
                                &in_memory, &err),
              RT_ERR_ARGUMENT);
    pyramid.limits.spill_bytes = spill_bytes;
    ASSERT_TRUE(Plan(pyramid, 0));
    EXPECT_EQ(rt_copy_plan_levels_on_disk(&pyramid.plan),
              pyramid.shape.levels.n);
    ASSERT_EQ(RunIt(pyramid, &result, &err), RT_OK) << err.text;
    EXPECT_GT(result.spilled_bytes, 0u);
    EXPECT_LT(result.peak_bytes, in_memory / 2);
    EXPECT_TRUE(pyramid.faults.empty());
}

TEST(CopyLevels, TilesTooSmallForTheMethodAreRefused)
{
    Pyramid pyramid;
    uint64_t least = 0;
    rt_error err = {};

    pyramid.shape.w_px = pyramid.shape.h_px = 100;
    pyramid.shape.source_block_w_px = pyramid.shape.source_block_h_px = 10;
    pyramid.shape.tile_w_px = pyramid.shape.tile_h_px = 16;
    pyramid.shape.px_bytes = 1;
    pyramid.shape.levels.n = 1;
    pyramid.shape.levels.w_px[0] = pyramid.shape.levels.h_px[0] = 50;
    pyramid.shape.levels.reach_px = 7;
    pyramid.limits = {UINT64_C(1) << 30, 1,      0, 1, 0, 0, false,
                      nullptr,           nullptr};
    EXPECT_EQ(rt_copy_plan_make(&pyramid.shape, &pyramid.limits, &pyramid.plan,
                                &least, &err),
              RT_ERR_RANGE);
}
