/* pixels.h - copies decoded pixels into tiles.
 *
 * Decoded pixels and the pixels of a tile have one of two layouts: plane after
 * plane, each row by row without gaps, or packed, with the samples of each
 * pixel side by side. A mask with one byte for each pixel may follow.
 */
#ifndef RETILE_CORE_COPY_PIXELS_H
#define RETILE_CORE_COPY_PIXELS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_copy_layout {
    int32_t n_planes;
    uint32_t sample_bytes; /* 1, 2, 4, 8 or 16 */
    bool interleaved;      /* tiles are packed */
    bool packed;           /* decoded pixels are packed */
    bool mask;             /* a mask follows the planes, in both */
};

/* Copies the pixels of part from decoded, which covers window from, to a buffer
 * that covers window to and has the layout of a tile. part must lie in both
 * windows. */
void rt_copy_pixels_scatter(const struct rt_copy_layout *layout,
                            const struct rt_window *part,
                            const struct rt_window *from, const void *decoded,
                            const struct rt_window *to, void *tile);

/* The same, if the source buffer already has the layout of a tile. */
void rt_copy_pixels_move(const struct rt_copy_layout *layout,
                         const struct rt_window *part,
                         const struct rt_window *from, const void *piece,
                         const struct rt_window *to, void *tile);

#ifdef __cplusplus
}
#endif
#endif
