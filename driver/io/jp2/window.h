/* window.h - tiles and windows of a JPEG 2000 file at its resolutions: pure
 * arithmetic.
 */
#ifndef RETILE_IO_JP2_WINDOW_H
#define RETILE_IO_JP2_WINDOW_H

#include "io/jp2/source_internal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A length halved `reductions` times, rounded up each time. */
int32_t rt_jp2_window_halved(int32_t px, int reductions);

/* A tile's window at a level. */
struct rt_window rt_jp2_window_of_tile(const struct rt_jp2_index *index,
                                       uint32_t tile, int level);

/* A level's window, at full resolution. */
struct rt_window rt_jp2_window_full(const struct rt_jp2_index *index,
                                    const struct rt_window *window, int level);

/* The smallest part of whole that contains inside and can be decoded alone. All
 * are windows of the same level. */
struct rt_window rt_jp2_window_around(const struct rt_jp2_layout *layout,
                                      int level, const struct rt_window *whole,
                                      const struct rt_window *inside);

#ifdef __cplusplus
}
#endif
#endif
