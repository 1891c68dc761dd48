/* tiles.h - puts encoded tiles into a tiled TIFF that has everything but
 * them.
 *
 * The bytes of a tile go to the end of the file, one after another as they
 * come; the arrays of offsets and byte counts are written over those that the
 * directory has, when it is closed. Nothing else of the file changes. A tile
 * that is left out stays absent, as in any sparse file.
 *
 * Holds the two arrays of the directory, 16 bytes a tile, and a copy of one
 * of them while it closes. One thread at a time.
 */
#ifndef RETILE_IO_TIFF_TILES_H
#define RETILE_IO_TIFF_TILES_H

#include <stdint.h>

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_tiff_tiles;

/* Held by tile of the file until it is closed, at most. */
#define RT_TIFF_TILES_TABLE_BYTES 24

/* path is any of GDAL's that can be read and written at random; directory is
 * that of the image or mask, from 0, in the order of the file's chain.
 * RT_ERR_IO where it can't be opened; RT_ERR_INTERNAL where there is no such
 * directory or it has strips. */
RT_MUST_CHECK enum rt_status rt_tiff_tiles_open(const char *path, int directory,
                                                struct rt_tiff_tiles **tiles,
                                                struct rt_error *err);

/* Appends the n_bytes (1 or more) of a tile, under libtiff's number of it.
 * RT_ERR_IO with the system's reason, RT_ERR_RANGE where a classic TIFF is
 * full; RT_ERR_INTERNAL where the tile is there already or there is none of
 * that number. */
RT_MUST_CHECK enum rt_status
rt_tiff_tiles_write(struct rt_tiff_tiles *tiles, uint32_t tile,
                    const void *bytes, uint64_t n_bytes, struct rt_error *err);

/* Writes offsets and byte counts, closes and frees tiles, also on failure.
 * Fails where anything failed since open. */
RT_MUST_CHECK enum rt_status rt_tiff_tiles_close(struct rt_tiff_tiles *tiles,
                                                 struct rt_error *err);

/* Closes and frees tiles; the file is of no use afterwards. NULL is allowed. */
void rt_tiff_tiles_abandon(struct rt_tiff_tiles *tiles);

#ifdef __cplusplus
}
#endif
#endif
