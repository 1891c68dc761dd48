/* view.h - a source read through a cache of uniform blocks.
 *
 * A view joins a source, a cache and a grid of cached blocks for each layer.
 * A read delivers every pixel of a window to a sink, now and then one of them
 * twice: what is cached out of pinned blocks, the rest straight from the
 * source blocks as they are decoded, each once. See fill.h for the second
 * part.
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

#ifdef __cplusplus
extern "C" {
#endif

struct rt_view;

/* As many planes as a sink is handed at once. */
#define RT_PART_PLANES 16

/* Where the pixels go. A part is one window of one or more planes:
 * i_planes[k], an index into the planes that the read asked for, has its top
 * left pixel at pixels[k], in a raster whose rows are line_px pixels apart.
 * All is valid during the call only. Parts of one read may be taken by several
 * threads at once; they do not overlap then. */
struct rt_part {
    struct rt_window window;
    int32_t n_planes; /* 1 to RT_PART_PLANES */
    const int32_t *i_planes;
    const void *const *pixels;
    int32_t line_px;
};

struct rt_sink {
    void (*write)(void *context, const struct rt_part *part);
    void *context;
};

/* A view of source whose blocks are block_w_px x block_h_px. cache may be
 * NULL: nothing is kept then. source, cache, identity and stats are borrowed
 * and must outlive the view. Cached blocks are whole multiples of the blocks,
 * at least 64 pixels a side, so that tiny blocks do not drown in bookkeeping;
 * or of the source's, at least 256, where these are smaller than the view's.
 * RT_ERR_RANGE, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_view_create(const struct rt_source *source, struct rt_block_cache *cache,
               struct rt_identity *identity, struct rt_stats *stats,
               int32_t block_w_px, int32_t block_h_px, struct rt_view **view,
               struct rt_error *err);

/* No read may be under way. NULL is allowed. */
void rt_view_destroy(struct rt_view *view);

/* Reads decode with up to n_threads threads of the pool's, the reader's own
 * among them; 1 from the start. No read may be under way. */
void rt_view_set_threads(struct rt_view *view, int32_t n_threads);

/* What becomes of the view's blocks when they are evicted; RT_SPILL_NONE from
 * the start. No read may be under way. */
void rt_view_set_spill(struct rt_view *view, enum rt_spill spill);

/* From now on blocks are decoded by one thread at a time, and one that has
 * waited looks again for what it misses: for readers that work side by side
 * and mostly need the same blocks. No read may be under way. */
void rt_view_fill_in_turn(struct rt_view *view);

/* Delivers window of layer, of the planes listed (each at most once), to
 * sink, in no particular order. window must lie inside the layer.
 * RT_ERR_SOURCE, RT_ERR_MEMORY; part of the window may have been delivered
 * then. A block whose decoding failed is not kept. */
RT_MUST_CHECK enum rt_status
rt_view_read(struct rt_view *view, int32_t layer, const int32_t *planes,
             int32_t n_planes, const struct rt_window *window,
             const struct rt_sink *sink, struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
