/* tiff_memory.h - encodes tiles with libtiff, in memory.
 *
 * Uses a TIFF of one tile with the tags of a tile format, which is written
 * again and again. libtiff keeps the state of its codec, and the tile's bytes
 * go straight into the caller's buffer. One thread at a time.
 */
#ifndef RETILE_IO_TILE_TIFF_MEMORY_H
#define RETILE_IO_TILE_TIFF_MEMORY_H

#include "core/base/status.h"
#include "io/tile/format_fields.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_tiff_memory;

/* format is borrowed. RT_ERR_ARGUMENT with libtiff's message if libtiff refuses
 * it. */
RT_MUST_CHECK enum rt_status
rt_tiff_memory_create(const struct rt_tile_format *format,
                      struct rt_tiff_memory **memory, struct rt_error *err);
void rt_tiff_memory_destroy(struct rt_tiff_memory *memory);

/* tile: packed_bytes of the format, overwritten; encoded: bound_bytes. */
RT_MUST_CHECK enum rt_status
rt_tiff_memory_encode(struct rt_tiff_memory *memory, void *tile, void *encoded,
                      uint64_t *n_bytes, struct rt_error *err);

/* The largest size of a tile, and the most memory that is held. */
uint64_t rt_tiff_memory_bound_bytes(const struct rt_tile_format *format);
uint64_t rt_tiff_memory_state_bytes(const struct rt_tile_format *format);

#ifdef __cplusplus
}
#endif
#endif
