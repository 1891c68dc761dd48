/* interleave.h - copies pixels into a buffer with another layout.
 *
 * Pure: no allocation, no state. Pixels may have any alignment.
 */
#ifndef RETILE_CORE_BASE_INTERLEAVE_H
#define RETILE_CORE_BASE_INTERLEAVE_H

#include <stdint.h>

#include "core/base/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The range of n_planes for rt_interleave. */
#define RT_INTERLEAVE_MIN 3
#define RT_INTERLEAVE_MAX 4

/* Interleaves n_px one-byte pixels of 3 or 4 planes: to[n_planes * i + k] is
 * planes[k][i]. */
void rt_interleave(const unsigned char *const *planes, int n_planes,
                   int64_t n_px, unsigned char *to);

/* Copies n_px contiguous pixels of px_bytes each to places that are step_bytes
 * apart. step_bytes may be negative. */
void rt_spread(const void *from, uint32_t px_bytes, int64_t n_px, void *to,
               int64_t step_bytes);

/* Copies part, pixels of px_bytes each, between two rasters without gaps: one
 * that covers the window from to one that covers to. part lies in both. */
void rt_window_copy(const struct rt_window *part, uint64_t px_bytes,
                    const struct rt_window *from, const void *source,
                    const struct rt_window *to, void *target);

#ifdef __cplusplus
}
#endif
#endif
