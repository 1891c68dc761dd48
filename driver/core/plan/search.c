/* search.c - what a search for a plan remembers, and when it ends.
 *
 * To measure a plan means to go through its steps, once for all steps that are
 * alike. Plans that differ only in the number of workers take the same memory
 * in each step. So a plan is measured once for all of these, and once for
 * levels in memory and on disk.
 */
#include "core/base/clock.h"
#include "core/plan/internal.h"

#define ASK_NS UINT64_C(100000000)

static struct rt_copy_measure key_of(const struct rt_copy_plan *plan)
{
    return (struct rt_copy_measure){.run_w_px = plan->x.run_px,
                                    .run_h_px = plan->y.run_px,
                                    .memory_cols = plan->memory_cols,
                                    .segment_cols = plan->segment_cols,
                                    .segmented = plan->segmented,
                                    .overlap = plan->overlap,
                                    .known = true,
                                    .encode_bytes = plan->encode_bytes};
}

static bool is_of(const struct rt_copy_measure *a,
                  const struct rt_copy_measure *b)
{
    return a->known == b->known && a->run_w_px == b->run_w_px &&
           a->run_h_px == b->run_h_px && a->memory_cols == b->memory_cols &&
           a->segment_cols == b->segment_cols && a->segmented == b->segmented &&
           a->overlap == b->overlap && a->encode_bytes == b->encode_bytes;
}

static size_t place_of(const struct rt_copy_measure *key)
{
    uint64_t hash = key->encode_bytes + (key->overlap ? 1 : 0);

    hash = hash * 31 + (uint64_t)key->run_w_px;
    hash = hash * 31 + (uint64_t)key->run_h_px;
    hash = hash * 31 + (uint64_t)key->memory_cols;
    hash = hash * 31 + (uint64_t)key->segment_cols;
    return (size_t)((hash * UINT64_C(0x9E3779B97F4A7C15)) >> 32) %
           RT_COPY_MEASURES;
}

void rt_copy_search_measure(struct rt_copy_search *search,
                            struct rt_copy_plan *plan)
{
    const uint64_t throughout = plan->fixed_bytes + plan->wait_bytes;
    struct rt_copy_measure key = key_of(plan);
    struct rt_copy_measure *kept = &search->measures[place_of(&key)];

    if (!is_of(kept, &key)) {
        rt_copy_plan_measure(plan);
        key.work_bytes = plan->peak_bytes - throughout;
        key.spill_bytes = plan->spill_bytes;
        key.decoded_px = plan->decoded_px;
        *kept = key;
    }
    plan->peak_bytes = kept->work_bytes + throughout;
    plan->spill_bytes = kept->spill_bytes;
    plan->decoded_px = kept->decoded_px;
}

static bool same_levels(const struct rt_copy_levels *a,
                        const struct rt_copy_levels *b)
{
    if (a->n != b->n || a->reach_px != b->reach_px ||
        a->work_bytes != b->work_bytes)
        return false;
    for (int32_t i = 0; i < a->n && i < RT_COPY_MAX_LEVELS; i++)
        if (a->w_px[i] != b->w_px[i] || a->h_px[i] != b->h_px[i])
            return false;
    return true;
}

static bool same_shape(const struct rt_copy_shape *a,
                       const struct rt_copy_shape *b)
{
    return a->w_px == b->w_px && a->h_px == b->h_px &&
           a->source_block_w_px == b->source_block_w_px &&
           a->source_block_h_px == b->source_block_h_px &&
           a->source_block_x_px == b->source_block_x_px &&
           a->source_block_y_px == b->source_block_y_px &&
           a->tile_w_px == b->tile_w_px && a->tile_h_px == b->tile_h_px &&
           a->access == b->access && a->parallel == b->parallel &&
           a->most_reads == b->most_reads && a->px_bytes == b->px_bytes &&
           a->input_px_bytes == b->input_px_bytes && a->halo_px == b->halo_px &&
           a->focal_px_bytes == b->focal_px_bytes &&
           a->held_px_bytes == b->held_px_bytes &&
           a->held_bytes == b->held_bytes &&
           same_levels(&a->levels, &b->levels);
}

static bool same_limits(const struct rt_copy_limits *a,
                        const struct rt_copy_limits *b)
{
    return a->budget_bytes == b->budget_bytes &&
           a->max_workers == b->max_workers &&
           a->worker_bytes == b->worker_bytes &&
           a->encode_bytes == b->encode_bytes &&
           a->spill_bytes == b->spill_bytes &&
           a->other_bytes == b->other_bytes && a->any_order == b->any_order;
}

bool rt_copy_plan_same_input(const struct rt_copy_shape *shape_a,
                             const struct rt_copy_limits *limits_a,
                             const struct rt_copy_shape *shape_b,
                             const struct rt_copy_limits *limits_b)
{
    return same_shape(shape_a, shape_b) && same_limits(limits_a, limits_b);
}

bool rt_copy_search_goes_on(struct rt_copy_search *search,
                            const struct rt_copy_limits *limits)
{
    uint64_t now_ns;

    if (limits->go_on == NULL || search->cancelled)
        return !search->cancelled;
    now_ns = rt_now_ns();
    if (search->asked_ns == 0)
        search->asked_ns = now_ns;
    if (now_ns - search->asked_ns >= ASK_NS) {
        search->asked_ns = now_ns;
        search->cancelled = !limits->go_on(limits->context);
    }
    return !search->cancelled;
}
