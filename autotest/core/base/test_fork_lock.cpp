// Mutexes that a fork cannot leave locked in the child.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "core/base/fork_lock.h"
#include "fork_rig.h"

namespace
{

bool IsFree(struct rt_fork_lock &lock)
{
    if (pthread_mutex_trylock(&lock.mutex) != 0)
        return false;
    pthread_mutex_unlock(&lock.mutex);
    return true;
}

TEST(ForkLock, IsFreeInChildAndParentWithAnyHolder)
{
    struct rt_fork_lock lock;
    std::atomic<bool> stop{false};

    ASSERT_TRUE(rt_fork_lock_init(&lock, RT_RANK_LEAF));
    std::thread holder([&] {
        while (!stop) {
            pthread_mutex_lock(&lock.mutex);
            std::this_thread::yield();
            pthread_mutex_unlock(&lock.mutex);
        }
    });

    for (int i = 0; i < 50; i++)
        EXPECT_EQ(InChild(300, [&] { return IsFree(lock); }), 0);
    stop = true;
    holder.join();
    EXPECT_TRUE(IsFree(lock));
    rt_fork_lock_destroy(&lock);
}

// A thread that nests two locks by rank never meets a fork that takes them in
// another order.
TEST(ForkLock, IsTakenInOrderOfRankThoughRegisteredInAnother)
{
    struct rt_fork_lock inner, outer;
    std::atomic<bool> stop{false};
    int value = 0;

    ASSERT_TRUE(rt_fork_lock_init(&inner, RT_RANK_CACHE_SHARD));
    ASSERT_TRUE(rt_fork_lock_init(&outer, RT_RANK_CACHE_ORDER));
    std::thread nesting([&] {
        while (!stop) {
            pthread_mutex_lock(&outer.mutex);
            value++; // odd until the inner lock is released
            pthread_mutex_lock(&inner.mutex);
            value++;
            pthread_mutex_unlock(&inner.mutex);
            pthread_mutex_unlock(&outer.mutex);
        }
    });

    for (int i = 0; i < 50; i++)
        EXPECT_EQ(InChild(300,
                          [&] {
                              return IsFree(outer) && IsFree(inner) &&
                                     value % 2 == 0;
                          }),
                  0);
    stop = true;
    nesting.join();
    rt_fork_lock_destroy(&outer);
    rt_fork_lock_destroy(&inner);
}

TEST(ForkLock, IsForgottenWhenDestroyed)
{
    struct rt_fork_lock first, second, third;

    for (struct rt_fork_lock *lock : {&first, &second, &third})
        ASSERT_TRUE(rt_fork_lock_init(lock, RT_RANK_POOL));
    rt_fork_lock_destroy(&second);
    EXPECT_EQ(InChild(300, [&] { return IsFree(first) && IsFree(third); }), 0);
    rt_fork_lock_destroy(&first);
    EXPECT_EQ(InChild(300, [&] { return IsFree(third); }), 0);
    rt_fork_lock_destroy(&third);
    EXPECT_EQ(InChild(300, [] { return true; }), 0);
}

TEST(ForkLock, CallsItsOwnerInTheChildOnly)
{
    struct rt_fork_lock lock;
    int calls = 0;

    ASSERT_TRUE(rt_fork_lock_init(&lock, RT_RANK_LEAF));
    rt_fork_lock_on_fork(
        &lock, [](void *context) { ++*static_cast<int *>(context); }, &calls);
    EXPECT_EQ(InChild(300, [&] { return calls == 1 && IsFree(lock); }), 0);
    EXPECT_EQ(calls, 0);
    rt_fork_lock_destroy(&lock);
}

} // namespace
