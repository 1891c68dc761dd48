/* sink.h - where the pixels of a read go. */
#ifndef RETILE_CORE_VIEW_SINK_H
#define RETILE_CORE_VIEW_SINK_H

#include <stdint.h>

#include "core/base/grid.h"

/* The most planes that a sink receives in one call. */
#define RT_PART_PLANES 16

/* Where the pixels go. A part is one window of one or more planes. i_planes[k]
 * is an index into the planes that the read asked for. The top left pixel of
 * that plane is at pixels[k], in a raster whose rows are line_px pixels apart.
 * Everything is valid only during the call. Several threads may write parts of
 * one read at once; such parts do not overlap. */
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

#endif
