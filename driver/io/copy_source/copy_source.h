/* copy_source.h - the pixels of any GDAL dataset, for a copy by several
 * threads.
 *
 * Each thread has a slot. If the dataset can be opened again, each slot has a
 * GDAL handle of its own; otherwise the caller's dataset is read, by the
 * caller's thread. Plain TIFFs are read through one libtiff handle a slot
 * (io/tiff/source.h). If a VRT is only a window on another dataset, that
 * dataset is read instead. Blocks decoded by a read do not stay in GDAL's block
 * cache. For mosaics and resampling VRTs some of them do until close;
 * held_bytes includes those.
 *
 * Functions on one slot are called by one thread at a time; different slots may
 * be used at the same time.
 */
#ifndef RETILE_IO_COPY_SOURCE_COPY_SOURCE_H
#define RETILE_IO_COPY_SOURCE_COPY_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "io/copy_source/copy_layer.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_copy_source;
struct rt_copy_origin;

/* Keeps nothing of request except the dataset. RT_ERR_SOURCE if the dataset has
 * no bands, RT_ERR_MEMORY. A dataset that cannot be opened again is not an
 * error. */
RT_MUST_CHECK enum rt_status
rt_copy_source_open(const struct rt_copy_request *request,
                    struct rt_copy_source **source, struct rt_error *err);

/* No read may be in progress. NULL is allowed. Reports the warnings of all
 * reads on the calling thread, each once. */
void rt_copy_source_close(struct rt_copy_source *source);

/* Borrowed. */
const struct rt_copy_layer *
rt_copy_source_layer(const struct rt_copy_source *source, bool masks);

/* Makes the image's blocks smaller, or keeps less, if possible: for budgets
 * that the present blocks do not fit. Not during reads. False if nothing was
 * left to shrink. */
bool rt_copy_source_shrink(struct rt_copy_source *source);

/* The dataset that a layer is read from (copy_origin.h). Borrowed. */
const struct rt_copy_origin *
rt_copy_source_origin(const struct rt_copy_source *source, bool masks);

/* Pixels of the files under a mosaic: how many were decoded, and how many of
 * them for the first time. 0 for everything else. */
void rt_copy_source_count_files(const struct rt_copy_source *source,
                                uint64_t *decoded_px, uint64_t *touched_px);

/* Reads window of planes (from 0, any order). pixels receives plane after
 * plane, row by row, without gaps, unless the layer is packed; masks come as
 * GDT_Byte. A window of whole source blocks decodes each of them once; in an
 * interleaved layer only if all planes are read together. RT_ERR_SOURCE with
 * the source's own message, also if its files have changed since open.
 * RT_ERR_INTERNAL for a window or a plane outside the layer. A layer with
 * on_caller must be read by the thread that opened it. */
RT_MUST_CHECK enum rt_status
rt_copy_source_read(struct rt_copy_source *source, int slot, bool masks,
                    const int32_t *planes, int32_t n_planes,
                    const struct rt_window *window, void *pixels,
                    struct rt_error *err);

/* Whether the masks are a band of the file that the image is read from. */
bool rt_copy_source_mask_is_band(const struct rt_copy_source *source);

/* The same, if the mask is a band: after the planes comes the mask, all in one
 * read. Pixels are never packed. */
RT_MUST_CHECK enum rt_status
rt_copy_source_read_with_mask(struct rt_copy_source *source, int slot,
                              const int32_t *planes, int32_t n_planes,
                              const struct rt_window *window, void *pixels,
                              struct rt_error *err);

/* How the pixels are read, for a debug message. Borrowed. */
const char *rt_copy_source_how(const struct rt_copy_source *source);

/* Reads so far, and pixels delivered by them (each plane counts). May be called
 * from any thread. */
uint64_t rt_copy_source_reads(const struct rt_copy_source *source);
uint64_t rt_copy_source_pixels(const struct rt_copy_source *source);

#ifdef __cplusplus
}
#endif
#endif
