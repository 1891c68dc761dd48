// One object for each text.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "core/base/identity.h"

namespace
{

TEST(Identity, OfTheSameTextIsTheSameObject)
{
    std::string text = "file.tif|mtime=1";
    struct rt_identity *a = rt_identity_intern(text.c_str());
    const std::string copy = text;

    text[0] = 'x'; // the object has its own copy
    struct rt_identity *b = rt_identity_intern(copy.c_str());

    EXPECT_EQ(a, b);
    rt_identity_unref(a);
    rt_identity_unref(b);
}

TEST(Identity, OfAnotherTextIsAnotherObject)
{
    std::vector<struct rt_identity *> all;

    for (const char *text : {"a", "b", "", "a ", "A", "aa"})
        all.push_back(rt_identity_intern(text));
    for (size_t i = 0; i < all.size(); i++)
        for (size_t j = 0; j < i; j++)
            EXPECT_NE(all[i], all[j]);
    for (struct rt_identity *identity : all)
        rt_identity_unref(identity);
}

TEST(Identity, KnowsItsText)
{
    struct rt_identity *first = rt_identity_intern("first");
    struct rt_identity *second = rt_identity_intern("second");

    EXPECT_STREQ(rt_identity_text(first), "first");
    EXPECT_STREQ(rt_identity_text(second), "second");
    rt_identity_unref(first); // the older end of the list
    EXPECT_STREQ(rt_identity_text(second), "second");
    rt_identity_unref(second);
}

TEST(Identity, LivesUntilItsLastReferenceIsGivenBack)
{
    struct rt_identity *identity = rt_identity_intern("kept");

    EXPECT_EQ(rt_identity_ref(identity), identity);
    rt_identity_unref(identity);
    EXPECT_STREQ(rt_identity_text(identity), "kept");
    struct rt_identity *again = rt_identity_intern("kept");

    EXPECT_EQ(again, identity);
    rt_identity_unref(again);
    rt_identity_unref(identity); // LeakSanitizer reports what is left
}

TEST(Identity, UnrefTakesNull)
{
    rt_identity_unref(nullptr);
}

TEST(Identity, IsOneObjectForAllThreads)
{
    struct rt_identity *shared = rt_identity_intern("shared 0");
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;

    for (int i = 0; i < 8; i++)
        threads.emplace_back([&, i] {
            for (int n = 0; n < 1000; n++) {
                const std::string text =
                    "shared " + std::to_string((n + i) % 4);
                struct rt_identity *a = rt_identity_intern(text.c_str());
                struct rt_identity *b = rt_identity_ref(a);

                if (rt_identity_text(b) != text ||
                    ((n + i) % 4 == 0) != (a == shared))
                    wrong++;
                rt_identity_unref(a);
                rt_identity_unref(b);
            }
        });
    for (std::thread &thread : threads)
        thread.join();
    EXPECT_EQ(wrong, 0);
    rt_identity_unref(shared);
}

} // namespace
