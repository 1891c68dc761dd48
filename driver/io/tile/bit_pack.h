/* bit_pack.h - packs samples into fewer bits than their type has, as the GTiff
 * driver does (its creation option NBITS).
 *
 * Rows are packed one at a time, into another buffer or in place: the packed
 * row may begin at or before its samples. No state; any thread.
 */
#ifndef RETILE_IO_TILE_BIT_PACK_H
#define RETILE_IO_TILE_BIT_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a packed row of n samples. Rows begin at whole bytes. */
uint64_t rt_packed_row_bytes(uint64_t n, uint32_t bits);

/* Packs n unsigned samples of sample_bytes (1, 2 or 4) into bits each, the
 * highest bit first. Values that do not fit are replaced by the largest one
 * that does; true if there was one. */
bool rt_pack_bits(const void *samples, size_t n, uint32_t sample_bytes,
                  uint32_t bits, uint8_t *packed);

/* Packs 0 and not 0 into single bits. */
void rt_pack_flags(const uint8_t *samples, size_t n, uint8_t *packed);

/* Converts n float32 values to IEEE half floats in native byte order. Digits
 * are truncated, and true is returned if a value is too large and becomes
 * infinite; from GDAL 3.11 on values are rounded, and the result is false. Both
 * arrays must be aligned. */
bool rt_pack_halves(const void *floats, size_t n, void *halves);

/* Makes n float32 values what they are after rt_pack_halves. */
void rt_round_to_halves(void *floats, size_t n);

#ifdef __cplusplus
}
#endif
#endif
