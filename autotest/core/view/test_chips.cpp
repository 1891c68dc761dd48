// Overlapped tiles: blocks with margins, and what lies beyond the source's
// edge.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "core/view/chips.h"

namespace
{

using Window = struct rt_window;
using Chips = struct rt_chips;

constexpr int kPadding = -1;

const std::vector<enum rt_chip_mode> kModes = {RT_CHIP_REFLECT,
                                               RT_CHIP_REPLICATE, RT_CHIP_PAD};

Chips Make(int32_t w_px, int32_t h_px, int32_t block_w_px, int32_t block_h_px,
           int32_t overlap_px, enum rt_chip_mode mode)
{
    Chips chips = {};
    struct rt_error err = {};

    EXPECT_EQ(rt_chips_init(&chips, w_px, h_px, block_w_px, block_h_px,
                            overlap_px, mode, &err),
              RT_OK)
        << err.text;
    return chips;
}

// Walks one pixel at a time and turns at the ends.
int Mirrored(int px, int size_px)
{
    int at = 0, step = 1;

    for (int i = std::abs(px); i > 0 && size_px > 1; i--) {
        if (at + step < 0 || at + step >= size_px)
            step = -step;
        at += step;
    }
    return at;
}

// The source pixel that pixel at_px of the raster shows.
int Shown(const struct rt_chip_axis &axis, enum rt_chip_mode mode, int at_px)
{
    const int px = at_px / axis.chip_px * axis.block_px - axis.overlap_px +
                   at_px % axis.chip_px;

    if (px >= 0 && px < axis.source_px)
        return px;
    if (mode == RT_CHIP_PAD)
        return kPadding;
    return mode == RT_CHIP_REPLICATE ? std::clamp(px, 0, axis.source_px - 1)
                                     : Mirrored(px, axis.source_px);
}

// The same, computed by runs, for the pixels from begin_px to end_px.
std::vector<int> ByRuns(const struct rt_chip_axis &axis, enum rt_chip_mode mode,
                        int begin_px, int end_px)
{
    std::vector<int> shown;

    while (begin_px < end_px) {
        const struct rt_chip_run run =
            rt_chip_axis_run(&axis, mode, begin_px, end_px);

        EXPECT_EQ(run.at_px, begin_px);
        EXPECT_GE(run.n_px, 1);
        for (int i = 0; i < run.n_px; i++)
            shown.push_back(run.padding ? kPadding
                                        : run.source_px + i * run.step);
        begin_px += std::max(run.n_px, 1);
    }
    return shown;
}

std::vector<int> OneByOne(const struct rt_chip_axis &axis,
                          enum rt_chip_mode mode, int begin_px, int end_px)
{
    std::vector<int> shown;

    for (int i = begin_px; i < end_px; i++)
        shown.push_back(Shown(axis, mode, i));
    return shown;
}

TEST(Chips, RunsShowThePixelsThatMirrorRepetitionAndPaddingSay)
{
    for (const auto mode : kModes)
        for (int size = 1; size <= 9; size++)
            for (int block = 1; block <= 11; block++)
                for (const int overlap : {0, 1, 2, 5, 16, 40}) {
                    const auto axis = Make(size, 1, block, 1, overlap, mode).x;

                    EXPECT_EQ(axis.chip_px, block + 2 * overlap);
                    EXPECT_EQ(axis.n_chips, (size + block - 1) / block);
                    EXPECT_EQ(axis.raster_px, axis.n_chips * axis.chip_px);
                    ASSERT_EQ(ByRuns(axis, mode, 0, axis.raster_px),
                              OneByOne(axis, mode, 0, axis.raster_px))
                        << size << " in " << block << " by " << overlap;
                }
}

TEST(Chips, RunsBeginAndEndAsRequested)
{
    for (const auto mode : kModes) {
        const auto axis = Make(13, 1, 5, 1, 17, mode).x;

        for (int begin = 0; begin < axis.raster_px; begin++)
            for (int end = begin + 1; end <= axis.raster_px; end++)
                ASSERT_EQ(ByRuns(axis, mode, begin, end),
                          OneByOne(axis, mode, begin, end));
    }
}

TEST(Chips, RunsInsideTheSourceAreNotCut)
{
    const auto axis = Make(100, 1, 30, 1, 4, RT_CHIP_REFLECT).x;
    const struct rt_chip_run run =
        rt_chip_axis_run(&axis, RT_CHIP_REFLECT, axis.chip_px, 100);

    EXPECT_EQ(run.source_px, 26);
    EXPECT_EQ(run.n_px, axis.chip_px);
}

TEST(Chips, WindowOfAChipMayLieBeyondTheSource)
{
    const Chips chips = Make(100, 50, 30, 20, 7, RT_CHIP_PAD);
    const Window first = rt_chips_window(&chips, 0, 0);
    const Window last = rt_chips_window(&chips, 3, 2);

    EXPECT_EQ(first.x_px, -7);
    EXPECT_EQ(first.y_px, -7);
    EXPECT_EQ(last.x_px, 83);
    EXPECT_EQ(last.y_px, 33);
    EXPECT_EQ(last.w_px, 44);
    EXPECT_EQ(last.h_px, 34);
}

enum rt_status InitStatus(int32_t size_px, int32_t block_px, int32_t overlap_px)
{
    Chips chips = {};
    struct rt_error err = {};
    const enum rt_status across = rt_chips_init(
        &chips, size_px, 1, block_px, 1, overlap_px, RT_CHIP_REFLECT, &err);
    const enum rt_status down =
        rt_chips_init(&chips, 1, size_px, 1, block_px,
                      across == RT_OK ? overlap_px : 0, RT_CHIP_REFLECT, &err);

    EXPECT_EQ(across == RT_OK, err.text[0] == '\0');
    if (across != RT_OK) {
        EXPECT_NE(
            std::string(err.text).find("OVERLAP=" + std::to_string(overlap_px)),
            std::string::npos);
        return across;
    }
    return down;
}

TEST(Chips, SizesBeyondTheLimitAreRefused)
{
    EXPECT_EQ(InitStatus(1, 1, (INT32_MAX - 1) / 2), RT_OK);
    EXPECT_EQ(InitStatus(1, 2, (INT32_MAX - 1) / 2), RT_ERR_RANGE);
    EXPECT_EQ(InitStatus(1, 1, INT32_MAX), RT_ERR_RANGE);
    EXPECT_EQ(InitStatus(1, INT32_MAX, 0), RT_OK);
    EXPECT_EQ(InitStatus(1, INT32_MAX, 1), RT_ERR_RANGE);
    EXPECT_EQ(InitStatus(1 << 20, 1, 1023), RT_OK);
    EXPECT_EQ(InitStatus(1 << 20, 1, 1024), RT_ERR_RANGE);
    EXPECT_EQ(InitStatus(INT32_MAX, 1, 1), RT_ERR_RANGE);
}

// A source of two planes whose pixels all have different values.
struct Scene {
    int w_px, h_px;
    std::vector<uint16_t> low;
    std::vector<uint32_t> high;

    Scene(int w, int h) : w_px(w), h_px(h)
    {
        for (int i = 0; i < w * h; i++) {
            low.push_back(static_cast<uint16_t>(i));
            high.push_back(static_cast<uint32_t>(i) + 1000000);
        }
    }
};

// What a window of the raster of overlapped tiles receives, and how often.
struct Target {
    Window window;
    std::vector<int> times[2];
    std::vector<uint32_t> values[2];

    explicit Target(const Window &of) : window(of)
    {
        for (int i = 0; i < 2; i++) {
            times[i].assign(rt_window_area(&of), 0);
            values[i].assign(rt_window_area(&of), 0);
        }
    }

    size_t At(int x, int y) const
    {
        return static_cast<size_t>(y - window.y_px) *
                   static_cast<size_t>(window.w_px) +
               static_cast<size_t>(x - window.x_px);
    }
};

void TakePixel(Target *target, const struct rt_part *part, int i, int x, int y)
{
    const auto offset = static_cast<ptrdiff_t>(y) * part->line_px + x;
    const int plane = part->i_planes[i];
    const size_t at = target->At(part->window.x_px + x, part->window.y_px + y);

    target->times[plane][at]++;
    target->values[plane][at] =
        plane == 0 ? static_cast<const uint16_t *>(part->pixels[i])[offset]
                   : static_cast<const uint32_t *>(part->pixels[i])[offset];
}

void OnPart(void *context, const struct rt_part *part)
{
    auto *target = static_cast<Target *>(context);

    ASSERT_TRUE(rt_window_contains(&target->window, &part->window));
    for (int i = 0; i < part->n_planes; i++)
        for (int y = 0; y < part->window.h_px; y++)
            for (int x = 0; x < part->window.w_px; x++)
                TakePixel(target, part, i, x, y);
}

void CountPadding(void *context, const Window *padding)
{
    auto *target = static_cast<Target *>(context);

    ASSERT_TRUE(rt_window_contains(&target->window, padding));
    for (int y = 0; y < padding->h_px; y++)
        for (int x = 0; x < padding->w_px; x++)
            target
                ->times[0][target->At(padding->x_px + x, padding->y_px + y)] -=
                100;
}

// Delivers a window of the scene in parts of up to 7 x 5 pixels.
void Deliver(const Scene &scene, const Window &source,
             struct rt_chip_sink *sink)
{
    const int32_t planes[] = {1, 0};

    for (int y = source.y_px; y < source.y_px + source.h_px; y += 5)
        for (int x = source.x_px; x < source.x_px + source.w_px; x += 7) {
            const size_t at = static_cast<size_t>(y * scene.w_px + x);
            const void *pixels[] = {&scene.high[at], &scene.low[at]};
            const struct rt_part part = {
                {x, y, std::min(7, source.x_px + source.w_px - x),
                 std::min(5, source.y_px + source.h_px - y)},
                2,
                planes,
                pixels,
                scene.w_px};

            rt_chips_on_part(sink, &part);
        }
}

void ExpectShown(const Chips &chips, const Scene &scene, const Target &target)
{
    const Window &window = target.window;

    for (int y = window.y_px; y < window.y_px + window.h_px; y++)
        for (int x = window.x_px; x < window.x_px + window.w_px; x++) {
            const int from_x = Shown(chips.x, chips.mode, x);
            const int from_y = Shown(chips.y, chips.mode, y);
            const bool padding = from_x == kPadding || from_y == kPadding;
            const size_t at = target.At(x, y);
            const int value = from_y * scene.w_px + from_x;

            ASSERT_EQ(target.times[0][at], padding ? -100 : 1);
            ASSERT_EQ(target.times[1][at], padding ? 0 : 1);
            if (padding)
                continue;
            ASSERT_EQ(target.values[0][at], static_cast<uint32_t>(value));
            ASSERT_EQ(target.values[1][at],
                      static_cast<uint32_t>(value) + 1000000);
        }
}

// The smallest window, found by checking every pixel.
bool Hull(const Chips &chips, const Window &window, Window *hull)
{
    int x0 = INT32_MAX, x1 = -1, y0 = INT32_MAX, y1 = -1;

    for (int x = window.x_px; x < window.x_px + window.w_px; x++) {
        const int from = Shown(chips.x, chips.mode, x);

        x0 = from == kPadding ? x0 : std::min(x0, from);
        x1 = std::max(x1, from);
    }
    for (int y = window.y_px; y < window.y_px + window.h_px; y++) {
        const int from = Shown(chips.y, chips.mode, y);

        y0 = from == kPadding ? y0 : std::min(y0, from);
        y1 = std::max(y1, from);
    }
    *hull = {x0, y0, x1 - x0 + 1, y1 - y0 + 1};
    return x1 >= 0 && y1 >= 0;
}

void CheckWindow(const Chips &chips, const Scene &scene, const Window &window)
{
    const uint32_t px_bytes[] = {2, 4};
    Target target(window);
    const struct rt_sink inner = {OnPart, &target};
    struct rt_chip_sink sink = {&chips, &window, px_bytes, &inner};
    Window source = {}, expected = {};
    const bool any = rt_chips_source_window(&chips, &window, &source);

    ASSERT_EQ(any, Hull(chips, window, &expected));
    if (any) {
        ASSERT_TRUE(rt_window_contains(&expected, &source));
        ASSERT_TRUE(rt_window_contains(&source, &expected));
        Deliver(scene, source, &sink);
    }
    rt_chips_padding(&chips, &window, CountPadding, &target);
    ExpectShown(chips, scene, target);
}

TEST(Chips, EveryPixelOfAWindowIsDeliveredOnceOrIsPadding)
{
    std::mt19937 chance(7);
    const auto Any = [&](int from, int to) {
        return std::uniform_int_distribution<int>(from, to)(chance);
    };

    for (unsigned i = 0; i < 600 && !::testing::Test::HasFatalFailure(); i++) {
        const Scene scene(Any(1, 30), Any(1, 30));
        const Chips chips =
            Make(scene.w_px, scene.h_px, Any(1, 40), Any(1, 40),
                 Any(0, i % 3 == 0 ? 70 : 6), kModes[i % kModes.size()]);
        Window window = {Any(0, chips.x.raster_px - 1),
                         Any(0, chips.y.raster_px - 1), 1, 1};

        window.w_px = Any(1, std::min(90, chips.x.raster_px - window.x_px));
        window.h_px = Any(1, std::min(90, chips.y.raster_px - window.y_px));
        CheckWindow(chips, scene, window);
    }
}

} // namespace
