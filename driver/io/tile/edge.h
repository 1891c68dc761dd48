/* edge.h - the part of a tile beyond the raster, and tiles without anything to
 * store.
 *
 * Tiles are as the encoder's caller has them: samples of the GDAL type,
 * interleaved by pixel, without gaps. Any thread.
 */
#ifndef RETILE_IO_TILE_EDGE_H
#define RETILE_IO_TILE_EDGE_H

#include "io/tile/format_fields.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fill the pixels to the right of and below the valid ones: with zeros, as in
 * GTiff's blocks, with NaN (32 or 64 bits a sample), or by repeating each row's
 * last valid pixel and then the last valid row. */
void rt_tile_pad_zeros(const struct rt_tile_format *format, void *pixels,
                       int32_t valid_w_px, int32_t valid_h_px);
void rt_tile_pad_nan(const struct rt_tile_format *format, void *pixels,
                     int32_t valid_w_px, int32_t valid_h_px);
void rt_tile_pad_edges(const struct rt_tile_format *format, void *pixels,
                       int32_t valid_w_px, int32_t valid_h_px);

/* Whether GTiff would leave the tile out: all valid samples are nodata (or 0 if
 * there is no nodata), in the formats that GTiff checks. */
bool rt_tile_is_hole(const struct rt_tile_format *format, const void *pixels,
                     int32_t valid_w_px, int32_t valid_h_px);

#ifdef __cplusplus
}
#endif
#endif
