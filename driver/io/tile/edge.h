/* edge.h - the part of a tile that lies beyond the raster, and tiles in
 * which there is nothing to store.
 *
 * Tiles are as the caller of the encoder has them: samples of the GDAL type,
 * interleaved by pixel, without gaps. Any thread.
 */
#ifndef RETILE_IO_TILE_EDGE_H
#define RETILE_IO_TILE_EDGE_H

#include "io/tile/format_internal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fills what is right of and below the valid pixels: with zeros, as GTiff's
 * blocks have them, or with the last valid pixel of the row, and then the last
 * valid row. */
void rt_tile_pad_zeros(const struct rt_tile_format *format, void *pixels,
                       int32_t valid_w_px, int32_t valid_h_px);
void rt_tile_pad_edges(const struct rt_tile_format *format, void *pixels,
                       int32_t valid_w_px, int32_t valid_h_px);

/* Whether GTiff would leave the tile out: all valid samples are nodata, or 0
 * where there is no nodata, in those formats where GTiff looks. */
bool rt_tile_is_hole(const struct rt_tile_format *format, const void *pixels,
                     int32_t valid_w_px, int32_t valid_h_px);

#ifdef __cplusplus
}
#endif
#endif
