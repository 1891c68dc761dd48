/* whole_pass.c - see whole_pass.h.
 *
 * Pixels are used as a measure of time. A pixel decoded as part of a small read
 * costs about twice what it costs in a pass over the whole. So when small reads
 * have decoded half of all pixels, they have cost as much as the whole would.
 * If fills take turns, a read that has its turn cannot begin another fill.
 */
#include "core/view/whole_pass.h"

#include "core/base/checked.h"

#define PIXELS_SHARE 2 /* of the layer, decoded in small reads */
#define BUDGET_SHARE 2 /* of the budget, for the layer */

/* Whether the layer fits in its share of the cache, or can be spilled. */
static bool has_room(const struct rt_view *view, int32_t layer)
{
    const struct rt_layer *source = &view->source->layers[layer];
    const uint64_t area =
        (uint64_t)source->grid.w_px * (uint64_t)source->grid.h_px;
    struct rt_cache_counters counters;
    uint64_t bytes;

    rt_block_cache_count(view->cache, &counters);
    return rt_mul_u64(area, rt_layer_px_bytes(source), &bytes) &&
           (bytes <= counters.limit_bytes / BUDGET_SHARE ||
            rt_block_cache_could_spill(view->cache, view->spill, bytes));
}

/* Whether small reads have cost enough. Of several threads that ask at the same
 * time, only one gets true. */
static bool has_cost_enough(const struct rt_read *read)
{
    const struct rt_grid *grid = &read->view->source->layers[read->layer].grid;
    uint64_t *parts_px = &read->view->layers[read->layer].in_parts_px;
    const uint64_t most_px =
        (uint64_t)grid->w_px * (uint64_t)grid->h_px / PIXELS_SHARE;

    return __atomic_load_n(parts_px, __ATOMIC_RELAXED) >= most_px &&
           __atomic_exchange_n(parts_px, 0, __ATOMIC_RELAXED) >= most_px;
}

void rt_whole_pass_count(struct rt_view_layer *layer, uint64_t n_px)
{
    __atomic_add_fetch(&layer->in_parts_px, n_px, __ATOMIC_RELAXED);
}

bool rt_whole_pass_is_due(const struct rt_read *read)
{
    const struct rt_view *view = read->view;

    return view->source->whole_reads && view->cache != NULL &&
           !view->one_fill && read->sink != NULL &&
           has_room(view, read->layer) && has_cost_enough(read);
}
