/* cog_file.h - collects the tiles of a Cloud Optimized GeoTIFF in any order,
 * and writes the file.
 *
 * In the file the smallest overview comes first and the full resolution last.
 * Tiles are in row-major order, and a mask's tile follows that of its image.
 * Each tile is preceded by its size and followed by a copy of its last four
 * bytes. The first byte of all that can be written only when everything has
 * been encoded. Until then encoded tiles wait in a temporary file.
 *
 * Images are numbered by their directory in the file, from 0: the full
 * resolution, its mask, the overviews from the largest to the smallest, and the
 * overviews' masks. Without masks these are the images alone.
 *
 * Holds RT_COG_FILE_TILE_BYTES a tile. While it finishes, it also holds 1 MB,
 * or the largest encoded tile if that is more.
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
    const uint32_t *n_tiles; /* for each level, the full resolution first; a
                              * mask has as many as its image */
};

/* The directory of a level's image or mask. Level 0 is the full resolution. */
int32_t rt_cog_directory_of(const struct rt_cog_shape *shape, int32_t level,
                            bool mask);

/* shape is copied. The temporary file is made in folder and takes at most
 * spill_bytes. RT_ERR_IO, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_cog_file_create(const struct rt_cog_shape *shape, const char *folder,
                   uint64_t spill_bytes, struct rt_cog_file **file,
                   struct rt_error *err);
void rt_cog_file_destroy(struct rt_cog_file *file);

/* Stores a copy of a tile's bytes. A tile of 0 bytes, and a tile that is never
 * put, is a hole. Several threads may put at the same time, each tile once.
 * RT_ERR_IO if the disk or the limit of spill_bytes is full. */
RT_MUST_CHECK enum rt_status
rt_cog_file_put(struct rt_cog_file *file, int32_t directory, uint32_t tile,
                const void *bytes, uint64_t n_bytes, struct rt_error *err);

/* Bytes of all tiles put so far. */
uint64_t rt_cog_file_spilled(const struct rt_cog_file *file);

/* Completes the header skeleton at path (cog_skeleton.h), which may be any GDAL
 * path that can be written at random: fills in its arrays and appends all tiles
 * in one pass. progress, from 0 to 1, may cancel; NULL is allowed.
 *
 * RT_ERR_RANGE, with everything unchanged, if a classic TIFF is too small: the
 * caller may then replace the skeleton by that of a BigTIFF, and call this
 * again. RT_ERR_IO, RT_ERR_MEMORY, RT_ERR_CANCELLED; RT_ERR_INTERNAL if the
 * skeleton has another shape. After these, both file and the file at path are
 * unusable. The temporary file frees disk space while it is read. */
RT_MUST_CHECK enum rt_status
rt_cog_file_finish(struct rt_cog_file *file, const char *path,
                   bool (*progress)(void *context, double done), void *context,
                   struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
