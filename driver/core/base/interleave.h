/* interleave.h - pixels of planes into a buffer that has them in other places.
 *
 * Pure: no allocation, no state. Pixels may lie at any address.
 */
#ifndef RETILE_CORE_BASE_INTERLEAVE_H
#define RETILE_CORE_BASE_INTERLEAVE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What rt_interleave takes. */
#define RT_INTERLEAVE_MIN 3
#define RT_INTERLEAVE_MAX 4

/* n_px pixels of one byte of each of 3 or 4 planes, side by side:
 * to[n_planes * i + k] is planes[k][i]. */
void rt_interleave(const unsigned char *const *planes, int n_planes,
                   int64_t n_px, unsigned char *to);

/* n_px pixels of px_bytes each, one behind the other, to places that are
 * step_bytes apart; that may be negative. */
void rt_spread(const void *from, uint32_t px_bytes, int64_t n_px, void *to,
               int64_t step_bytes);

#ifdef __cplusplus
}
#endif
#endif
