// What a sequential reader asks for next has been prefetched.
#include <gtest/gtest.h>

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>

#include "fork_rig.h"
#include "view_rig.h"

namespace
{

class Prefetch : public testing::Test
{
  protected:
    Prefetch()
        : source_({{1024, 1024, 64, 64, {1}, false, RT_ACCESS_RANDOM},
                   {1024, 1024, 1024, 16, {1}, false, RT_ACCESS_ROWS},
                   {1024, 1024, 1024, 1, {1}, false, RT_ACCESS_SEQUENTIAL}})
    {
    }

    void Make(int32_t n_threads, uint64_t limit_bytes = UINT64_C(64) << 20)
    {
        rig_.emplace(&source_, limit_bytes, 128, 128);
        rig_->SetThreads(n_threads);
    }

    // Whether block (col, row) is decoded without being read. Returns false
    // only after half a minute, because the machine may be busy.
    bool Arrives(int32_t layer, int32_t col, int32_t row)
    {
        for (int i = 0; i < 30000; i++) {
            if (source_.Decodes(layer, 0, col, row) > 0)
                return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return false;
    }

    // How many blocks of a layer have been decoded.
    int Decoded(int32_t layer)
    {
        const struct rt_grid &grid = source_.layer(layer).grid;
        int n = 0;

        for (int32_t row = 0; row < grid.rows; row++)
            for (int32_t col = 0; col < grid.cols; col++)
                n += source_.Decodes(layer, 0, col, row) > 0;
        return n;
    }

    void Read(int32_t layer, int32_t x_px, int32_t y_px, int32_t w_px,
              int32_t h_px)
    {
        EXPECT_TRUE(rig_->ReadsRight(layer, {x_px, y_px, w_px, h_px}));
    }

    MadeUpSource source_;
    std::optional<Rig> rig_;
};

TEST_F(Prefetch, TileByTile)
{
    Make(2);
    for (int32_t i = 0; i < 3; i++)
        Read(0, i * 128, 0, 128, 128);
    EXPECT_TRUE(Arrives(0, 6, 0));
    EXPECT_TRUE(Arrives(0, 7, 1));
    EXPECT_EQ(source_.Decodes(0, 0, 8, 0), 0);
}

TEST_F(Prefetch, RoundTheRightEdge)
{
    Make(2);
    for (int32_t i = 0; i < 8; i++)
        Read(0, i * 128, 0, 128, 128);
    EXPECT_TRUE(Arrives(0, 0, 2));
    Read(0, 0, 128, 128, 128);
    EXPECT_TRUE(Arrives(0, 2, 2));
}

TEST_F(Prefetch, LineByLine)
{
    Make(2);
    for (int32_t y_px = 0; y_px < 3; y_px++)
        Read(1, 0, y_px, 1024, 1);
    EXPECT_TRUE(Arrives(1, 0, 8));
    EXPECT_TRUE(Arrives(1, 0, 15));
    EXPECT_EQ(source_.Decodes(1, 0, 0, 16), 0);
}

TEST_F(Prefetch, ForwardThroughASequentialSource)
{
    Make(2);
    for (int32_t y_px = 0; y_px < 1024; y_px += 32)
        Read(2, 0, y_px, 1024, 32);
    EXPECT_EQ(source_.MostDecodes(2), 1);
    EXPECT_EQ(source_.restarts(), 0);
    EXPECT_EQ(source_.Complaint(), "");
}

TEST_F(Prefetch, AScanDecodesNothingTwice)
{
    for (int32_t layer = 0; layer < 3; layer++) {
        Make(4);
        for (int32_t y_px = 0; y_px < 1024; y_px += 128)
            for (int32_t x_px = 0; x_px < 1024; x_px += 128)
                Read(layer, x_px, y_px, 128, 128);
        rig_.reset();
        EXPECT_EQ(source_.MostDecodes(layer), 1);
    }
}

TEST_F(Prefetch, NotForOneThread)
{
    Make(1);
    for (int32_t i = 0; i < 4; i++)
        Read(0, i * 128, 0, 128, 128);
    rig_.reset();
    EXPECT_EQ(Decoded(0), 16);
}

TEST_F(Prefetch, NotForARandomReader)
{
    Make(2);
    const int32_t at[][2] = {{0, 0},   {640, 0},   {128, 256}, {256, 256},
                             {0, 640}, {512, 640}, {896, 896}};

    for (const auto &xy : at)
        Read(0, xy[0], xy[1], 128, 128);
    rig_.reset();
    EXPECT_EQ(Decoded(0), 7 * 4);
}

TEST_F(Prefetch, DoesNotHappenIfTheBudgetIsSmall)
{
    Make(2, 60000);
    for (int32_t i = 0; i < 4; i++)
        Read(0, i * 128, 0, 128, 128);
    rig_.reset();
    EXPECT_EQ(Decoded(0), 16);
}

TEST_F(Prefetch, AFailureIsTheReadersToFind)
{
    Make(2);
    source_.FailOn(0, 6, 0);
    for (int32_t i = 0; i < 3; i++)
        Read(0, i * 128, 0, 128, 128);
    const Canvas canvas(source_, 0, {0}, {384, 0, 128, 128});
    struct rt_error err = {};

    EXPECT_EQ(rig_->Read(0, canvas, &err), RT_ERR_SOURCE);
    source_.Heal();
    Read(0, 384, 0, 128, 128);
}

// A fork happens while the pool decodes a group. The parent keeps that work,
// and the child begins its own.
TEST_F(Prefetch, GoesOnInAChild)
{
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
    GTEST_SKIP() << "ThreadSanitizer knows no threads after fork";
#endif
#endif
    std::atomic<bool> busy{false}, go_on{false};
    const pid_t parent = getpid();

    Make(2);
    source_.OnRead([&](int) {
        if (busy.exchange(true) || getpid() != parent)
            return true;
        while (!go_on)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return true;
    });
    busy = true; // do not delay the reads themselves
    for (int32_t i = 0; i < 2; i++)
        Read(0, i * 128, 0, 128, 128);
    Read(0, 256, 0, 128, 128);
    EXPECT_TRUE(Arrives(0, 6, 0));

    busy = false; // but delay the next group
    Read(0, 384, 0, 128, 128);
    while (!busy)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(InChild(100,
                      [this] {
                          for (int32_t i = 0; i < 3; i++)
                              Read(0, i * 128, 512, 128, 128);
                          const bool arrives =
                              Arrives(0, 6, 8) && !HasFailure();
                          rig_.reset();
                          return arrives;
                      }),
              0);
    go_on = true;
    EXPECT_TRUE(Arrives(0, 8, 0));
}

} // namespace
