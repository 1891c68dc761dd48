/* interleave.h - copies pixels of planes into a buffer with another layout.
 *
 * Pure: no allocation, no state. Pixels may have any alignment.
 */
#ifndef RETILE_CORE_BASE_INTERLEAVE_H
#define RETILE_CORE_BASE_INTERLEAVE_H

#include <stdint.h>

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

#ifdef __cplusplus
}
#endif
#endif
