// One view, eight threads.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/base/pool.h"
#include "short_runs.h"
#include "view_rig.h"

namespace
{

struct Shared {
    const char *name;
    std::optional<uint64_t> limit_bytes;
    bool interleaved;
    enum rt_access access;
    int32_t n_threads = 1; // of the view
};

void PrintTo(const Shared &shared, std::ostream *out)
{
    *out << shared.name;
}

class ViewThreads : public testing::TestWithParam<Shared>
{
  protected:
    ViewThreads() : source_(Layers()), rig_(&source_, limit(), 100, 80)
    {
        rig_.SetThreads(GetParam().n_threads);
    }

    static std::optional<uint64_t> limit() { return GetParam().limit_bytes; }

    static std::vector<LayerShape> Layers()
    {
        LayerShape full = {700,
                           500,
                           90,
                           70,
                           {1, 4, 2},
                           GetParam().interleaved,
                           GetParam().access};
        LayerShape half = full;

        half.w_px = 350;
        half.h_px = 250;
        if (GetParam().access != RT_ACCESS_RANDOM) {
            full.source_block_w_px = full.w_px;
            half.source_block_w_px = half.w_px;
        }
        return {full, half};
    }

    // Reads windows. Some reads fail if blocks fail.
    void ReadSome(uint32_t seed, int n, bool may_fail)
    {
        Dice dice(seed);

        for (int i = 0; i < n; i++) {
            const int32_t layer = dice.Roll(0, 1);
            struct rt_window window = dice.Window(source_.layer(layer).grid);

            window.w_px = std::min(window.w_px, 250);
            window.h_px = std::min(window.h_px, 250);
            const Canvas canvas(source_, layer, {dice.Roll(0, 1), 2}, window);
            struct rt_error err = {};
            const enum rt_status status = rig_.Read(layer, canvas, &err);

            if (status == RT_OK
                    ? !canvas.IsRight(!may_fail && !rig_.MayRepeat(layer))
                    : !may_fail || status != RT_ERR_SOURCE)
                wrong_++;
            failed_ += status != RT_OK;
            read_ += status == RT_OK;
        }
    }

    void RunThreads(bool may_fail)
    {
        std::vector<std::thread> threads;
        const int n = may_fail ? 25 : Times(25); // fewer may not fail at all

        for (uint32_t seed = 0; seed < 8; seed++)
            threads.emplace_back([=] { ReadSome(seed, n, may_fail); });
        for (std::thread &thread : threads)
            thread.join();
        EXPECT_EQ(wrong_, 0);
        EXPECT_EQ(source_.Complaint(), "");
    }

    void ExpectNothingPinned()
    {
        EXPECT_EQ(rig_.Counters().used_bytes, rig_.Counters().resident_bytes);
        if (rig_.cache() != nullptr)
            rt_block_cache_set_limit(rig_.cache(), 0);
        EXPECT_EQ(rig_.Counters().used_bytes, 0u);
    }

    MadeUpSource source_;
    Rig rig_;
    std::atomic<int> wrong_{0}, failed_{0}, read_{0};
};

TEST_P(ViewThreads, GetTheRightPixels)
{
    RunThreads(false);
    ExpectNothingPinned();
}

TEST_P(ViewThreads, GetTheRightPixelsOrTheirFailure)
{
    source_.FailOn(0, 0, 3);
    source_.FailOn(1, 0, 0);
    RunThreads(true);
    EXPECT_GT(failed_, 0);
    EXPECT_GT(read_, 0);
    ExpectNothingPinned();
}

TEST_P(ViewThreads, GetTheRightPixelsWhileTheLimitChanges)
{
    std::atomic<bool> done{false};
    std::thread changer([&] {
        for (uint64_t n = 0; !done; n++) {
            if (rig_.cache() != nullptr)
                rt_block_cache_set_limit(rig_.cache(), n % 5 * 150000);
            std::this_thread::yield();
        }
    });

    RunThreads(false);
    done = true;
    changer.join();
    ExpectNothingPinned();
}

INSTANTIATE_TEST_SUITE_P(
    Sources, ViewThreads,
    testing::Values(
        Shared{"NoCache", std::nullopt, true, RT_ACCESS_RANDOM},
        Shared{"Tiny", 60000, false, RT_ACCESS_RANDOM},
        Shared{"Some", 1000000, true, RT_ACCESS_RANDOM},
        Shared{"Ample", UINT64_C(64) << 20, false, RT_ACCESS_RANDOM},
        Shared{"AmpleInterleaved", UINT64_C(64) << 20, true, RT_ACCESS_RANDOM},
        Shared{"Rows", 400000, false, RT_ACCESS_ROWS},
        Shared{"Sequential", 400000, true, RT_ACCESS_SEQUENTIAL},
        Shared{"NoCacheHelped", std::nullopt, true, RT_ACCESS_RANDOM, 4},
        Shared{"TinyHelped", 60000, false, RT_ACCESS_RANDOM, 4},
        Shared{"SomeHelped", 1000000, true, RT_ACCESS_RANDOM, 4},
        Shared{"AmpleHelped", UINT64_C(64) << 20, false, RT_ACCESS_RANDOM, 3},
        Shared{"RowsHelped", 400000, false, RT_ACCESS_ROWS, 2},
        Shared{"SequentialHelped", 400000, true, RT_ACCESS_SEQUENTIAL, 4}),
    [](const testing::TestParamInfo<Shared> &tested) {
        return std::string(tested.param.name);
    });

// The decode of each block waits until all threads have begun one. The most
// that a view can have are as many as a copy or the pool can have.
TEST(ViewHelpers, AReadIsHelpedByAsManyAsTheViewHas)
{
    constexpr int BLOCKS = RT_MAX_THREADS;
    MadeUpSource source({{4096, 4096, 256, 256, {4}, false, RT_ACCESS_RANDOM}});
    Rig rig(&source, std::nullopt, 256, 256);
    std::atomic<int> begun{0};

    rig.SetThreads(BLOCKS);
    source.OnRead([&](int) {
        begun++;
        for (int i = 0; i < 60000 && begun < BLOCKS; i++)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return begun == BLOCKS;
    });
    EXPECT_TRUE(rig.ReadsRight(0, {0, 0, 4096, 4096}));
    EXPECT_EQ(source.reads(), BLOCKS);
}

} // namespace
