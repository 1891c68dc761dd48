/* match.h - whether the encoded tiles of one TIFF image can stand in
 * another one as they are.
 */
#ifndef RETILE_IO_TILE_MATCH_H
#define RETILE_IO_TILE_MATCH_H

#include "core/base/status.h"
#include "io/tile/format_internal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Compares what the tags of source, an image that exists, say with those of
 * target and with its options. Levels of lossless codecs do not count. bands:
 * for each plane of target, that of source (from 1); a source whose tiles hold
 * several bands must give all of them, in order.
 *
 * What a lossy codec has lost is not recorded, but for JPEG's tables. With
 * any_loss, tiles of the same codec match whatever they lost; without it, they
 * match where target asks for no loss, and so for the pixels that they have.
 *
 * RT_ERR_ARGUMENT with the reason, as one clause, where they do not match. Any
 * thread. */
RT_MUST_CHECK enum rt_status rt_tile_match(const struct rt_tile_format *source,
                                           const struct rt_tile_format *target,
                                           const int *bands, bool any_loss,
                                           struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
