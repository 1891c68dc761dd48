// Sizes as users write them.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "core/base/byte_size.h"

namespace
{

constexpr uint64_t kRam = UINT64_C(8) << 30;
constexpr uint64_t kUntouched = 12345;

struct Parsed {
    enum rt_status status;
    uint64_t bytes;
    std::string message;
};

using Parser = enum rt_status (*)(const char *, const char *, uint64_t,
                                  uint64_t *, struct rt_error *);

Parsed Parse(const std::string &text, Parser parser = rt_byte_size_parse,
             uint64_t ram = kRam)
{
    struct rt_error err = {};
    Parsed parsed = {RT_OK, kUntouched, ""};

    parsed.status =
        parser("CACHE_SIZE", text.c_str(), ram, &parsed.bytes, &err);
    parsed.message = err.text;
    return parsed;
}

Parsed ParseCache(const std::string &text)
{
    return Parse(text, rt_cache_size_parse);
}

struct Accepted {
    const char *text;
    uint64_t bytes;
};

class ByteSizeAccepted : public testing::TestWithParam<Accepted>
{
};

TEST_P(ByteSizeAccepted, IsThatManyBytes)
{
    const Parsed parsed = Parse(GetParam().text);

    ASSERT_EQ(parsed.status, RT_OK) << parsed.message;
    EXPECT_EQ(parsed.bytes, GetParam().bytes);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, ByteSizeAccepted,
    testing::Values(
        Accepted{"0", 0}, Accepted{"1", 1}, Accepted{"512", 512},
        Accepted{"007", 7}, Accepted{"1073741824", UINT64_C(1) << 30},
        Accepted{"1K", 1024}, Accepted{"1KB", 1024},
        Accepted{"256M", UINT64_C(256) << 20},
        Accepted{"256MB", UINT64_C(256) << 20},
        Accepted{"2G", UINT64_C(2) << 30}, Accepted{"2GB", UINT64_C(2) << 30},
        Accepted{"5 MB", UINT64_C(5) << 20},
        Accepted{" 5MB", UINT64_C(5) << 20},
        Accepted{"5MB ", UINT64_C(5) << 20},
        Accepted{"  5   MB  ", UINT64_C(5) << 20},
        Accepted{"5mb", UINT64_C(5) << 20}, Accepted{"5Mb", UINT64_C(5) << 20},
        Accepted{"5k", 5120}, Accepted{"1gB", UINT64_C(1) << 30},
        Accepted{"1.5MB", 1572864}, Accepted{"0.5KB", 512},
        Accepted{"1.0KB", 1024}, Accepted{"0.001KB", 1}, Accepted{"0MB", 0},
        Accepted{"25%", UINT64_C(2) << 30},
        Accepted{"12.5%", UINT64_C(1) << 30},
        Accepted{"25 %", UINT64_C(2) << 30}, Accepted{"0%", 0},
        Accepted{"100%", kRam}));

class ByteSizeRefused : public testing::TestWithParam<const char *>
{
};

TEST_P(ByteSizeRefused, LeavesTheResultAndNamesOptionAndText)
{
    const Parsed parsed = Parse(GetParam());

    EXPECT_EQ(parsed.status, RT_ERR_ARGUMENT);
    EXPECT_EQ(parsed.bytes, kUntouched);
    EXPECT_EQ(parsed.message.find(std::string("CACHE_SIZE=") + GetParam()), 0u)
        << parsed.message;
}

INSTANTIATE_TEST_SUITE_P(Forms, ByteSizeRefused,
                         testing::Values("", " ", "-1", "-5MB", "+5MB", "1e9",
                                         "0x10", "MB", "%", "inf", "nan",
                                         ".5MB", "1.MB", "1.", "1.5", "1,5MB",
                                         "1.5.5MB", "1 2", "5MBx", "5MB x",
                                         "5 M B", "5TB", "5B", "5KiB", "5MBB",
                                         "5%%", "5%MB", "100.5%", "101%",
                                         "5MB\t", "5;MB", "5MB\n", "five"));

TEST(ByteSize, OfTwoToThe63BytesIsOutOfRange)
{
    for (const char *text :
         {"9223372036854775808", "18446744073709551616", "8589934592GB",
          "99999999999999999999999999999999999999", "1000000000000G"}) {
        const Parsed parsed = Parse(text);

        EXPECT_EQ(parsed.status, RT_ERR_RANGE) << text;
        EXPECT_EQ(parsed.bytes, kUntouched) << text;
        EXPECT_NE(parsed.message.find(text), std::string::npos);
    }
}

TEST(ByteSize, OfTensOfThousandsOfDigitsIsOutOfRange)
{
    EXPECT_EQ(Parse(std::string(50000, '9') + "MB").status, RT_ERR_RANGE);
}

TEST(ByteSize, JustBelowTwoToThe63BytesIsTaken)
{
    const Parsed parsed = Parse("8589934591GB");

    ASSERT_EQ(parsed.status, RT_OK) << parsed.message;
    EXPECT_EQ(parsed.bytes, UINT64_C(8589934591) << 30);
}

TEST(ByteSize, PercentIsOfTheUsableRam)
{
    EXPECT_EQ(Parse("10%", rt_byte_size_parse, 1000).bytes, 100u);
    EXPECT_EQ(Parse("10%", rt_byte_size_parse, 2000).bytes, 200u);
}

TEST(ByteSize, MayBeParsedWithoutAnError)
{
    uint64_t bytes = kUntouched;

    EXPECT_EQ(rt_byte_size_parse("X", "junk", kRam, &bytes, nullptr),
              RT_ERR_ARGUMENT);
}

TEST(CacheSize, Of256MBIsNot256Bytes)
{
    const Parsed parsed = ParseCache("256MB");

    ASSERT_EQ(parsed.status, RT_OK) << parsed.message;
    EXPECT_EQ(parsed.bytes, UINT64_C(268435456));
}

TEST(CacheSize, OfABareSmallNumberIsRefusedWithWhatWasMeant)
{
    for (const char *text : {"512", " 512", "512 "}) {
        const Parsed parsed = ParseCache(text);

        EXPECT_EQ(parsed.status, RT_ERR_ARGUMENT);
        EXPECT_EQ(parsed.bytes, kUntouched);
        EXPECT_NE(parsed.message.find("512MB"), std::string::npos)
            << parsed.message;
    }
}

TEST(CacheSize, WithAUnitBelowTheLeastIsRefusedWithItsBytes)
{
    const Parsed parsed = ParseCache("512KB");

    EXPECT_EQ(parsed.status, RT_ERR_ARGUMENT);
    EXPECT_EQ(parsed.bytes, kUntouched);
    EXPECT_NE(parsed.message.find("524288 bytes"), std::string::npos)
        << parsed.message;
    EXPECT_EQ(parsed.message.find("524288MB"), std::string::npos);
}

TEST(CacheSize, OfNoneIsTaken)
{
    for (const char *text : {"0", "0MB", "0%"}) {
        const Parsed parsed = ParseCache(text);

        EXPECT_EQ(parsed.status, RT_OK) << parsed.message;
        EXPECT_EQ(parsed.bytes, 0u);
    }
}

TEST(CacheSize, BeginsAtOneMegabyte)
{
    EXPECT_EQ(ParseCache("1048576").bytes, RT_CACHE_MIN_BYTES);
    EXPECT_EQ(ParseCache("1MB").bytes, RT_CACHE_MIN_BYTES);
    EXPECT_EQ(ParseCache("1048575").status, RT_ERR_ARGUMENT);
}

TEST(CacheSize, PassesOnWhatIsNoSize)
{
    EXPECT_EQ(ParseCache("much").status, RT_ERR_ARGUMENT);
    EXPECT_EQ(ParseCache("99999999999G").status, RT_ERR_RANGE);
}

} // namespace
