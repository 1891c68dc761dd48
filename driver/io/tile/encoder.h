/* encoder.h - encodes pixels into the bytes of a TIFF's tile.
 *
 * Each thread has its own encoder, which keeps the contexts of its codec. A
 * tile's bytes depend on its pixels, its place and its format, and not on tiles
 * encoded before.
 */
#ifndef RETILE_IO_TILE_ENCODER_H
#define RETILE_IO_TILE_ENCODER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"
#include "io/tile/format.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_tile_encoder;

/* format is borrowed until destroy. RT_ERR_ARGUMENT if the codec cannot encode
 * such tiles, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_tile_encoder_create(const struct rt_tile_format *format,
                       struct rt_tile_encoder **encoder, struct rt_error *err);
void rt_tile_encoder_destroy(struct rt_tile_encoder *encoder);

/* Sets the place of the tiles encoded from now on: block column and row, and
 * plane, all from 0. The place matters in two cases: if DISCARD_LSB differs
 * between planes, and at the edges of JPEG, where GTiff repeats the last pixels
 * only in some tiles. Before the first call the plane is 0, and JPEG pixels are
 * repeated at all edges. */
void rt_tile_encoder_at(struct rt_tile_encoder *encoder, int32_t col_blk,
                        int32_t row_blk, int32_t plane);

/* pixels: a whole tile, that is h_px * w_px * samples values of the GDAL type
 * in native byte order, interleaved by pixel, aligned to 8 bytes. It is
 * overwritten. Only its top left valid_w_px x valid_h_px pixels (1 or more each
 * way) need to be set. encoded: the format's bound_bytes. *n_bytes: the tile's
 * size; 0 means that the tile is a hole and is left out of the file. Errors as
 * of create; RT_ERR_ARGUMENT also if the codec refuses these pixels. */
RT_MUST_CHECK enum rt_status
rt_tile_encoder_encode(struct rt_tile_encoder *encoder, void *pixels,
                       int32_t valid_w_px, int32_t valid_h_px, void *encoded,
                       uint64_t *n_bytes, struct rt_error *err);

/* Whether some value so far did not fit into the bits of the file (NBITS) and
 * was replaced by the largest one that does, or by infinity for half floats.
 * GTiff warns about this once. */
bool rt_tile_encoder_clamped(const struct rt_tile_encoder *encoder);

#ifdef __cplusplus
}
#endif
#endif
