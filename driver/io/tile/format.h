/* format.h - how the tiles of one TIFF image are encoded.
 *
 * The GTiff driver makes a template: a file with all of its tags and no tiles.
 * A tile format combines the tags of one of its images with the creation
 * options that a TIFF does not record (levels, qualities, ...). Options that
 * GTiff ignores are ignored here too, because it has warned about them.
 *
 * A format does not change after open; any threads may share it.
 */
#ifndef RETILE_IO_TILE_FORMAT_H
#define RETILE_IO_TILE_FORMAT_H

#include <stdint.h>

#include "core/base/status.h"
#include "cpl_string.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_tile_format;

/* Reads the image in directory number directory (from 0) of the TIFF at path,
 * which may be any GDAL path. options are GTiff's creation options, or NULL.
 * There is one more: with @LERC_ALPHA_BAND=YES LERC keeps an alpha band as it
 * is, as in files of GDAL's COG driver; otherwise it becomes a mask if
 * possible. type is the type of the pixels to encode. nodata is the GDAL
 * dataset's value as text, since a file may be made without one; NULL: use the
 * file's. Keeps none of the arguments. RT_ERR_SOURCE if the file cannot be
 * read, RT_ERR_ARGUMENT if its tiles cannot be encoded. */
RT_MUST_CHECK enum rt_status
rt_tile_format_open(const char *path, int directory, CSLConstList options,
                    GDALDataType type, const char *nodata,
                    struct rt_tile_format **format, struct rt_error *err);
void rt_tile_format_close(struct rt_tile_format *format);

/* Makes it the format of the same tiles in a raster of another size, in
 * pixels. */
void rt_tile_format_set_raster(struct rt_tile_format *format, int32_t w_px,
                               int32_t h_px);

/* The size of a tile, and of the raster. */
int32_t rt_tile_format_w_px(const struct rt_tile_format *format);
int32_t rt_tile_format_h_px(const struct rt_tile_format *format);

int32_t rt_tile_format_raster_w_px(const struct rt_tile_format *format);
int32_t rt_tile_format_raster_h_px(const struct rt_tile_format *format);
/* Columns and rows of tiles. */
int32_t rt_tile_format_cols(const struct rt_tile_format *format);
int32_t rt_tile_format_rows(const struct rt_tile_format *format);

/* Samples of a pixel in one tile: all bands, or 1 if planes are separate. */
int32_t rt_tile_format_samples(const struct rt_tile_format *format);
/* 1, or the number of bands if planes are separate. */
int32_t rt_tile_format_planes(const struct rt_tile_format *format);
bool rt_tile_format_is_compressed(const struct rt_tile_format *format);
/* The size of a sample of the GDAL type. */
uint32_t rt_tile_format_sample_bytes(const struct rt_tile_format *format);

/* The most memory that one encoder holds, in addition to its caller's
 * buffers. */
uint64_t rt_tile_format_state_bytes(const struct rt_tile_format *format);
/* The largest size of an encoded tile. */
uint64_t rt_tile_format_bound_bytes(const struct rt_tile_format *format);

#ifdef __cplusplus
}
#endif
#endif
