/* tiles.h - puts encoded tiles into a tiled TIFF that has everything but tiles.
 *
 * The bytes of tiles are appended to the file in the order in which they come.
 * At close the arrays of offsets and byte counts are written over those that
 * the directory has. Nothing else in the file changes. A tile that is not
 * written stays absent, as in any sparse file.
 *
 * Holds the directory's two arrays, 16 bytes a tile, and a copy of one of them
 * during close. One thread at a time.
 */
#ifndef RETILE_IO_TIFF_TILES_H
#define RETILE_IO_TIFF_TILES_H

#include <stdint.h>

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_tiff_tiles;

/* The most bytes held per tile of the file, until it is closed. */
#define RT_TIFF_TILES_TABLE_BYTES 24

/* path is any GDAL path that can be read and written at random. directory is
 * the index of the image or mask in the file's chain, from 0. RT_ERR_IO if the
 * file cannot be opened; RT_ERR_INTERNAL if there is no such directory or it
 * has strips. */
RT_MUST_CHECK enum rt_status rt_tiff_tiles_open(const char *path, int directory,
                                                struct rt_tiff_tiles **tiles,
                                                struct rt_error *err);

/* Appends the n_bytes (1 or more) of the tile that libtiff numbers `tile`.
 * RT_ERR_IO with the system's reason; RT_ERR_RANGE if a classic TIFF is full;
 * RT_ERR_INTERNAL if the tile was written already or its number does not
 * exist. */
RT_MUST_CHECK enum rt_status
rt_tiff_tiles_write(struct rt_tiff_tiles *tiles, uint32_t tile,
                    const void *bytes, uint64_t n_bytes, struct rt_error *err);

/* Writes offsets and byte counts, closes and frees tiles, also on failure.
 * Fails if anything failed since open. */
RT_MUST_CHECK enum rt_status rt_tiff_tiles_close(struct rt_tiff_tiles *tiles,
                                                 struct rt_error *err);

/* Closes and frees tiles. The file is unusable afterwards. NULL is allowed. */
void rt_tiff_tiles_abandon(struct rt_tiff_tiles *tiles);

#ifdef __cplusplus
}
#endif
#endif
