/* encoder.h - from pixels to the bytes of a tile in a TIFF.
 *
 * Each thread has an encoder of its own, which keeps the contexts of its
 * codec. A tile's bytes depend on its pixels, its place and its format, and
 * on nothing that was encoded before.
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

/* format is borrowed until destroy. */
RT_MUST_CHECK enum rt_status
rt_tile_encoder_create(const struct rt_tile_format *format,
                       struct rt_tile_encoder **encoder, struct rt_error *err);
void rt_tile_encoder_destroy(struct rt_tile_encoder *encoder);

/* Says where the tiles encoded from now on lie: block column and row, and the
 * plane, all from 0. Needed for pixels that equal GTiff's where DISCARD_LSB
 * differs from plane to plane, and at the edges of JPEG, where GTiff repeats
 * the last pixels in some of the tiles only. Before the first call the plane
 * is 0, and all edges of JPEG are repeated. */
void rt_tile_encoder_at(struct rt_tile_encoder *encoder, int32_t col_blk,
                        int32_t row_blk, int32_t plane);

/* pixels: a whole tile, that is h_px * w_px * samples values of the GDAL type
 * in native order, interleaved by pixel, aligned to 8 bytes; overwritten. Only
 * its top left valid_w_px x valid_h_px pixels, 1 or more each way, need be set.
 * encoded: bound_bytes of the format. *n_bytes: the tile's size; 0: the tile
 * is a hole, to be left out of the file. */
RT_MUST_CHECK enum rt_status
rt_tile_encoder_encode(struct rt_tile_encoder *encoder, void *pixels,
                       int32_t valid_w_px, int32_t valid_h_px, void *encoded,
                       uint64_t *n_bytes, struct rt_error *err);

/* Whether some value so far was too great for the bits of the file (NBITS),
 * and was replaced by the greatest that it has, infinity for half floats.
 * GTiff warns of it once. */
bool rt_tile_encoder_clamped(const struct rt_tile_encoder *encoder);

#ifdef __cplusplus
}
#endif
#endif
