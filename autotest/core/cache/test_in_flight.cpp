// All readers that need a block at the same time share one decode.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "core/cache/in_flight.h"
#include "view_rig.h"

namespace
{

// Waits about as long as a decode takes.
bool Linger(int)
{
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return true;
}

constexpr uint64_t AMPLE = UINT64_C(64) << 20;

// 4 x 4 source blocks, each of them equal to a cell.
LayerShape Sixteen()
{
    return {256, 256, 64, 64, {1}, false, RT_ACCESS_RANDOM};
}

template <class F> void InThreads(int n, F &&f)
{
    std::vector<std::thread> threads;

    for (int i = 0; i < n; i++)
        threads.emplace_back([&f, i] { f(i); });
    for (std::thread &thread : threads)
        thread.join();
}

class InFlightReads : public testing::TestWithParam<int32_t>
{
};

TEST_P(InFlightReads, SixteenBlocksAreSixteenDecodes)
{
    constexpr int N_THREADS = 64, N_READS = 10000;
    MadeUpSource source({Sixteen()});
    const Rig rig(&source, AMPLE, 64, 64);
    std::atomic<int> wrong{0};

    rt_view_set_threads(rig.view(), GetParam());
    source.OnRead(Linger);
    InThreads(N_THREADS, [&](int thread) {
        Dice dice(static_cast<uint32_t>(thread));

        for (int i = 0; i < N_READS; i++)
            wrong += !rig.ReadsRight(
                0, {dice.Roll(0, 3) * 64 + 9, dice.Roll(0, 3) * 64 + 50, 8, 4});
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(source.MostDecodes(0), 1);
    EXPECT_EQ(source.LeastDecodes(0), 1);
    EXPECT_EQ(rig.Stat(RT_STAT_PIXELS_DECODED), 256u * 256u);
}

INSTANTIATE_TEST_SUITE_P(Threads, InFlightReads, testing::Values(1, 4));

// All threads that wait for a failing decode get its error. The next read
// succeeds.
TEST(InFlight, AFailureIsForThoseWhoWait)
{
    constexpr int N_THREADS = 16;
    MadeUpSource source({Sixteen()});
    const Rig rig(&source, AMPLE, 64, 64);
    std::atomic<int> failed{0}, other{0};

    // The first decode lasts until all other threads wait for it.
    source.OnRead([&](int n) {
        while (n == 1 && rig.Stat(RT_STAT_IN_FLIGHT_WAITS) < N_THREADS - 1)
            std::this_thread::yield();
        return n != 1;
    });
    InThreads(N_THREADS, [&](int) {
        const Canvas canvas(source, 0, {0}, {0, 0, 64, 64});
        struct rt_error err = {};

        if (rig.Read(0, canvas, &err) == RT_ERR_SOURCE &&
            std::string(err.text) == "the hook says no")
            failed++;
        else
            other++;
    });
    EXPECT_EQ(failed, N_THREADS);
    EXPECT_EQ(other, 0);
    EXPECT_TRUE(rig.ReadsRight(0, {0, 0, 64, 64}));
    EXPECT_EQ(source.MostDecodes(0), 1);
}

TEST(InFlight, OneDecodeInAHundredMayFail)
{
    MadeUpSource source({Sixteen()});
    const Rig rig(&source, 20000, 64, 64);
    std::atomic<int> wrong{0}, failed{0}, failures{0};

    source.OnRead([&](int n) {
        failures += n % 100 == 0;
        return n % 100 != 0;
    });
    InThreads(8, [&](int thread) {
        Dice dice(static_cast<uint32_t>(thread));

        for (int i = 0; i < 500; i++) {
            const Canvas canvas(
                source, 0, {0},
                {dice.Roll(0, 3) * 64, dice.Roll(0, 3) * 64, 64, 64});
            struct rt_error err = {};
            const enum rt_status status = rig.Read(0, canvas, &err);

            failed += status != RT_OK;
            wrong += status == RT_OK && !canvas.IsRight();
        }
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_GE(failed, failures);
    EXPECT_GT(failures, 0);
    source.OnRead(nullptr);
    EXPECT_TRUE(rig.ReadsRight(0, {0, 0, 256, 256}));
}

// A thread that needs other blocks than the failing ones gets no error.
TEST(InFlight, AFailureElsewhereIsNotShared)
{
    MadeUpSource source({{256, 64, 64, 64, {1}, false, RT_ACCESS_RANDOM}});
    const Rig rig(&source, AMPLE, 256, 64);
    std::atomic<int> wrong{0};

    source.FailOn(0, 3, 0);
    source.OnRead(Linger);
    InThreads(8, [&](int thread) {
        const int32_t x_px = thread % 3 * 64;

        wrong += !rig.ReadsRight(0, {x_px, 0, 64, 64});
    });
    EXPECT_EQ(wrong, 0);
}

// Two views of one identity, as two handles on one file have.
TEST(InFlight, ViewsOfOneIdentityShareThem)
{
    MadeUpSource source({Sixteen()});
    const Rig rig(&source, AMPLE, 64, 64);
    struct rt_identity *identity = rt_identity_intern("made up");
    struct rt_stats *stats = rt_stats_create();
    struct rt_view *second = nullptr;
    struct rt_error err = {};
    std::atomic<int> wrong{0};

    ASSERT_EQ(rt_view_create(source.source(), rig.cache(), identity, stats, 64,
                             64, &second, &err),
              RT_OK);
    source.OnRead(Linger);
    InThreads(8, [&](int thread) {
        for (int32_t i = 0; i < 16; i++) {
            const struct rt_window window = {i % 4 * 64, i / 4 * 64, 64, 64};
            const Canvas canvas(source, 0, {0}, window);
            struct rt_error error = {};
            const int32_t plane = 0;

            wrong += thread % 2 == 0
                         ? !rig.ReadsRight(0, window)
                         : rt_view_read(second, 0, &plane, 1, &window,
                                        canvas.sink(), &error) != RT_OK ||
                               !canvas.IsRight();
        }
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(source.MostDecodes(0), 1);
    rt_view_destroy(second);
    rt_stats_destroy(stats);
    rt_identity_unref(identity);
}

// Sixteen threads read strips that every window of a row of cells needs.
TEST(InFlight, ReadersOfOneStripDecodeItOnce)
{
    MadeUpSource source(
        {{1024, 512, 1024, 16, {1, 1, 1}, true, RT_ACCESS_ROWS}});
    const Rig rig(&source, AMPLE, 64, 64);
    std::atomic<int> wrong{0};

    source.OnRead(Linger);
    InThreads(16, [&](int thread) {
        for (int32_t row = 0; row < 8; row++)
            wrong += !rig.ReadsRight(0, {thread * 64, row * 64, 64, 64});
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(source.MostDecodes(0), 1);
}

// A source that reads through another view, as a VRT over a view does. Both
// have the same cache and decode on the pool.
class Nested
{
  public:
    Nested()
        : inner_source_({Shape()}), outer_source_({Shape()}),
          inner_(&inner_source_, AMPLE, 64, 64, "inner"),
          outer_(&outer_source_, AMPLE, 64, 64, "outer")
    {
        inner_.SetThreads(8);
        outer_.SetThreads(8);
        outer_source_.OnRead([this](int n) {
            return bool(
                inner_.ReadsRight(0, {n % 4 * 256, n / 4 % 4 * 256, 256, 256}));
        });
    }

    static LayerShape Shape()
    {
        return {1024, 1024, 32, 32, {4}, false, RT_ACCESS_RANDOM};
    }

    MadeUpSource inner_source_, outer_source_;
    Rig inner_, outer_;
};

TEST(InFlight, NestedReadersDoNotBlockEachOther)
{
    for (int round = 0; round < 10; round++) {
        Nested nested;
        std::atomic<int> wrong{0};

        InThreads(8, [&](int thread) {
            Dice dice(static_cast<uint32_t>(thread));

            for (int i = 0; i < 4; i++)
                wrong += !nested.outer_.ReadsRight(
                    0,
                    {dice.Roll(0, 1) * 512, dice.Roll(0, 1) * 512, 512, 512});
        });
        ASSERT_EQ(wrong, 0);
        ASSERT_EQ(nested.outer_source_.MostDecodes(0), 1);
        ASSERT_EQ(nested.inner_source_.MostDecodes(0), 1);
    }
}

// One read of many blocks is decoded on several threads.
TEST(InFlight, OneReadIsDecodedByMany)
{
    MadeUpSource source({{2048, 2048, 256, 256, {4}, false, RT_ACCESS_RANDOM}});
    const Rig rig(&source, AMPLE, 512, 512);
    std::atomic<int> at_once{0}, most{0};

    rt_view_set_threads(rig.view(), 4);
    source.OnRead([&](int) {
        const int now = ++at_once;
        int before = most;

        while (now > before && !most.compare_exchange_weak(before, now)) {
        }
        for (int i = 0; most < 2 && i < 1000; i++)
            Linger(0);
        at_once--;
        return true;
    });
    EXPECT_TRUE(rig.ReadsRight(0, {0, 0, 2048, 2048}));
    EXPECT_GE(most, 2);
    EXPECT_LE(most, 4);
    EXPECT_EQ(source.MostDecodes(0), 1);
}

// All threads that decode at the same time stay within the budget, as long as
// one of them fits.
TEST(InFlight, TheBudgetIsKept)
{
    constexpr uint64_t LIMIT = UINT64_C(2) << 20;
    MadeUpSource source({{2048, 1024, 256, 128, {4}, false, RT_ACCESS_RANDOM}});
    const Rig rig(&source, LIMIT, 64, 64);
    std::atomic<int> wrong{0};

    rt_view_set_threads(rig.view(), 4);
    InThreads(8, [&](int thread) {
        Dice dice(static_cast<uint32_t>(thread));

        for (int i = 0; i < 30; i++)
            wrong += !rig.ReadsRight(
                0, {dice.Roll(0, 1700), dice.Roll(0, 700), 300, 300});
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_LE(rig.Counters().peak_bytes, LIMIT);
}

} // namespace
