/* source.h - what the core knows of a source: layers of planes, cut into
 * source blocks, and a way to decode them.
 *
 * A layer is a raster of one size: the full resolution, an overview, or the
 * mask of one of these. Its planes are the bands, or the masks. The provider
 * fills the structs; they stay fixed while a view uses them.
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
    RT_ACCESS_RANDOM,    /* any source block costs the same */
    RT_ACCESS_ROWS,      /* source blocks as wide as the raster */
    RT_ACCESS_SEQUENTIAL /* rows; going back means starting over */
};

struct rt_layer {
    struct rt_grid grid;   /* the raster in the source's own blocks */
    enum rt_access access;    /* SEQUENTIAL and ROWS: source_block.cols is 1 */
    bool interleaved;         /* a source block holds all planes */
    int32_t n_planes;         /* 1 or more */
    const uint32_t *px_bytes; /* bytes of a pixel, by plane; borrowed */
    /* What the decoder holds of each pixel of a read, beside the result, until
     * the read ends. */
    uint64_t held_px_bytes;
};

struct rt_source {
    int32_t n_layers;
    const struct rt_layer *layers; /* borrowed */
    void *context;                 /* for read and next_row */

    /* Its bytes come over a network: what is read in one call comes in few
     * requests, and calls for neighbouring blocks side by side would fetch the
     * bytes between them twice. */
    bool remote;

    /* A read costs much whatever its window: it is not split over threads, of
     * which the source has its own. */
    bool whole_reads;

    /* Decodes window, whole source blocks of layer, of the n_planes planes
     * listed. plane_pixels[i] receives the pixels of planes[i], row by row
     * without gaps. Called from any number of threads at once.
     * RT_ERR_SOURCE with the source's own message. */
    enum rt_status (*read)(void *context, int32_t layer, const int32_t *planes,
                           int32_t n_planes, const struct rt_window *window,
                           void *const *plane_pixels, struct rt_error *err);

    /* A thread that decodes for a reader needs what the reader's own thread
     * has (settings, what it reads already): capture_thread is called there, and what it
     * gives is entered before calls of read elsewhere and left after them, by
     * any number of threads, until it is freed. enter returns what leave
     * needs. All four may be NULL, then all are. */
    void *(*capture_thread)(void *context);
    void *(*enter_thread)(void *context, void *thread_context);
    void (*leave_thread)(void *context, void *thread_context, void *entered);
    void (*free_thread_context)(void *context, void *thread_context);

    /* SEQUENTIAL layers: the row of pixels that the decoder would deliver
     * next without starting over. Not called for others; may be NULL. */
    int32_t (*next_row)(void *context, int32_t layer);

    /* Where layer 0 is an operator's result on another source: that operator;
     * else NULL. read works all the same. */
    const struct rt_focal *focal;
};

#ifdef __cplusplus
}
#endif
#endif
