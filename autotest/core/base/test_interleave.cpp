/* test_interleave.cpp - compares with naive loops, at all sizes and
 * alignments. */
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/interleave.h"

namespace
{

using Bytes = std::vector<unsigned char>;

constexpr unsigned char GUARD = 0xA5;

Bytes Random(unsigned seed, size_t n)
{
    std::mt19937 random(seed);
    Bytes bytes(n);

    for (unsigned char &byte : bytes)
        byte = static_cast<unsigned char>(random());
    return bytes;
}

void ExpectInterleaved(int n_planes, size_t n_px, size_t from_at, size_t to_at)
{
    const size_t n = static_cast<size_t>(n_planes);
    std::vector<Bytes> planes;
    std::vector<const unsigned char *> starts;
    Bytes expected(to_at + n * n_px + 64, GUARD), found = expected;

    for (size_t k = 0; k < n; k++)
        planes.push_back(Random(static_cast<unsigned>(k), from_at + n_px + k));
    for (size_t k = 0; k < n; k++)
        starts.push_back(planes[k].data() + from_at + k);
    for (size_t i = 0; i < n_px; i++)
        for (size_t k = 0; k < n; k++)
            expected[to_at + n * i + k] = starts[k][i];
    rt_interleave(starts.data(), n_planes, static_cast<int64_t>(n_px),
                  found.data() + to_at);
    ASSERT_EQ(found, expected) << n_planes << " planes, " << n_px << " pixels";
}

} // namespace

TEST(Interleave, PutsPlanesSideBySideAtAllSizesAndAlignments)
{
    for (int n_planes = RT_INTERLEAVE_MIN; n_planes <= RT_INTERLEAVE_MAX;
         n_planes++)
        for (size_t n_px = 0; n_px <= 100; n_px++)
            for (size_t at = 0; at < 16; at += 3)
                ExpectInterleaved(n_planes, n_px, at, 15 - at);
}

TEST(Interleave, PutsWholeBlocksSideBySide)
{
    ExpectInterleaved(3, 512 * 512 + 7, 1, 3);
    ExpectInterleaved(4, 512 * 512 + 7, 2, 1);
}

TEST(Interleave, SpreadsPixelsOfAllSizesForwardsAndBackwards)
{
    for (uint32_t px_bytes = 1; px_bytes <= 16; px_bytes++)
        for (int64_t step :
             {int64_t{px_bytes}, int64_t{px_bytes} + 1, int64_t{3} * px_bytes,
              -int64_t{px_bytes}, -int64_t{px_bytes} - 5})
            for (int64_t n_px = 0; n_px < 40; n_px++) {
                const Bytes from =
                    Random(px_bytes, static_cast<size_t>(n_px) * px_bytes + 1);
                Bytes expected(4096, GUARD), found = expected;
                for (int64_t i = 0; i < n_px; i++)
                    for (uint32_t b = 0; b < px_bytes; b++)
                        expected[static_cast<size_t>(2048 + i * step + b)] =
                            from[static_cast<size_t>(1 + i * px_bytes + b)];
                rt_spread(from.data() + 1, px_bytes, n_px, found.data() + 2048,
                          step);
                ASSERT_EQ(found, expected)
                    << n_px << " of " << px_bytes << ", step " << step;
            }
}

TEST(WindowCopy, CopiesThePartAndNothingElse)
{
    const rt_window from = {10, 20, 7, 5}, to = {12, 18, 4, 6};
    const rt_window part = {13, 21, 3, 3};
    const size_t px_bytes = 3;
    const Bytes source = Random(1, px_bytes * rt_window_area(&from));
    Bytes expected(px_bytes * rt_window_area(&to), GUARD), found = expected;

    for (int32_t y = part.y_px; y < part.y_px + part.h_px; y++)
        for (int32_t x = part.x_px; x < part.x_px + part.w_px; x++)
            for (size_t i = 0; i < px_bytes; i++) {
                const auto at = [&](const rt_window &window) {
                    return static_cast<size_t>((y - window.y_px) * window.w_px +
                                               x - window.x_px) *
                               px_bytes +
                           i;
                };
                expected[at(to)] = source[at(from)];
            }
    rt_window_copy(&part, px_bytes, &from, source.data(), &to, found.data());
    EXPECT_EQ(found, expected);
}
