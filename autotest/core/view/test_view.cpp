// A source read through a view: the right pixels for any geometry.
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "short_runs.h"
#include "view_rig.h"

namespace
{

const auto kGeometries = static_cast<uint32_t>(Times(400));

// A random source and the way to read it.
struct Geometry {
    std::vector<LayerShape> layers;
    std::optional<uint64_t> limit_bytes;
    int32_t block_w_px, block_h_px;
};

LayerShape MakeShape(Dice *dice)
{
    const int32_t most = dice->Pick<int32_t>({3, 70, 200, 420});
    LayerShape shape;

    shape.w_px = dice->Roll(1, most);
    shape.h_px = dice->Roll(1, most);
    shape.source_block_w_px = dice->Pick<int32_t>({5, 16, 64, 100, 256, 500});
    shape.source_block_h_px =
        dice->Pick<int32_t>({1, 7, 16, 64, 100, 300, 600});
    shape.access =
        dice->Pick<enum rt_access>({RT_ACCESS_RANDOM, RT_ACCESS_RANDOM,
                                    RT_ACCESS_ROWS, RT_ACCESS_SEQUENTIAL});
    if (shape.access != RT_ACCESS_RANDOM || dice->Roll(0, 9) == 0)
        shape.source_block_w_px = shape.w_px;
    if (dice->Roll(0, 9) == 0)
        shape.source_block_h_px = shape.h_px;
    shape.interleaved = dice->Roll(0, 1) == 1;
    shape.px_bytes.clear();
    for (int32_t n = dice->Roll(1, 4); n > 0; n--)
        shape.px_bytes.push_back(dice->Pick<uint32_t>({1, 1, 2, 4, 8, 16}));
    return shape;
}

Geometry MakeGeometry(Dice *dice)
{
    Geometry geometry;

    for (int32_t n = dice->Roll(1, 2); n > 0; n--)
        geometry.layers.push_back(MakeShape(dice));
    geometry.limit_bytes = dice->Pick<std::optional<uint64_t>>(
        {std::nullopt, 0, 1000, 20000, 100000, 400000, 2000000, kAmple,
         kAmple});
    geometry.block_w_px = dice->Pick<int32_t>({1, 3, 30, 64, 100, 128, 512});
    geometry.block_h_px = dice->Pick<int32_t>({1, 3, 30, 64, 100, 128, 512});
    return geometry;
}

std::string Describe(const Geometry &geometry)
{
    std::string text =
        "blocks of " + std::to_string(geometry.block_w_px) + " x " +
        std::to_string(geometry.block_h_px) + ", " +
        (geometry.limit_bytes ? std::to_string(*geometry.limit_bytes) + " bytes"
                              : "no cache");

    for (const LayerShape &shape : geometry.layers) {
        text += "; " + std::to_string(shape.w_px) + " x " +
                std::to_string(shape.h_px) + " in " +
                std::to_string(shape.source_block_w_px) + " x " +
                std::to_string(shape.source_block_h_px) + ", access " +
                std::to_string(shape.access) +
                (shape.interleaved ? ", interleaved" : "") + ", px";
        for (const uint32_t px : shape.px_bytes)
            text += " " + std::to_string(px);
    }
    return text;
}

// Some of the planes, in any order.
std::vector<int32_t> SomePlanes(const Rig &rig, int32_t layer, Dice *dice)
{
    std::vector<int32_t> planes = rig.AllPlanes(layer);

    dice->Shuffle(&planes);
    planes.resize(static_cast<size_t>(
        dice->Roll(1, static_cast<int32_t>(planes.size()))));
    return planes;
}

// Reads random windows of a geometry and checks what is left in the cache.
void ReadRandomWindows(const Geometry &geometry, Dice *dice)
{
    MadeUpSource source(geometry.layers);
    const Rig rig(&source, geometry.limit_bytes, geometry.block_w_px,
                  geometry.block_h_px);

    for (int i = 0; i < 7; i++) {
        const int32_t layer =
            dice->Roll(0, static_cast<int32_t>(geometry.layers.size()) - 1);
        const struct rt_window window = dice->Window(source.layer(layer).grid);

        ASSERT_TRUE(rig.ReadsRight(layer, window, SomePlanes(rig, layer, dice)))
            << "read " << i;
        ASSERT_EQ(rig.Counters().used_bytes, rig.Counters().resident_bytes);
        ASSERT_LE(rig.Counters().resident_bytes, rig.Counters().limit_bytes);
    }
    ASSERT_TRUE(rig.ReadsRight(0, rig.Everything(0)));
    EXPECT_EQ(source.Complaint(), "");
    if (rig.cache() != nullptr) {
        rt_block_cache_set_limit(rig.cache(), 0); // nothing is left pinned
        EXPECT_EQ(rig.Counters().used_bytes, 0u);
    }
}

TEST(View, DeliversTheRightPixelsOfAnyWindowOnce)
{
    for (uint32_t seed = 0; seed < kGeometries && !HasFailure(); seed++) {
        Dice dice(seed);
        const Geometry geometry = MakeGeometry(&dice);

        SCOPED_TRACE("seed " + std::to_string(seed) + ": " +
                     Describe(geometry));
        ReadRandomWindows(geometry, &dice);
    }
}

TEST(View, DecodesEachSourceBlockOnceForAWholeWindowOnAnyBudget)
{
    for (uint32_t seed = 0; seed < kGeometries && !HasFailure(); seed++) {
        Dice dice(1000000 + seed);
        const Geometry geometry = MakeGeometry(&dice);
        MadeUpSource source(geometry.layers);
        const Rig rig(&source, geometry.limit_bytes, geometry.block_w_px,
                      geometry.block_h_px);

        SCOPED_TRACE("seed " + std::to_string(seed) + ": " +
                     Describe(geometry));
        for (int32_t i = 0; i < static_cast<int32_t>(geometry.layers.size());
             i++) {
            EXPECT_TRUE(rig.ReadsRight(i, rig.Everything(i)));
            EXPECT_EQ(source.LeastDecodes(i), 1);
            EXPECT_EQ(source.MostDecodes(i), 1);
        }
        EXPECT_EQ(source.restarts(), 0);
        EXPECT_EQ(source.Complaint(), "");
        EXPECT_EQ(rig.Counters().used_bytes, rig.Counters().resident_bytes);
    }
}

TEST(View, DecodesEachSourceBlockOnceForAnyWindowsOnAnAmpleBudget)
{
    for (uint32_t seed = 0; seed < kGeometries && !HasFailure(); seed++) {
        Dice dice(2000000 + seed);
        Geometry geometry = MakeGeometry(&dice);

        geometry.limit_bytes = kAmple;
        MadeUpSource source({geometry.layers[0]});
        const Rig rig(&source, geometry.limit_bytes, geometry.block_w_px,
                      geometry.block_h_px);

        // Planes that are stored separately are decoded again if a read asks
        // for several together and only some of them are cached.
        const bool any_planes =
            geometry.layers[0].interleaved &&
            geometry.layers[0].access != RT_ACCESS_SEQUENTIAL;

        SCOPED_TRACE("seed " + std::to_string(seed) + ": " +
                     Describe(geometry));
        for (int i = 0; i < 12; i++)
            EXPECT_TRUE(rig.ReadsRight(0, dice.Window(source.layer(0).grid),
                                       any_planes ? SomePlanes(rig, 0, &dice)
                                                  : rig.AllPlanes(0)));
        EXPECT_LE(source.MostDecodes(0), 1);
    }
}

TEST(View, LeavesPlanesThatWereNotAskedForToThemselves)
{
    LayerShape shape = {300, 300, 100, 100, {1, 2, 4}, false};
    MadeUpSource source({shape});
    const Rig rig(&source, kAmple, 128, 128);

    ASSERT_TRUE(rig.ReadsRight(0, rig.Everything(0), {2, 0}));
    EXPECT_EQ(source.Decodes(0, 0, 1, 1), 1);
    EXPECT_EQ(source.Decodes(0, 1, 1, 1), 0);
    EXPECT_EQ(source.Decodes(0, 2, 1, 1), 1);
}

TEST(View, KeepsAllPlanesOfAnInterleavedSource)
{
    LayerShape shape = {300, 300, 100, 100, {1, 2, 4}, true};
    MadeUpSource source({shape});
    const Rig rig(&source, kAmple, 128, 128);

    for (const int32_t plane : {1, 0, 2})
        ASSERT_TRUE(rig.ReadsRight(0, rig.Everything(0), {plane}));
    EXPECT_EQ(source.MostDecodes(0), 1);
}

TEST(View, KeepsLayersApart)
{
    const LayerShape shape = {200, 200, 50, 50, {1}, false};
    MadeUpSource source({shape, shape});
    const Rig rig(&source, kAmple, 64, 64);

    EXPECT_TRUE(rig.ReadsRight(0, rig.Everything(0)));
    EXPECT_TRUE(rig.ReadsRight(1, rig.Everything(1)));
    EXPECT_TRUE(rig.ReadsRight(0, rig.Everything(0)));
    EXPECT_EQ(source.MostDecodes(0), 1);
    EXPECT_EQ(source.MostDecodes(1), 1);
}

TEST(View, CountsHitsMissesAndPixels)
{
    MadeUpSource source({{256, 128, 256, 16, {1}, false}});
    const Rig rig(&source, kAmple, 64, 64);

    ASSERT_TRUE(rig.ReadsRight(0, {0, 0, 64, 64}));
    EXPECT_EQ(rig.Stat(RT_STAT_MISSES), 1u);
    EXPECT_EQ(rig.Stat(RT_STAT_HITS), 0u);
    EXPECT_EQ(rig.Stat(RT_STAT_PIXELS_DECODED), 256u * 64u);
    EXPECT_EQ(rig.Stat(RT_STAT_PIXELS_TOUCHED), 256u * 64u);
    EXPECT_EQ(rig.Stat(RT_STAT_SOURCE_READS),
              static_cast<uint64_t>(source.reads()));
    ASSERT_TRUE(rig.ReadsRight(0, {0, 0, 256, 64}));
    EXPECT_EQ(rig.Stat(RT_STAT_MISSES), 1u);
    EXPECT_EQ(rig.Stat(RT_STAT_HITS), 4u);
    EXPECT_EQ(rig.Stat(RT_STAT_PIXELS_DECODED), 256u * 64u);
    EXPECT_EQ(rig.Stat(RT_STAT_OVERSIZE), 0u);
}

TEST(View, CountsABlockDecodedTwiceAsTouchedOnce)
{
    MadeUpSource source({{100, 100, 100, 10, {1}, false}});
    const Rig rig(&source, std::nullopt, 64, 64);

    ASSERT_TRUE(rig.ReadsRight(0, rig.Everything(0)));
    ASSERT_TRUE(rig.ReadsRight(0, rig.Everything(0)));
    EXPECT_EQ(rig.Stat(RT_STAT_PIXELS_DECODED), 20000u);
    EXPECT_EQ(rig.Stat(RT_STAT_PIXELS_TOUCHED), 10000u);
    EXPECT_EQ(source.MostDecodes(0), 2);
}

TEST(View, SaysWhatTheBudgetCannotHold)
{
    MadeUpSource source({{1000, 1000, 1000, 1000, {1}, false}});
    const Rig rig(&source, 100000, 512, 512);

    ASSERT_TRUE(rig.ReadsRight(0, {0, 0, 10, 10}));
    EXPECT_GT(rig.Stat(RT_STAT_OVERSIZE), 0u);
}

TEST(View, CountsWhatTheDecoderHoldsOfEachPixel)
{
    for (const unsigned held : {0u, 99u}) {
        MadeUpSource source({{400, 400, 100, 100, {1}, false}});
        const_cast<struct rt_layer &>(source.layer(0)).held_px_bytes = held;
        const Rig rig(&source, 20 << 20, 100, 100);

        ASSERT_TRUE(rig.ReadsRight(0, {0, 0, 100, 100}));
        EXPECT_GE(rig.Counters().peak_bytes, 10000u * (1 + held));
        EXPECT_LT(rig.Counters().peak_bytes, 10000u * (10 + held));
    }
}

TEST(View, IsRefusedIfThereWouldBeTooManyBlocks)
{
    MadeUpSource source({{1, 1, 1, 1, {1}, false}});
    struct rt_source bad = *source.source();
    struct rt_layer layer = source.layer(0);
    struct rt_stats *stats = rt_stats_create();
    struct rt_identity *identity = rt_identity_intern("huge");
    struct rt_view *view = nullptr;
    struct rt_error err = {};

    layer.grid.w_px = layer.grid.h_px = INT32_MAX;
    bad.layers = &layer;
    EXPECT_EQ(rt_view_create(&bad, nullptr, identity, stats, 1, 1, &view, &err),
              RT_ERR_RANGE);
    EXPECT_EQ(view, nullptr);
    EXPECT_NE(err.text[0], '\0');
    rt_view_destroy(nullptr);
    rt_identity_unref(identity);
    rt_stats_destroy(stats);
}

} // namespace
