/* copy_source.h - the pixels of any GDAL dataset, for a copy by several
 * threads.
 *
 * Each thread has a slot with a GDAL handle of its own where the dataset can
 * be opened again; where it cannot, what the caller has open is read, by the
 * caller's thread. Plain TIFFs are read with a libtiff handle for each slot
 * instead (io/tiff/source.h). A VRT that is no more than a window on another
 * dataset is looked through: that dataset is read itself. What a read decodes
 * does not stay in GDAL's block cache; of mosaics and resampling VRTs some of
 * it does until close, which held_bytes counts.
 *
 * Functions on one slot are called by one thread at a time; different slots
 * may be used at the same time.
 */
#ifndef RETILE_IO_SOURCE_COPY_SOURCE_H
#define RETILE_IO_SOURCE_COPY_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/source/source.h"
#include "gdal.h"
#include "io/dataset/swath.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_copy_source;
struct rt_copy_origin;

/* The image, or the masks of its bands. Fixed after open. */
struct rt_copy_layer {
    int32_t w_px, h_px;
    int32_t natural_w_px, natural_h_px; /* what is decoded at once */
    int32_t natural_x_px, natural_y_px; /* where pixel 0,0 lies in its natural
                                           block: 0 to natural size - 1 */
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
    uint64_t held_px_bytes; /* by pixel of the natural blocks touched */
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

/* Nothing of request but the dataset is kept. RT_ERR_SOURCE where the dataset
 * has no bands, RT_ERR_MEMORY. A dataset that cannot be opened again is no
 * error. */
RT_MUST_CHECK enum rt_status
rt_copy_source_open(const struct rt_copy_request *request,
                    struct rt_copy_source **source, struct rt_error *err);

/* No read may be under way. NULL is allowed. */
void rt_copy_source_close(struct rt_copy_source *source);

/* Borrowed. */
const struct rt_copy_layer *
rt_copy_source_layer(const struct rt_copy_source *source, bool masks);

/* Has the image decoded in smaller blocks, or less kept, where possible: for
 * budgets that the present ones are too large for. Between reads. */
bool rt_copy_source_shrink(struct rt_copy_source *source);

/* What a layer is read from (copy_origin.h). Borrowed. */
const struct rt_copy_origin *
rt_copy_source_origin(const struct rt_copy_source *source, bool masks);

/* Bytes that are held while window of a layer is read by one slot: the
 * estimates of the layer but for fixed_bytes. */
uint64_t rt_copy_layer_held(const struct rt_copy_layer *layer,
                            const struct rt_window *window);

/* Whether a read of these planes delivers packed pixels. */
bool rt_copy_layer_packs(const struct rt_copy_layer *layer,
                         const int32_t *planes, int32_t n_planes);

/* Reads window of planes (from 0, any order). pixels receives plane after
 * plane, row by row, without gaps (but see packed); masks as GDT_Byte. A window
 * of whole natural blocks decodes each of them once; of an interleaved layer,
 * all planes have to be asked for together for that. RT_ERR_SOURCE with the
 * source's own message, also where its files have changed since open;
 * RT_ERR_INTERNAL for what lies outside the layer. A layer that says on_caller
 * is read by the thread that opened it. */
RT_MUST_CHECK enum rt_status
rt_copy_source_read(struct rt_copy_source *source, int slot, bool masks,
                    const int32_t *planes, int32_t n_planes,
                    const struct rt_window *window, void *pixels,
                    struct rt_error *err);

/* How the pixels are read, for a debug message. Borrowed. */
const char *rt_copy_source_how(const struct rt_copy_source *source);

/* Reads so far, and pixels delivered by them (each plane counts). From any
 * thread. */
uint64_t rt_copy_source_reads(const struct rt_copy_source *source);
uint64_t rt_copy_source_pixels(const struct rt_copy_source *source);

#ifdef __cplusplus
}
#endif
#endif
