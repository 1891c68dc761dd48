/* codec.h - compresses tiles that are ready: packed and, if the format needs
 * it, predicted and in the file's byte order.
 *
 * Contexts are kept between tiles, but the result depends only on the tile and
 * the format. One thread at a time.
 */
#ifndef RETILE_IO_TILE_CODEC_H
#define RETILE_IO_TILE_CODEC_H

#include "core/base/status.h"
#include "io/tile/format_fields.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_tile_codec;

/* Sets the format's state_bytes and bound_bytes. Its sizes and tags must be set
 * already. RT_ERR_ARGUMENT if the codec cannot encode such tiles,
 * RT_ERR_MEMORY.
 */
RT_MUST_CHECK enum rt_status
rt_tile_codec_measure(struct rt_tile_format *format, struct rt_error *err);

/* format is borrowed until destroy. RT_ERR_ARGUMENT, as above, or
 * RT_ERR_MEMORY.
 */
RT_MUST_CHECK enum rt_status
rt_tile_codec_create(const struct rt_tile_format *format,
                     struct rt_tile_codec **codec, struct rt_error *err);
void rt_tile_codec_destroy(struct rt_tile_codec *codec);

/* tile: packed_bytes, overwritten; encoded: bound_bytes. RT_ERR_ARGUMENT if the
 * codec refuses these pixels, as LERC does some values; RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_tile_codec_encode(struct rt_tile_codec *codec,
                                                  void *tile, void *encoded,
                                                  uint64_t *n_bytes,
                                                  struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
