/* chips.h - blocks that overlap, side by side in one raster.
 *
 * A source of w x h pixels is cut into blocks; each block, with overlap_px
 * pixels more on each of its four sides, is a chip. All chips are whole. Chip
 * (col, row) of the raster of chips starts at pixel (col * chip_px, row *
 * chip_px) of it. What a chip has beyond the source's edge is mirrored without
 * repeating the edge pixel (back and forth, as numpy.pad's "reflect" does), or
 * repeats the edge pixel, or is padding that somebody else fills in.
 *
 * Geometry is pure arithmetic on each axis by itself; a read has no buffer of
 * its own: what the view delivers is handed on to all the chips it belongs to.
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

/* Pixels of the raster of chips along one axis, of one chip, whose pixels of
 * the source follow each other: the k-th is source_px + k * step. */
struct rt_chip_run {
    int32_t at_px; /* in the raster of chips */
    int32_t n_px;  /* 1 or more */
    bool padding;  /* there is no pixel of the source: the rest is 0 */
    int32_t source_px;
    int32_t step; /* 1, -1 or 0 */
};

/* RT_ERR_RANGE where a chip or the raster is larger than 2^31-1 pixels a
 * side. */
RT_MUST_CHECK enum rt_status
rt_chips_init(struct rt_chips *chips, int32_t w_px, int32_t h_px,
              int32_t block_w_px, int32_t block_h_px, int32_t overlap_px,
              enum rt_chip_mode mode, struct rt_error *err);

/* The longest run from at_px on that ends at end_px or before; at_px is below
 * end_px, which is at most the raster's size. */
struct rt_chip_run rt_chip_axis_run(const struct rt_chip_axis *axis,
                                    enum rt_chip_mode mode, int32_t at_px,
                                    int32_t end_px);

/* The pixels of the source that chip (col, row) stands for: may begin below 0
 * and end beyond the source. */
struct rt_window rt_chips_window(const struct rt_chips *chips, int32_t col,
                                 int32_t row);

/* The smallest window of the source that has every pixel that window of the
 * raster is made of; false where it is all padding. */
bool rt_chips_source_window(const struct rt_chips *chips,
                            const struct rt_window *window,
                            struct rt_window *source);

/* Hands the padding of window to fill, in windows that do not overlap. */
void rt_chips_padding(const struct rt_chips *chips,
                      const struct rt_window *window,
                      void (*fill)(void *context,
                                   const struct rt_window *padding),
                      void *context);

/* What rt_chips_take turns the parts of a read of the source into. Borrowed. */
struct rt_chip_sink {
    const struct rt_chips *chips;
    const struct rt_window *window; /* of the raster of chips */
    const uint32_t *px_bytes;       /* of a pixel, by plane of the read */
    const struct rt_sink *sink; /* gets parts that lie in window; rows of one
                                   may be -line_px or 0 pixels apart */
};

/* A sink's take, with a rt_chip_sink as context. */
void rt_chips_take(void *context, const struct rt_part *part);

/* Delivers window of the raster of chips, all but its padding, to
 * sink->sink, as rt_view_read does: one read of the view, whose layer is of the
 * size that the chips were made for. */
RT_MUST_CHECK enum rt_status
rt_chips_read(struct rt_chip_sink *sink, struct rt_view *view, int32_t layer,
              const int32_t *planes, int32_t n_planes, struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
