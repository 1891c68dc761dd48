/* copy_layer.h - what a copy requests, and how the image or the masks of its
 * source are read: in which blocks, and what that holds. */
#ifndef RETILE_IO_COPY_SOURCE_COPY_LAYER_H
#define RETILE_IO_COPY_SOURCE_COPY_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/source/source.h"
#include "gdal.h"
#include "io/dataset/swath.h"
#include "io/vrt/window.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A VRT computes in doubles, real or complex, in addition to the pixels. */
#define RT_COPY_VRT_WORK_PX_BYTES 16
/* Reads of mosaics and resampling VRTs are at least this wide and high. A VRT's
 * own blocks are 128x128; each would decode several of the blocks below. */
#define RT_COPY_MOSAIC_BLOCK_PX 512

/* The image, or the masks of its bands. Fixed after open. */
struct rt_copy_layer {
    int32_t w_px, h_px;
    int32_t source_block_w_px, source_block_h_px; /* decoded at once */
    int32_t source_block_x_px,
        source_block_y_px; /* where pixel 0,0 lies in its source block: 0 to the
                            * source block's size - 1 */
    enum rt_access access;
    bool interleaved;   /* decoding one plane decodes all */
    bool packed;        /* reads of all planes, in order, deliver each pixel's
                         * samples side by side instead of plane after plane */
    bool parallel;      /* slots may read at the same time */
    bool on_caller;     /* must be read on the thread that opened it */
    int32_t most_reads; /* ... at most this many; 0: any number */
    int32_t n_planes;   /* bands of the dataset */
    /* Memory held during a read, in addition to the caller's buffer. */
    uint64_t held_px_bytes; /* per pixel of the source blocks touched */
    uint64_t held_bytes;    /* and in codecs: per handle */
    uint64_t fixed_bytes;   /* until close, for all slots together */
};

/* What to read, and for which target. */
struct rt_copy_request {
    GDALDatasetH dataset; /* borrowed until close, and used by nobody else until
                           * then */
    const char *name;     /* a name that shows the same raster; the slots open
                           * it instead of the dataset's own description. NULL:
                           * the description */
    CSLConstList open_options; /* the open options of that name, or else of the
                                * dataset; NULL for none */
    GDALDataType type;         /* the type in which pixels are delivered */
    int n_slots;               /* 1 or more */
    bool as_open;              /* the dataset has no name: read it itself */
    bool by_window; /* its pixels depend on the windows, even if its driver does
                     * not say so */
    /* The image that GDAL would copy into; NULL if it would not. If the pixels
     * depend on the windows, the source is then read in GDAL's windows. */
    const struct rt_gdal_target *target;
    uint64_t memory_bytes;    /* of the whole copy; caches get a part of it */
    const char *spill_folder; /* for what these caches cannot keep */
    uint64_t spill_bytes;     /* the most bytes there; 0: nothing is spilled */
};

/* Bytes held while one slot reads window of a layer: the layer's estimates
 * without fixed_bytes. */
uint64_t rt_copy_layer_held(const struct rt_copy_layer *layer,
                            const struct rt_window *window);

/* The part of these that the touched source blocks take. */
uint64_t rt_copy_layer_blocks_held(const struct rt_copy_layer *layer,
                                   const struct rt_window *window);

/* Whether a read of these planes delivers packed pixels. */
bool rt_copy_layer_packs(const struct rt_copy_layer *layer,
                         const int32_t *planes, int32_t n_planes);

/* Whether there are planes, and they and the window lie in the layer. */
bool rt_copy_layer_contains(const struct rt_copy_layer *layer,
                            const int32_t *planes, int32_t n_planes,
                            const struct rt_window *window);

/* Describe [0] the image and [1] the masks.
 *
 * As dataset shows them. wraps: it is a VRT that decodes other datasets under
 * it, in blocks that are not known; kept_bytes of them stay in GDAL's cache. */
void rt_copy_layers_describe(struct rt_copy_layer layers[2],
                             GDALDatasetH dataset, bool wraps,
                             uint64_t kept_bytes);

/* A VRT's layers get the blocks of under, the dataset that it is a window
 * on. */
void rt_copy_layers_take_blocks(struct rt_copy_layer layers[2],
                                const struct rt_vrt_window *window,
                                GDALDatasetH under);

/* The windows in which GDAL would copy dataset into target. */
void rt_copy_layers_set_swaths(struct rt_copy_layer layers[2],
                               GDALDatasetH dataset,
                               const struct rt_gdal_target *target);

#ifdef __cplusplus
}
#endif
#endif
