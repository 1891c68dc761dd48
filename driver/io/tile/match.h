/* match.h - whether the encoded tiles of one TIFF image can be used in another
 * one unchanged.
 */
#ifndef RETILE_IO_TILE_MATCH_H
#define RETILE_IO_TILE_MATCH_H

#include "core/base/status.h"
#include "io/tile/format_fields.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Compares the tags of source, an existing image, with the tags and options of
 * target. Levels of lossless codecs do not count. bands: for each plane of
 * target its band in source (from 1). If the tiles of source hold several
 * bands, target must use all of them, in order.
 *
 * The loss of a lossy codec is not recorded, except for JPEG in its tables.
 * With any_loss, tiles of the same codec match, whatever they lost. Without it
 * they match only if target asks for no loss, and so for exactly these pixels.
 *
 * RT_ERR_ARGUMENT with the reason, as one clause, if they do not match. Any
 * thread. */
RT_MUST_CHECK enum rt_status rt_tile_match(const struct rt_tile_format *source,
                                           const struct rt_tile_format *target,
                                           const int *bands, bool any_loss,
                                           struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
