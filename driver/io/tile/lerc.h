/* lerc.h - LERC as libtiff puts it into tiles, without libtiff.
 *
 * libtiff lets LERC write into a buffer of which it leaves some bytes as they
 * were, so that a tile's bytes would depend on the tiles before. Here the
 * buffer is always zeros. No state; any thread.
 */
#ifndef RETILE_IO_TILE_LERC_H
#define RETILE_IO_TILE_LERC_H

#include "io/tile/format_internal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether LERC has the format's samples at all; RT_ERR_ARGUMENT if not. */
RT_MUST_CHECK enum rt_status rt_lerc_check(const struct rt_tile_format *format,
                                           struct rt_error *err);

/* The most bytes that a blob takes, and the memory held while encoding, mask
 * and blob not counted. */
uint64_t rt_lerc_bound_bytes(const struct rt_tile_format *format);
uint64_t rt_lerc_state_bytes(const struct rt_tile_format *format);

/* tile: packed_bytes in the file's byte order, overwritten; mask: a byte for
 * each pixel; blob: rt_lerc_bound_bytes. RT_ERR_ARGUMENT where libtiff could
 * not read the tile again: NaN where it holds several bands. */
RT_MUST_CHECK enum rt_status rt_lerc_encode(const struct rt_tile_format *format,
                                            void *tile, uint8_t *mask,
                                            uint8_t *blob, uint64_t *n_bytes,
                                            struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
