/* pixels.h - from decoded pixels into tiles.
 *
 * Both decoded pixels and those of a tile lie plane after plane, each row by
 * row without gaps, or packed: with the samples of each pixel side by side.
 * A mask may follow, of a byte for each pixel.
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
    bool packed;           /* decoded pixels are */
    bool mask;             /* a mask follows the planes, in either */
};

/* Copies the pixels of part from the decoded ones of window from to a buffer
 * of window to, laid out as a tile. part lies in both. */
void rt_copy_pixels_scatter(const struct rt_copy_layout *layout,
                            const struct rt_window *part,
                            const struct rt_window *from, const void *decoded,
                            const struct rt_window *to, void *tile);

/* The same from a buffer that is laid out as a tile already. */
void rt_copy_pixels_move(const struct rt_copy_layout *layout,
                         const struct rt_window *part,
                         const struct rt_window *from, const void *piece,
                         const struct rt_window *to, void *tile);

#ifdef __cplusplus
}
#endif
#endif
