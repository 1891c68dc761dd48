// The threads of the process.
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "core/base/pool.h"

namespace
{

struct Task {
    struct rt_pool_task task = {};
    std::atomic<bool> *gate = nullptr; // what the task waits for
    std::atomic<int> *count = nullptr;
    struct rt_pool *released = nullptr;
};

void RunTask(struct rt_pool_task *task)
{
    Task *self = reinterpret_cast<Task *>(task);

    while (self->gate != nullptr && !*self->gate)
        std::this_thread::yield();
    if (self->released != nullptr)
        rt_pool_release(self->released);
    ++*self->count;
}

void WaitFor(const std::atomic<int> &count, int n)
{
    while (count < n)
        std::this_thread::yield();
}

TEST(Pool, RunsEachTaskOnce)
{
    std::vector<Task> tasks(1000);
    std::atomic<int> count{0};
    struct rt_pool *pool = rt_pool_acquire(4);

    ASSERT_NE(pool, nullptr);
    for (Task &task : tasks) {
        task.task.run = RunTask;
        task.count = &count;
        rt_pool_submit(pool, &task.task);
    }
    WaitFor(count, 1000);
    for (Task &task : tasks)
        EXPECT_FALSE(rt_pool_withdraw(pool, &task.task));
    rt_pool_release(pool);
    EXPECT_EQ(count, 1000);
}

TEST(Pool, WithdrawsWhatHasNotBegun)
{
    std::atomic<bool> gate{false};
    std::atomic<int> count{0};
    std::vector<Task> tasks(5);
    struct rt_pool *pool = rt_pool_acquire(1);

    ASSERT_NE(pool, nullptr);
    for (Task &task : tasks) {
        task.task.run = RunTask;
        task.count = &count;
        task.gate = &gate;
        rt_pool_submit(pool, &task.task);
    }
    // The first may have begun. The others are withdrawn from the middle and
    // from the end, and one of them is submitted again.
    EXPECT_TRUE(rt_pool_withdraw(pool, &tasks[2].task));
    EXPECT_FALSE(rt_pool_withdraw(pool, &tasks[2].task));
    EXPECT_TRUE(rt_pool_withdraw(pool, &tasks[4].task));
    EXPECT_TRUE(rt_pool_withdraw(pool, &tasks[3].task));
    rt_pool_submit(pool, &tasks[3].task);
    gate = true;
    WaitFor(count, 3);
    rt_pool_release(pool);
    EXPECT_EQ(count, 3);
}

TEST(Pool, IsOneForAllUsers)
{
    struct rt_pool *first = rt_pool_acquire(1), *second = rt_pool_acquire(3);

    EXPECT_EQ(first, second);
    rt_pool_release(first);
    rt_pool_release(second);
}

TEST(Pool, MayBeReleasedByATask)
{
    std::atomic<int> count{0};
    Task task;
    struct rt_pool *pool = rt_pool_acquire(3);

    ASSERT_NE(pool, nullptr);
    task.task.run = RunTask;
    task.count = &count;
    task.released = pool;
    rt_pool_submit(pool, &task.task);
    WaitFor(count, 1);

    struct rt_pool *next = rt_pool_acquire(1);
    Task further;

    ASSERT_NE(next, nullptr);
    further.task.run = RunTask;
    further.count = &count;
    rt_pool_submit(next, &further.task);
    WaitFor(count, 2);
    rt_pool_release(next);
}

TEST(Pool, AChildOfForkHasItsOwn)
{
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
    GTEST_SKIP() << "ThreadSanitizer knows no threads after fork";
#endif
#endif
    struct rt_pool *pool = rt_pool_acquire(2);

    ASSERT_NE(pool, nullptr);
    EXPECT_TRUE(rt_pool_is_ours(pool));
    const pid_t child = fork();
    if (child == 0) {
        std::atomic<int> count{0};
        Task task;
        struct rt_pool *own = rt_pool_acquire(1);

        alarm(300);
        task.task.run = RunTask;
        task.count = &count;
        if (own == nullptr || own == pool || rt_pool_is_ours(pool))
            _exit(1);
        rt_pool_submit(own, &task.task);
        WaitFor(count, 1);
        rt_pool_release(own);
        _exit(0);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    rt_pool_release(pool);
}

} // namespace
