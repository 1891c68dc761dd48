// Plans for random geometries, compared with every other possible plan. Tests
// 20000 geometries, or as many as RETILE_TEST_GEOMETRIES says.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <sstream>
#include <string>

#include "copy_check.h"
#include "copy_search.h"

namespace
{

struct Geometry {
    struct rt_copy_shape shape;
    struct rt_copy_limits limits;
};

class Generator
{
  public:
    Generator(uint64_t seed, bool focal) : focal_(focal), random_(seed) {}

    Geometry Next()
    {
        Geometry g = {};

        g.shape.tile_w_px = 16 * UpTo(3);
        g.shape.tile_h_px = 16 * UpTo(3);
        g.shape.w_px = UpTo(g.shape.tile_w_px * UpTo(5));
        g.shape.h_px = UpTo(g.shape.tile_h_px * UpTo(5));
        Blocks(g.shape.w_px, g.shape.tile_w_px, &g.shape.source_block_w_px,
               &g.shape.source_block_x_px);
        Blocks(g.shape.h_px, g.shape.tile_h_px, &g.shape.source_block_h_px,
               &g.shape.source_block_y_px);
        Access(&g.shape);
        Bytes(&g.shape);
        if (focal_)
            Operator(&g.shape);
        Limits(g.shape, &g.limits);
        return g;
    }

  private:
    int32_t UpTo(int32_t most)
    {
        return static_cast<int32_t>(random_() % static_cast<uint64_t>(most)) +
               1;
    }
    bool OneIn(int32_t n) { return UpTo(n) == 1; }

    /* A number from 1 to about 2^bits; each power of two is equally likely. */
    uint64_t Scaled(int32_t bits)
    {
        const uint64_t top = UINT64_C(1) << (UpTo(bits) - 1);

        return top + random_() % top;
    }

    void Blocks(int32_t size_px, int32_t tile_px, int32_t *block_px,
                int32_t *phase_px)
    {
        const int32_t least_px = (size_px + 9) / 10;

        *block_px = least_px + UpTo(size_px) - 1;
        if (OneIn(3))
            *block_px = std::max(tile_px / (1 << (UpTo(4) - 1)), least_px);
        if (OneIn(8))
            *block_px = least_px;
        if (OneIn(8))
            *block_px = tile_px * UpTo(3);
        *phase_px = OneIn(2) ? 0 : UpTo(*block_px) - 1;
    }

    void Access(struct rt_copy_shape *shape)
    {
        shape->access = RT_ACCESS_RANDOM;
        shape->parallel = OneIn(2);
        if (!OneIn(3))
            return;
        shape->access = OneIn(3) ? RT_ACCESS_SEQUENTIAL : RT_ACCESS_ROWS;
        shape->source_block_x_px = OneIn(2) ? 0 : UpTo(40);
        shape->source_block_w_px =
            shape->w_px + shape->source_block_x_px + (OneIn(2) ? 0 : UpTo(40));
    }

    void Bytes(struct rt_copy_shape *shape)
    {
        shape->px_bytes = Scaled(18);
        if (OneIn(2))
            shape->held_px_bytes = random_() % (2 * shape->px_bytes);
        if (OneIn(3))
            shape->held_bytes = Scaled(22);
    }

    void Operator(struct rt_copy_shape *shape)
    {
        static const int32_t kHalos[] = {0, 1, 5, 40};

        shape->halo_px = kHalos[UpTo(4) - 1];
        shape->input_px_bytes = Scaled(18);
        if (OneIn(2))
            shape->focal_px_bytes =
                random_() % (2 * (shape->px_bytes + shape->input_px_bytes));
    }

    /* Budgets from too small for one tile to more than the whole raster. */
    void Limits(const struct rt_copy_shape &shape,
                struct rt_copy_limits *limits)
    {
        const uint64_t px_bytes = shape.px_bytes;
        const uint64_t tile = static_cast<uint64_t>(shape.tile_w_px) *
                              static_cast<uint64_t>(shape.tile_h_px) * px_bytes;
        const uint64_t row = static_cast<uint64_t>(shape.w_px) *
                             static_cast<uint64_t>(shape.tile_h_px) * px_bytes;
        const uint64_t block =
            static_cast<uint64_t>(
                std::min(shape.source_block_w_px, shape.w_px)) *
            static_cast<uint64_t>(
                std::min(shape.source_block_h_px, shape.h_px)) *
            (px_bytes + shape.held_px_bytes + 2 * shape.input_px_bytes +
             shape.focal_px_bytes);

        limits->max_workers = UpTo(3);
        limits->worker_bytes = OneIn(2) ? 0 : random_() % tile;
        limits->encode_bytes = tile / 2 + random_() % (tile + 1);
        if (OneIn(2))
            limits->spill_bytes =
                OneIn(2) ? UINT64_C(1) << 40 : random_() % (3 * row + tile) + 1;
        limits->budget_bytes =
            random_() % (tile * 4 + block + shape.held_bytes);
        if (!OneIn(3))
            limits->budget_bytes += random_() % (3 * row);
        if (!OneIn(4))
            limits->budget_bytes += tile + block + limits->encode_bytes;
    }

    const bool focal_;
    std::mt19937_64 random_;
};

std::string Describe(const Geometry &g, const struct rt_copy_plan &plan)
{
    const struct rt_copy_shape &s = g.shape;
    const struct rt_copy_limits &l = g.limits;
    std::ostringstream text;
    char planned[512];

    rt_copy_plan_describe(&plan, planned, sizeof(planned));
    text << s.w_px << " x " << s.h_px << " in blocks of " << s.source_block_w_px
         << " x " << s.source_block_h_px << " from " << s.source_block_x_px
         << ", " << s.source_block_y_px << ", tiles of " << s.tile_w_px << " x "
         << s.tile_h_px << ", access " << s.access << ", bytes " << s.px_bytes
         << " + " << s.held_px_bytes << ", " << s.held_bytes << ", halo "
         << s.halo_px << " of " << s.input_px_bytes << " + " << s.focal_px_bytes
         << "; budget " << l.budget_bytes << ", workers " << l.max_workers
         << " of " << l.worker_bytes << ", encoded " << l.encode_bytes
         << ", spill " << l.spill_bytes << "; tile " << plan.tile_bytes
         << ", peak " << plan.peak_bytes << "; " << planned;
    return text.str();
}

enum rt_status Make(const Geometry &g, struct rt_copy_plan *plan,
                    uint64_t *least_bytes)
{
    struct rt_error err = {};

    return rt_copy_plan_make(&g.shape, &g.limits, plan, least_bytes, &err);
}

/* Checks that a plan that was found is right, and that no plan was missed that
 * decodes less or keeps more workers busy. */
const char *CheckFound(const Geometry &g, const struct rt_copy_plan &plan,
                       bool look_for_workers)
{
    CopySimulator simulator(g.shape, g.limits);
    CopySearch search(g.shape, g.limits, &simulator);
    const char *wrong = CheckPlan(plan, g.limits, &simulator);

    if (wrong != nullptr)
        return wrong;
    if (plan.segmented) {
        if (search.FitsOnce(1, false))
            return "segmented, where once would do";
        if (search.FewestSegmentedPx() < plan.decoded_px)
            return "other segments decode less";
        return nullptr;
    }
    if (!look_for_workers)
        return nullptr;
    if (plan.n_workers < g.limits.max_workers &&
        search.FitsOnce(plan.n_workers + 1, false))
        return "there was room for another worker";
    if (!plan.overlap && search.FitsOnce(plan.n_workers, true))
        return "there was room to decode and encode at the same time";
    return nullptr;
}

/* Checks that there really is no plan, and that least_bytes is the minimum. */
const char *CheckNotFound(Geometry g, uint64_t least_bytes)
{
    CopySimulator simulator(g.shape, g.limits);
    CopySearch search(g.shape, g.limits, &simulator);
    struct rt_copy_plan plan;
    uint64_t least_again = 0;

    if (search.FitsOnce(1, false))
        return "a plan is missed";
    if (g.limits.spill_bytes == 0 && g.shape.access != RT_ACCESS_SEQUENTIAL &&
        search.FewestSegmentedPx() > 0)
        return "a segmented plan is missed";
    g.limits.budget_bytes = least_bytes;
    if (Make(g, &plan, &least_again) != RT_OK)
        return "no plan with the least";
    g.limits.budget_bytes = least_bytes - 1;
    if (Make(g, &plan, &least_again) == RT_OK)
        return "a plan with less than the least";
    return least_again == least_bytes ? nullptr : "the least varies";
}

/* How often each kind of plan occurred. */
struct Kinds {
    int none, in_memory, on_disk, partly_on_disk, segmented, in_turns,
        fewer_workers;
};

void CountKind(const Geometry &g, const struct rt_copy_plan &plan, Kinds *kinds)
{
    const bool on_disk = plan.memory_cols < plan.tile_cols;

    kinds->in_memory += !on_disk && !plan.segmented ? 1 : 0;
    kinds->on_disk += on_disk ? 1 : 0;
    kinds->partly_on_disk += on_disk && plan.memory_cols > 0 ? 1 : 0;
    kinds->segmented += plan.segmented ? 1 : 0;
    kinds->in_turns += !plan.overlap ? 1 : 0;
    kinds->fewer_workers += plan.n_workers < g.limits.max_workers ? 1 : 0;
}

void CheckGeometries(Generator *generator, int n, Kinds *kinds)
{
    for (int i = 0; i < n; i++) {
        const Geometry g = generator->Next();
        struct rt_copy_plan plan;
        uint64_t least_bytes = 0;
        const bool found = Make(g, &plan, &least_bytes) == RT_OK;
        const char *wrong = found ? CheckFound(g, plan, i % 4 == 0)
                                  : CheckNotFound(g, least_bytes);

        ASSERT_EQ(wrong, nullptr)
            << "geometry " << i << ": " << wrong << ": " << Describe(g, plan);
        if (found)
            CountKind(g, plan, kinds);
        else
            kinds->none++;
    }
}

int HowMany()
{
    const char *told = std::getenv("RETILE_TEST_GEOMETRIES");

    return told == nullptr ? 20000 : std::atoi(told);
}

void ExpectAllKinds(const Kinds &kinds, int n)
{
    EXPECT_GE(n, 200);
    EXPECT_GT(kinds.none, n / 20);
    EXPECT_GT(kinds.in_memory, n / 5);
    EXPECT_GT(kinds.on_disk, n / 50);
    EXPECT_GT(kinds.partly_on_disk, n / 200);
    EXPECT_GT(kinds.segmented, n / 50);
    EXPECT_GT(kinds.in_turns, n / 50);
    EXPECT_GT(kinds.fewer_workers, n / 50);
}

TEST(CopyPlanBruteForce, FindsNoBetterPlanForAnyGeometry)
{
    Generator generator(20240607, false);
    Kinds kinds = {};

    CheckGeometries(&generator, HowMany(), &kinds);
    ExpectAllKinds(kinds, HowMany());
}

TEST(CopyPlanBruteForce, FindsNoBetterPlanWithAHalo)
{
    Generator generator(20240608, true);
    Kinds kinds = {};

    CheckGeometries(&generator, HowMany(), &kinds);
    ExpectAllKinds(kinds, HowMany());
}

} // namespace
