/* cog_skeleton.h - finds the arrays of offsets and byte counts in a header
 * skeleton: a TIFF that has everything but its tiles.
 *
 * For a Cloud Optimized GeoTIFF, the GTiff driver writes a skeleton with all
 * directories and all arrays at its beginning. The tiles' bytes begin where the
 * skeleton ends.
 */
#ifndef RETILE_IO_OUTPUT_COG_SKELETON_H
#define RETILE_IO_OUTPUT_COG_SKELETON_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/status.h"
#include "cpl_vsi.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_cog_array {
    uint64_t at_bytes; /* in the file; 0: the directory has none */
    uint64_t n;
    uint32_t entry_bytes; /* 2, 4 or 8 */
};

/* One image or mask. */
struct rt_cog_directory {
    bool overview, mask;
    bool planes_apart;
    int32_t w_px, h_px;
    int32_t tile_w_px, tile_h_px;
    struct rt_cog_array offsets, counts; /* both have one entry for each tile */
};

struct rt_cog_skeleton {
    bool big;            /* a BigTIFF */
    uint64_t size_bytes; /* of the file */
    int32_t n;
    struct rt_cog_directory *directories; /* owned; in the file's order */
};

/* Reads the directories of file; path is for messages. RT_ERR_IO if it cannot
 * be read; RT_ERR_INTERNAL if it is not a skeleton in the machine's byte order.
 */
RT_MUST_CHECK enum rt_status
rt_cog_skeleton_read(VSILFILE *file, const char *path,
                     struct rt_cog_skeleton *skeleton, struct rt_error *err);

/* The same for the file at path. */
RT_MUST_CHECK enum rt_status
rt_cog_skeleton_open(const char *path, struct rt_cog_skeleton *skeleton,
                     struct rt_error *err);

/* Frees the directories. skeleton may be all zeros. */
void rt_cog_skeleton_clear(struct rt_cog_skeleton *skeleton);

#ifdef __cplusplus
}
#endif
#endif
