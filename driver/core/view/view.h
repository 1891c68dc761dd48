/* view.h - a source read through a cache of uniform blocks.
 *
 * A view combines a source, a cache and, for each layer, a grid of cached
 * blocks. A read delivers every pixel of a window to a sink; occasionally a
 * pixel is delivered twice. Cached pixels come from pinned blocks. The others
 * come straight from the source blocks as they are decoded, each of them once
 * (fill.h).
 *
 * Any number of threads may read one view at once.
 */
#ifndef RETILE_CORE_VIEW_VIEW_H
#define RETILE_CORE_VIEW_VIEW_H

#include <stdint.h>

#include "core/base/grid.h"
#include "core/base/stats.h"
#include "core/base/status.h"
#include "core/cache/block_cache.h"
#include "core/source/source.h"
#include "core/view/sink.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_view;

/* Creates a view of source with blocks of block_w_px x block_h_px. cache may be
 * NULL; then nothing is kept. source, cache, identity and stats are borrowed
 * and must outlive the view. A cached block consists of whole blocks of the
 * view and is at least 64 pixels on a side, so that small blocks do not cost
 * more bookkeeping than pixels. If the source's blocks are smaller than the
 * view's, a cached block may instead consist of whole source blocks, at least
 * 256 pixels on a side. Returns RT_ERR_RANGE or RT_ERR_MEMORY on failure. */
RT_MUST_CHECK enum rt_status
rt_view_create(const struct rt_source *source, struct rt_block_cache *cache,
               struct rt_identity *identity, struct rt_stats *stats,
               int32_t block_w_px, int32_t block_h_px, struct rt_view **view,
               struct rt_error *err);

/* No read may be in progress. NULL is allowed. */
void rt_view_destroy(struct rt_view *view);

/* Sets how many threads decode for a read: the reader's own, and up to
 * n_threads - 1 of the pool. The default is 1. No read may be in progress. */
void rt_view_set_threads(struct rt_view *view, int32_t n_threads);

/* Sets what happens to the view's blocks when they are evicted. The default is
 * RT_SPILL_NONE. No read may be in progress. */
void rt_view_set_spill(struct rt_view *view, enum rt_spill spill);

/* Lets only one thread at a time decode blocks. A thread that has waited looks
 * again for what it misses. For parallel readers that mostly need the same
 * blocks. No read may be in progress. */
void rt_view_fill_in_turn(struct rt_view *view);

/* Tells that everything between two columns of layer 0 will be read, from top
 * to bottom. If fills take turns and a read misses something, the rest of its
 * rows is decoded together with it. No read may be in progress. */
void rt_view_expect_rows(struct rt_view *view, int32_t first_px,
                         int32_t end_px);

/* Delivers window of layer to sink, for the planes listed (each at most once),
 * in no particular order. window must lie inside the layer. Returns
 * RT_ERR_SOURCE, RT_ERR_MEMORY or RT_ERR_RANGE on failure; part of the window
 * may have been delivered by then. A block that could not be decoded is not
 * kept. */
RT_MUST_CHECK enum rt_status
rt_view_read(struct rt_view *view, int32_t layer, const int32_t *planes,
             int32_t n_planes, const struct rt_window *window,
             const struct rt_sink *sink, struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
