/* lerc.h - encodes LERC as libtiff puts it into tiles, without libtiff.
 *
 * libtiff lets LERC write into a buffer and LERC leaves some of its bytes
 * unwritten, so a tile's bytes would depend on the tiles before. Here the
 * buffer is always cleared. No state; any thread.
 */
#ifndef RETILE_IO_TILE_LERC_H
#define RETILE_IO_TILE_LERC_H

#include "core/base/status.h"
#include "io/tile/format_fields.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether LERC supports the format's samples; RT_ERR_ARGUMENT if not. */
RT_MUST_CHECK enum rt_status rt_lerc_check(const struct rt_tile_format *format,
                                           struct rt_error *err);

/* The largest size of a blob, and the memory held during encoding, without mask
 * and blob. */
uint64_t rt_lerc_bound_bytes(const struct rt_tile_format *format);
uint64_t rt_lerc_state_bytes(const struct rt_tile_format *format);

/* tile: packed_bytes in the file's byte order, overwritten. mask: a byte for
 * each pixel. blob: rt_lerc_bound_bytes. RT_ERR_ARGUMENT if libtiff could not
 * read the tile again: NaN in a tile of several bands, or with swapped
 * bytes. */
RT_MUST_CHECK enum rt_status rt_lerc_encode(const struct rt_tile_format *format,
                                            void *tile, uint8_t *mask,
                                            uint8_t *blob, uint64_t *n_bytes,
                                            struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
