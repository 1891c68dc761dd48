// The engine copies a made-up raster. Whatever the plan, the tiles arrive in
// order and hold the raster's pixels, each byte is accounted for, and the first
// error ends the copy.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "core/copy/engine.h"
#include "short_runs.h"

namespace
{

// The value of a sample, computed from its place.
uint8_t Sample(int32_t plane, int32_t x_px, int32_t y_px, uint32_t byte)
{
    const uint32_t h = static_cast<uint32_t>(x_px) * 2654435761u ^
                       static_cast<uint32_t>(y_px) * 40503u ^
                       static_cast<uint32_t>(plane) * 97u ^ byte * 31u;

    return static_cast<uint8_t>(h >> 13);
}

struct Raster {
    rt_copy_plan plan = {};
    rt_copy_layout layout = {};
    std::atomic<int> decodes{0}, running{0};
    std::atomic<int> fail_decode{-1}, fail_encode{-1}, fail_write{-1};
    int slow_encode = -1;
    int slow_us = 200;
    int writes = 0;
    int cancel_after = -1, reports = 0;
    uint64_t next = 0;
    bool on_caller = false;
    std::thread::id caller = std::this_thread::get_id();
    std::vector<std::string> faults;
    std::vector<uint8_t> written; // all tiles, one after another
};

int MostDecodes(const rt_copy_shape &shape)
{
    if (!shape.parallel)
        return 1;
    return shape.most_reads > 0 ? shape.most_reads : INT_MAX;
}

rt_status Decode(void *context, int32_t, const rt_window *window, void *pixels,
                 rt_error *err)
{
    auto *raster = static_cast<Raster *>(context);
    auto *out = static_cast<uint8_t *>(pixels);
    const rt_copy_layout &layout = raster->layout;

    if (raster->running.fetch_add(1) >= MostDecodes(raster->plan.shape))
        raster->faults.push_back("too many decodes at a time");
    if (raster->on_caller && std::this_thread::get_id() != raster->caller)
        raster->faults.push_back("a decode on another thread");
    const auto put = [&](int32_t plane, int32_t x, int32_t y) {
        for (uint32_t b = 0; b < layout.sample_bytes; b++)
            *out++ = Sample(plane, window->x_px + x, window->y_px + y, b);
    };
    if (layout.packed) {
        for (int32_t y = 0; y < window->h_px; y++)
            for (int32_t x = 0; x < window->w_px; x++)
                for (int32_t plane = 0; plane < layout.n_planes; plane++)
                    put(plane, x, y);
    } else {
        for (int32_t plane = 0; plane < layout.n_planes; plane++)
            for (int32_t y = 0; y < window->h_px; y++)
                for (int32_t x = 0; x < window->w_px; x++)
                    put(plane, x, y);
    }
    raster->running--;
    if (raster->decodes++ == raster->fail_decode)
        return rt_error_set(err, RT_ERR_SOURCE, "made-up decode");
    return RT_OK;
}

// The "encoded" form is the tile's pixels inside the raster, after its number.
rt_status Encode(void *context, int32_t, const rt_copy_tile *tile, void *pixels,
                 void *encoded, uint64_t *n_bytes, rt_error *err)
{
    auto *raster = static_cast<Raster *>(context);
    const auto *in = static_cast<const uint8_t *>(pixels);
    auto *out = static_cast<uint8_t *>(encoded);
    const rt_copy_layout &layout = raster->layout;
    const auto tile_w = static_cast<size_t>(raster->plan.x.tile_px);
    const auto tile_h = static_cast<size_t>(raster->plan.y.tile_px);
    const size_t planes = static_cast<size_t>(layout.n_planes);
    const size_t bytes = layout.sample_bytes;

    *out++ = 1;
    for (size_t y = 0; y < static_cast<size_t>(tile->window.h_px); y++)
        for (size_t x = 0; x < static_cast<size_t>(tile->window.w_px); x++)
            for (size_t p = 0; p < planes; p++)
                for (size_t b = 0; b < bytes; b++)
                    *out++ =
                        layout.interleaved
                            ? in[((y * tile_w + x) * planes + p) * bytes + b]
                            : in[((p * tile_h + y) * tile_w + x) * bytes + b];
    *n_bytes = static_cast<uint64_t>(out - static_cast<uint8_t *>(encoded));
    if (tile->row * raster->plan.tile_cols + tile->col == raster->slow_encode)
        std::this_thread::sleep_for(std::chrono::microseconds(raster->slow_us));
    if (tile->row * raster->plan.tile_cols + tile->col == raster->fail_encode)
        return rt_error_set(err, RT_ERR_IO, "made-up encode");
    return RT_OK;
}

rt_status Write(void *context, const rt_copy_tile *tile, const void *encoded,
                uint64_t n_bytes, rt_error *err)
{
    auto *raster = static_cast<Raster *>(context);
    const auto *in = static_cast<const uint8_t *>(encoded) + 1;
    const auto number = static_cast<uint64_t>(tile->row) *
                            static_cast<uint64_t>(raster->plan.tile_cols) +
                        static_cast<uint64_t>(tile->col);

    if (number != raster->next++)
        raster->faults.push_back("tiles out of order");
    if (n_bytes - 1 !=
        rt_window_area(&tile->window) * raster->plan.shape.px_bytes)
        raster->faults.push_back("a tile of the wrong size");
    for (int32_t y = 0; y < tile->window.h_px; y++)
        for (int32_t x = 0; x < tile->window.w_px; x++)
            for (int32_t p = 0; p < raster->layout.n_planes; p++)
                for (uint32_t b = 0; b < raster->layout.sample_bytes; b++)
                    if (*in++ != Sample(p, tile->window.x_px + x,
                                        tile->window.y_px + y, b)) {
                        raster->faults.push_back("a wrong pixel");
                        return RT_OK;
                    }
    if (raster->writes++ == raster->fail_write)
        return rt_error_set(err, RT_ERR_IO, "made-up write");
    return RT_OK;
}

bool Progress(void *context, double done)
{
    auto *raster = static_cast<Raster *>(context);

    if (done < 0 || done > 1)
        raster->faults.push_back("progress out of range");
    return raster->reports++ != raster->cancel_after;
}

const rt_copy_io kMadeUpIo = {nullptr, Decode, Encode, Write, Progress};

struct Outcome {
    rt_status status;
    rt_error error;
    rt_copy_result result;
};

Outcome CopyIt(Raster &raster, uint64_t budget, uint64_t encoded_bytes)
{
    rt_copy_io io = kMadeUpIo;
    Outcome outcome = {};
    rt_pool *pool = rt_pool_acquire(raster.plan.n_workers);

    io.context = &raster;
    const rt_copy_job job = {&raster.plan,    &io,     raster.layout,
                             nullptr,         nullptr, budget,
                             encoded_bytes,   "/tmp",  UINT64_C(1) << 30,
                             raster.on_caller};
    outcome.status = rt_copy_run(&job, pool, &outcome.result, &outcome.error);
    rt_pool_release(pool);
    return outcome;
}

struct Case {
    rt_copy_shape shape = {};
    rt_copy_limits limits = {};
    rt_copy_layout layout = {};
};

Case MakeUp(std::mt19937 &random, int32_t workers)
{
    const auto pick = [&random](int32_t from, int32_t to) {
        return std::uniform_int_distribution<int32_t>(from, to)(random);
    };
    static const uint32_t kBytes[] = {1, 1, 2, 4, 8, 16};
    Case made;

    made.layout.n_planes = pick(1, 6);
    made.layout.sample_bytes = kBytes[pick(0, 5)];
    made.layout.interleaved = pick(0, 1) == 1;
    made.layout.packed = pick(0, 1) == 1;
    made.shape.w_px = pick(1, 200);
    made.shape.h_px = pick(1, 200);
    made.shape.tile_w_px = 16 * pick(1, 3);
    made.shape.tile_h_px = 16 * pick(1, 3);
    made.shape.access = static_cast<rt_access>(pick(0, 2));
    made.shape.source_block_w_px =
        made.shape.access == RT_ACCESS_RANDOM ? pick(1, 70) : made.shape.w_px;
    made.shape.source_block_h_px = pick(1, 70);
    if (made.shape.access == RT_ACCESS_RANDOM)
        made.shape.source_block_x_px =
            pick(0, made.shape.source_block_w_px - 1);
    made.shape.source_block_y_px = pick(0, made.shape.source_block_h_px - 1);
    made.shape.parallel =
        made.shape.access != RT_ACCESS_SEQUENTIAL && pick(0, 3) > 0;
    made.shape.most_reads = pick(0, 3);
    made.shape.px_bytes =
        static_cast<uint64_t>(made.layout.n_planes) * made.layout.sample_bytes;
    made.shape.held_px_bytes =
        made.shape.px_bytes * static_cast<uint64_t>(pick(0, 1));
    made.shape.held_bytes = static_cast<uint64_t>(pick(0, 4096));
    made.limits.max_workers = workers;
    made.limits.worker_bytes = static_cast<uint64_t>(pick(0, 1000));
    made.limits.encode_bytes = static_cast<uint64_t>(made.shape.tile_w_px) *
                                   static_cast<uint64_t>(made.shape.tile_h_px) *
                                   made.shape.px_bytes +
                               1;
    made.limits.spill_bytes = pick(0, 2) == 0 ? 0 : UINT64_C(1) << 30;
    return made;
}

// A plan with the least budget, with twice that, or with plenty.
bool Plan(Case &made, Raster &raster, int which)
{
    uint64_t least = 0;
    rt_error err;

    made.limits.budget_bytes = 1;
    if (rt_copy_plan_make(&made.shape, &made.limits, &raster.plan, &least,
                          &err) == RT_OK)
        return true;
    made.limits.budget_bytes = which == 0   ? least
                               : which == 1 ? 2 * least
                                            : UINT64_C(1) << 28;
    raster.layout = made.layout;
    return rt_copy_plan_make(&made.shape, &made.limits, &raster.plan, &least,
                             &err) == RT_OK;
}

} // namespace

TEST(CopyEngine, WritesEveryPixelInOrderWhateverThePlan)
{
    std::mt19937 random(7);

    for (int i = 0; i < Times(1000); i++) {
        Raster raster;
        Case made = MakeUp(random, i % 8 + 1);

        ASSERT_TRUE(Plan(made, raster, i % 3)) << i;
        raster.on_caller = !made.shape.parallel && i % 2 == 0;
        const Outcome outcome =
            CopyIt(raster, made.limits.budget_bytes, made.limits.encode_bytes);
        ASSERT_EQ(outcome.status, RT_OK) << i << ": " << outcome.error.text;
        ASSERT_TRUE(raster.faults.empty()) << i << ": " << raster.faults[0];
        ASSERT_EQ(raster.next,
                  static_cast<uint64_t>(raster.plan.tile_cols) *
                      static_cast<uint64_t>(raster.plan.tile_rows));
        ASSERT_LE(outcome.result.peak_bytes, made.limits.budget_bytes);
        ASSERT_EQ(outcome.result.decoded_px, raster.plan.decoded_px);
    }
}

TEST(CopyEngine, TheFirstErrorEndsTheCopy)
{
    std::mt19937 random(8);

    for (int i = 0; i < 60; i++) {
        Raster raster;
        Case made = MakeUp(random, 4);

        ASSERT_TRUE(Plan(made, raster, i % 2));
        raster.on_caller = !made.shape.parallel && i % 4 < 2;
        (i % 3 == 0   ? raster.fail_decode
         : i % 3 == 1 ? raster.fail_encode
                      : raster.fail_write) = 0;
        const Outcome outcome =
            CopyIt(raster, made.limits.budget_bytes, made.limits.encode_bytes);
        EXPECT_EQ(outcome.status, i % 3 == 0 ? RT_ERR_SOURCE : RT_ERR_IO);
        EXPECT_EQ(std::string(outcome.error.text).rfind("made-up", 0), 0u)
            << outcome.error.text;
    }
}

// Tiles wait for the one that fails, and workers look for tiles to write. The
// failed tile must not be written again, because its bytes are lost.
TEST(CopyEngine, NothingIsWrittenAfterAWriteThatFailed)
{
    std::mt19937 random(10);
    Case made = MakeUp(random, 8);

    made.shape.w_px = made.shape.source_block_w_px = 160;
    made.shape.h_px = 1600;
    made.shape.source_block_h_px = made.shape.tile_w_px = made.shape.tile_h_px =
        16;
    made.shape.source_block_x_px = made.shape.source_block_y_px = 0;
    made.shape.access = RT_ACCESS_ROWS;
    made.shape.parallel = true;
    made.limits.spill_bytes = 0;
    made.limits.encode_bytes = 256 * made.shape.px_bytes + 1;
    for (int i = 0; i < Times(1000); i++) {
        Raster raster;

        ASSERT_TRUE(Plan(made, raster, 2));
        raster.fail_write = 2 + i % 60;
        raster.slow_encode = raster.fail_write - 1;
        const Outcome outcome =
            CopyIt(raster, made.limits.budget_bytes, made.limits.encode_bytes);
        ASSERT_EQ(outcome.status, RT_ERR_IO);
        ASSERT_EQ(std::string(outcome.error.text), "made-up write");
        ASSERT_EQ(raster.writes, raster.fail_write + 1);
        ASSERT_TRUE(raster.faults.empty()) << raster.faults[0];
    }
}

// The caller sleeps between its reports, also if nothing happens for long.
TEST(CopyEngine, TheCallerReportsTenTimesASecond)
{
    std::mt19937 random(11);
    Raster raster;
    Case made = MakeUp(random, 2);

    ASSERT_TRUE(Plan(made, raster, 2));
    raster.slow_encode = 0;
    raster.slow_us = 500000;
    const auto begin = std::chrono::steady_clock::now();
    const Outcome outcome =
        CopyIt(raster, made.limits.budget_bytes, made.limits.encode_bytes);
    const std::chrono::duration<double> took =
        std::chrono::steady_clock::now() - begin;
    EXPECT_EQ(outcome.status, RT_OK) << outcome.error.text;
    EXPECT_GE(raster.reports, 4);
    // A task that ends wakes the caller too.
    EXPECT_LE(raster.reports, took.count() * 10 + 8);
}

TEST(CopyEngine, TheCallerCancels)
{
    std::mt19937 random(9);
    Raster raster;
    Case made = MakeUp(random, 2);

    made.shape.w_px = made.shape.source_block_w_px = 1000;
    made.shape.h_px = 100000;
    made.shape.source_block_h_px = 16;
    made.shape.source_block_x_px = made.shape.source_block_y_px = 0;
    made.shape.access = RT_ACCESS_ROWS;
    ASSERT_TRUE(Plan(made, raster, 1));
    raster.cancel_after = 0;
    EXPECT_EQ(CopyIt(raster, made.limits.budget_bytes, made.limits.encode_bytes)
                  .status,
              RT_ERR_CANCELLED);
}
