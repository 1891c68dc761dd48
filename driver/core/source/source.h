/* source.h - what the core knows of a source: layers of planes, cut into source
 * blocks, and a function that decodes them.
 *
 * A layer is a raster of one size: the full resolution, an overview, or the
 * mask of one of these. Its planes are the bands or the masks. The provider
 * fills the structs, and they do not change while a view or a copy uses them.
 */
#ifndef RETILE_CORE_SOURCE_SOURCE_H
#define RETILE_CORE_SOURCE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/grid.h"
#include "core/base/status.h"
#include "core/source/focal.h"

#ifdef __cplusplus
extern "C" {
#endif

enum rt_access {
    RT_ACCESS_RANDOM,    /* every source block costs the same */
    RT_ACCESS_ROWS,      /* each source block is as wide as the raster */
    RT_ACCESS_SEQUENTIAL /* as ROWS, but going back means starting over */
};

struct rt_layer {
    struct rt_grid grid;      /* the raster, cut into the source's own blocks */
    enum rt_access access;    /* for ROWS and SEQUENTIAL, grid.cols is 1 */
    bool interleaved;         /* one source block holds all planes */
    int32_t n_planes;         /* 1 or more */
    const uint32_t *px_bytes; /* bytes of a pixel, for each plane; borrowed */
    /* The bytes that the decoder holds for each pixel of a read until the read
     * ends, in addition to the result. */
    uint64_t held_px_bytes;
};

/* The bytes of a pixel with all planes. */
static inline uint64_t rt_layer_px_bytes(const struct rt_layer *layer)
{
    uint64_t bytes = 0;

    for (int32_t i = 0; i < layer->n_planes; i++)
        bytes += layer->px_bytes[i];
    return bytes;
}

struct rt_source {
    int32_t n_layers;
    const struct rt_layer *layers; /* borrowed */
    void *context;                 /* for all functions below */

    /* The bytes come over a network. One call for several blocks takes few
     * requests. Parallel calls for neighbouring blocks would fetch the bytes
     * between them twice. */
    bool remote;

    /* A read is expensive however small its window is, and the source decodes
     * on threads of its own. Reads are therefore not split over threads. */
    bool whole_reads;

    /* Decodes window, which consists of whole source blocks of layer, for the
     * n_planes planes listed. plane_pixels[i] receives the pixels of planes[i],
     * row by row without gaps. Called from any number of threads at once.
     * Returns RT_ERR_SOURCE with the source's own message. */
    enum rt_status (*read)(void *context, int32_t layer, const int32_t *planes,
                           int32_t n_planes, const struct rt_window *window,
                           void *const *plane_pixels, struct rt_error *err);

    /* The thread context. A thread that decodes for a reader needs some state
     * of the reader's thread: its settings, and which pixels it is reading
     * already. capture_thread is called on the reader's thread. Other threads
     * call enter_thread with the result before they call read, and leave_thread
     * afterwards; any number of threads may do so until free_thread_context.
     * enter_thread returns what leave_thread needs. Either all four are NULL or
     * none is. */
    void *(*capture_thread)(void *context);
    void *(*enter_thread)(void *context, void *thread_context);
    void (*leave_thread)(void *context, void *thread_context, void *entered);
    void (*free_thread_context)(void *context, void *thread_context);

    /* For SEQUENTIAL layers only: the pixel row that the decoder would deliver
     * next without starting over. May be NULL. */
    int32_t (*next_row)(void *context, int32_t layer);

    /* Whether the source itself counts the pixels that it decodes for a layer,
     * because they are those of other rasters. The view does not count them
     * then. May be NULL. */
    bool (*counts)(void *context, int32_t layer);

    /* The operator, if layer 0 is an operator's result on another source;
     * otherwise NULL. read works in both cases. */
    const struct rt_focal *focal;
};

#ifdef __cplusplus
}
#endif
#endif
