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

#include "io/source/copy_layer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_copy_source;
struct rt_copy_origin;

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
 * of whole source blocks decodes each of them once; of an interleaved layer,
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
