/* copy_layer.h - what a copy requests, and how the image or the masks of its
 * source are read. */
#ifndef RETILE_IO_SOURCE_COPY_LAYER_H
#define RETILE_IO_SOURCE_COPY_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/source/source.h"
#include "gdal.h"
#include "io/dataset/swath.h"

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

#endif
