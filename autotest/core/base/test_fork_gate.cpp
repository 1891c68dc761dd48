// A fork waits until threads are out of other libraries' code.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "core/base/fork_gate.h"
#include "core/base/fork_lock.h"
#include "fork_rig.h"
#include "view_rig.h"

namespace
{

// The first lock installs the fork handlers.
class ForkGate : public testing::Test
{
  protected:
    void SetUp() override
    {
        ASSERT_TRUE(rt_fork_lock_init(&lock_, RT_RANK_LEAF));
    }
    void TearDown() override { rt_fork_lock_destroy(&lock_); }

  private:
    struct rt_fork_lock lock_ = {};
};

void Pause()
{
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

// A fork stops waiting after its patience ends, so a busy machine may cause a
// few exceptions.
constexpr int FORKS = 40, MOST = FORKS - 4;

TEST_F(ForkGate, NobodyIsInsideWhenAChildBegins)
{
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    std::atomic<int> inside{0};
    int well = 0;

    for (int i = 0; i < 3; i++)
        threads.emplace_back([&] {
            while (!stop) {
                rt_fork_gate_enter();
                inside++;
                Pause();
                inside--;
                rt_fork_gate_leave();
            }
        });
    for (int i = 0; i < FORKS; i++)
        well += InChild(30, [&] {
                    rt_fork_gate_enter();
                    rt_fork_gate_leave();
                    return inside == 0;
                }) == 0;
    stop = true;
    for (std::thread &thread : threads)
        thread.join();
    EXPECT_GE(well, MOST);
}

TEST_F(ForkGate, WhoForksInsideDoesNotWaitForItself)
{
    rt_fork_gate_enter();
    rt_fork_gate_enter();
    EXPECT_EQ(InChild(30,
                      [] {
                          const bool inside = rt_fork_gate_inside();
                          rt_fork_gate_leave();
                          rt_fork_gate_leave();
                          return inside && !rt_fork_gate_inside();
                      }),
              0);
    rt_fork_gate_leave();
    EXPECT_TRUE(rt_fork_gate_inside());
    rt_fork_gate_leave();
    EXPECT_FALSE(rt_fork_gate_inside());
}

TEST_F(ForkGate, AForkEndsThoughSomebodyStaysInside)
{
    std::atomic<bool> entered{false}, stop{false};
    std::thread staying([&] {
        rt_fork_gate_enter();
        entered = true;
        while (!stop)
            Pause();
        rt_fork_gate_leave();
    });

    while (!entered)
        Pause();
    EXPECT_EQ(InChild(30,
                      [] {
                          rt_fork_gate_enter();
                          rt_fork_gate_leave();
                          return true;
                      }),
              0);
    stop = true;
    staying.join();
}

// A thread that is inside waits for another thread while the gate is shut. That
// thread follows it in, and the fork happens when both have left.
TEST_F(ForkGate, WhoIsWaitedForFollows)
{
    int well = 0;

    for (int i = 0; i < FORKS / 2; i++) {
        std::atomic<bool> entered{false}, done{false};
        std::thread waiting([&] {
            rt_fork_gate_enter();
            entered = true;
            for (int j = 0; j < 20; j++)
                Pause();
            std::thread([&] {
                rt_fork_gate_follow();
                rt_fork_gate_leave();
            }).join();
            done = true;
            rt_fork_gate_leave();
        });

        while (!entered)
            Pause();
        well += InChild(30, [&] { return done.load(); }) == 0;
        waiting.join();
    }
    EXPECT_GT(well, 0);
}

TEST_F(ForkGate, ForksAtTheSameTimeAllEnd)
{
    std::atomic<bool> stop{false};
    std::atomic<int> well{0};
    std::vector<std::thread> forking;
    std::thread busy([&] {
        while (!stop) {
            rt_fork_gate_enter();
            rt_fork_gate_leave();
        }
    });

    for (int i = 0; i < 3; i++)
        forking.emplace_back([&] {
            for (int j = 0; j < 10; j++)
                well += InChild(30, [] { return true; }) == 0;
        });
    for (std::thread &thread : forking)
        thread.join();
    stop = true;
    busy.join();
    EXPECT_EQ(well, 30);
}

// As in GDAL, decodes hold a lock that is in no registry.
TEST(ForkOfReaders, AChildFindsTheDecodersLocksFree)
{
    MadeUpSource source({{512, 512, 64, 64, {1}, false, RT_ACCESS_RANDOM}});
    std::mutex decoders;
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    Rig rig(&source, std::nullopt, 128, 128);
    int well = 0;

    rig.SetThreads(2);
    source.OnRead([&](int) {
        const std::lock_guard<std::mutex> guard(decoders);

        std::this_thread::sleep_for(std::chrono::microseconds(200));
        return true;
    });
    for (int i = 0; i < 4; i++)
        threads.emplace_back([&, i] {
            while (!stop)
                EXPECT_TRUE(rig.ReadsRight(0, {i * 100, 100, 200, 200}));
        });
    for (int i = 0; i < FORKS; i++)
        well +=
            InChild(30, [&] {
                return static_cast<bool>(rig.ReadsRight(0, {128, 128, 90, 90}));
            }) == 0;
    stop = true;
    for (std::thread &thread : threads)
        thread.join();
    EXPECT_GE(well, MOST);
}

} // namespace
