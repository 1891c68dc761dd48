/* cog_file.h - the tiles of a Cloud Optimized GeoTIFF, in whatever order they
 * are encoded, and the file that they become.
 *
 * In the file the smallest overview comes first and the full resolution last,
 * tiles are in row-major order, a tile of the mask follows that of its image,
 * and every tile is led by its size and trailed by its last four bytes again.
 * When the first byte of that can be written, everything has been encoded.
 * Until then encoded tiles wait in a temporary file.
 *
 * Images go by their directory in the file, from 0: the full resolution, its
 * mask, the overviews from the largest down, their masks (no masks: the
 * images alone).
 *
 * Holds RT_COG_FILE_TILE_BYTES a tile, and 1 MB while it finishes, or the
 * longest encoded tile where that is more.
 */
#ifndef RETILE_IO_OUTPUT_COG_FILE_H
#define RETILE_IO_OUTPUT_COG_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_cog_file;

#define RT_COG_FILE_TILE_BYTES 24

struct rt_cog_shape {
    int32_t n_levels; /* 1: no overviews */
    bool masks;
    const uint32_t *n_tiles; /* of each level, the full resolution first; of
                              * an image and its mask alike */
};

/* Directories of the image or mask of a level, 0 being the full resolution. */
int32_t rt_cog_directory_of(const struct rt_cog_shape *shape, int32_t level,
                            bool mask);

/* shape is copied. The temporary file is made in folder, and takes at most
 * spill_bytes. RT_ERR_IO, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_cog_file_create(const struct rt_cog_shape *shape, const char *folder,
                   uint64_t spill_bytes, struct rt_cog_file **file,
                   struct rt_error *err);
void rt_cog_file_destroy(struct rt_cog_file *file);

/* Takes a tile's bytes, which are copied. A tile of 0 bytes, and one that is
 * never put, is a hole. Any threads may put at the same time, each tile once.
 * RT_ERR_IO where the disk or spill_bytes have no room for it. */
RT_MUST_CHECK enum rt_status
rt_cog_file_put(struct rt_cog_file *file, int32_t directory, uint32_t tile,
                const void *bytes, uint64_t n_bytes, struct rt_error *err);

/* Of all tiles that were put. */
uint64_t rt_cog_file_spilled(const struct rt_cog_file *file);

/* Makes the frame at path (cog_skeleton.h), any path of GDAL's that can be
 * written at random, the whole file: fills in its arrays, then appends the
 * tiles in one go. progress, from 0 to 1, may cancel; NULL is allowed.
 *
 * RT_ERR_RANGE, with all as it was, where a classic TIFF is too small: a frame
 * of a BigTIFF may then be put in place of this one, and finished.
 * RT_ERR_IO, RT_ERR_MEMORY, RT_ERR_CANCELLED; RT_ERR_INTERNAL where the frame
 * is of another shape. Then both file and what is at path are of no use. The
 * temporary file gives the disk's room back as it is read. */
RT_MUST_CHECK enum rt_status
rt_cog_file_finish(struct rt_cog_file *file, const char *path,
                   bool (*progress)(void *context, double done), void *context,
                   struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
