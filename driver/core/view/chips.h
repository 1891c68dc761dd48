/* chips.h - overlapped tiles: blocks with margins, side by side in one raster.
 *
 * A source of w x h pixels is cut into blocks. Each block, with overlap_px more
 * pixels on each of its four sides, is an overlapped tile (a "chip" in names).
 * All overlapped tiles have the full size. Tile (col, row) starts at pixel (col
 * * chip_px, row * chip_px) of the raster of tiles. Beyond the source's edge
 * there are three modes: pixels are mirrored without repeating the edge pixel
 * (back and forth, as numpy.pad's "reflect" does), the edge pixel is repeated,
 * or the caller fills in padding.
 *
 * The geometry is pure arithmetic on each axis separately. A read needs no
 * buffer of its own: each part that the view delivers is passed on to all tiles
 * that it belongs to.
 */
#ifndef RETILE_CORE_VIEW_CHIPS_H
#define RETILE_CORE_VIEW_CHIPS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/grid.h"
#include "core/base/status.h"
#include "core/view/view.h"

#ifdef __cplusplus
extern "C" {
#endif

enum rt_chip_mode { RT_CHIP_REFLECT, RT_CHIP_REPLICATE, RT_CHIP_PAD };

struct rt_chip_axis {
    int32_t source_px;  /* size of the source, 1 or more */
    int32_t block_px;   /* 1 or more */
    int32_t overlap_px; /* 0 or more */
    int32_t chip_px;    /* block_px + 2 * overlap_px */
    int32_t n_chips;
    int32_t raster_px; /* n_chips * chip_px */
};

struct rt_chips {
    struct rt_chip_axis x, y;
    enum rt_chip_mode mode;
};

/* A run of pixels of one overlapped tile along one axis whose source pixels are
 * in sequence: the k-th one is source_px + k * step. */
struct rt_chip_run {
    int32_t at_px; /* in the raster of overlapped tiles */
    int32_t n_px;  /* 1 or more */
    bool padding;  /* there is no source pixel: the fields below are 0 */
    int32_t source_px;
    int32_t step; /* 1, -1 or 0 */
};

/* Returns RT_ERR_RANGE if a tile or the raster is larger than 2^31-1 pixels on
 * a side. */
RT_MUST_CHECK enum rt_status
rt_chips_init(struct rt_chips *chips, int32_t w_px, int32_t h_px,
              int32_t block_w_px, int32_t block_h_px, int32_t overlap_px,
              enum rt_chip_mode mode, struct rt_error *err);

/* The longest run that starts at at_px and ends at end_px or before. at_px must
 * be below end_px, and end_px at most the size of the raster. */
struct rt_chip_run rt_chip_axis_run(const struct rt_chip_axis *axis,
                                    enum rt_chip_mode mode, int32_t at_px,
                                    int32_t end_px);

/* The source pixels that tile (col, row) stands for. The window may begin below
 * 0 and end beyond the source. */
struct rt_window rt_chips_window(const struct rt_chips *chips, int32_t col,
                                 int32_t row);

/* The smallest window of the source that contains every pixel needed for window
 * of the raster. Returns false if window is all padding. */
bool rt_chips_source_window(const struct rt_chips *chips,
                            const struct rt_window *window,
                            struct rt_window *source);

/* Calls fill for the padding in window, in windows that do not overlap. */
void rt_chips_padding(const struct rt_chips *chips,
                      const struct rt_window *window,
                      void (*fill)(void *context,
                                   const struct rt_window *padding),
                      void *context);

/* For rt_chips_on_part: what to do with the parts of a read of the source. All
 * pointers are borrowed. */
struct rt_chip_sink {
    const struct rt_chips *chips;
    const struct rt_window *window; /* of the raster of overlapped tiles */
    const uint32_t *px_bytes;       /* of a pixel, for each plane of the read */
    const struct rt_sink *sink;     /* receives parts that lie in window; their
                                     * line_px may be negative or 0 */
};

/* The write function of a sink whose context is a struct rt_chip_sink. */
void rt_chips_on_part(void *context, const struct rt_part *part);

/* Delivers window of the raster of overlapped tiles, except its padding, to
 * sink->sink, as rt_view_read does. It is one read of the view. layer must have
 * the size that rt_chips_init was called with. */
RT_MUST_CHECK enum rt_status
rt_chips_read(struct rt_chip_sink *sink, struct rt_view *view, int32_t layer,
              const int32_t *planes, int32_t n_planes, struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
