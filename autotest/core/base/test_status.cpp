// How a failing call reports the reason.
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "core/base/status.h"

namespace
{

TEST(Error, HoldsStatusAndFormattedText)
{
    struct rt_error err = {};

    EXPECT_EQ(rt_error_set(&err, RT_ERR_RANGE, "%d of %s", 3, "these"),
              RT_ERR_RANGE);
    EXPECT_EQ(err.status, RT_ERR_RANGE);
    EXPECT_STREQ(err.text, "3 of these");
}

TEST(Error, IsReplacedByALaterOne)
{
    struct rt_error err = {};

    (void)rt_error_set(&err, RT_ERR_RANGE, "a long first text");
    (void)rt_error_set(&err, RT_ERR_SOURCE, "short");
    EXPECT_EQ(err.status, RT_ERR_SOURCE);
    EXPECT_STREQ(err.text, "short");
}

TEST(Error, CutsATextThatIsTooLong)
{
    const std::string text(3 * RT_ERROR_TEXT_BYTES, 'x');
    struct rt_error err = {};

    (void)rt_error_set(&err, RT_ERR_SOURCE, "%s", text.c_str());
    EXPECT_EQ(std::strlen(err.text), size_t{RT_ERROR_TEXT_BYTES - 1});
    EXPECT_EQ(text.compare(0, RT_ERROR_TEXT_BYTES - 1, err.text), 0);
}

TEST(Error, MayBeNull)
{
    EXPECT_EQ(rt_error_set(nullptr, RT_ERR_MEMORY, "%s", "lost"),
              RT_ERR_MEMORY);
}

} // namespace
