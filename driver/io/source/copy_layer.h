/* copy_layer.h - what a copy asks for, and what the image or the masks of its
 * source are like. */
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
    int32_t source_block_w_px, source_block_h_px; /* what is decoded at once */
    int32_t source_block_x_px,
        source_block_y_px; /* where pixel 0,0 lies in its source_block
                    block: 0 to source_block size - 1 */
    enum rt_access access;
    bool interleaved;   /* decoding one plane decodes all */
    bool packed;        /* reads of all planes, in order, deliver pixels with
                           their samples side by side, instead of plane after
                           plane */
    bool parallel;      /* slots may read at the same time */
    bool on_caller;     /* to be read on the thread that has opened it */
    int32_t most_reads; /* ... so many at most; 0: any number */
    int32_t n_planes;   /* bands of the dataset */
    /* What is held during a read, beyond the caller's buffer. */
    uint64_t held_px_bytes; /* by pixel of the source blocks touched */
    uint64_t held_bytes;    /* and beside that, in codecs: by handle */
    uint64_t fixed_bytes;   /* until close, for all slots together */
};

/* What is to be read, and for what. */
struct rt_copy_request {
    GDALDatasetH dataset; /* borrowed until close, and not used by anyone else
                             until then */
    const char *name;     /* what shows the same raster and is opened for the
                             slots in its place; NULL for the dataset's own
                             description */
    CSLConstList open_options; /* those that name, or else the dataset, is
                                  opened with; NULL for none */
    GDALDataType type;         /* what pixels are delivered as */
    int n_slots;               /* 1 or more */
    bool as_open;              /* the dataset has no name: it is read itself */
    bool by_window; /* what it shows hangs on the windows, even if its driver
                       does not tell */
    /* What GDAL would copy into; NULL where it would not. What hangs on the
     * windows that it is asked for is then asked for GDAL's. */
    const struct rt_gdal_target *target;
};

#endif
