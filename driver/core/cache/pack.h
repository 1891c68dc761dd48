/* pack.h - pixels compressed in the place where they are.
 *
 * Cut into chunks of RT_PACK_CHUNK_BYTES. In each the difference of every
 * byte to the same byte of the pixel before is taken, the bytes of equal
 * weight are brought together, and ZSTD compresses them at its fastest level.
 */
#ifndef RETILE_CORE_CACHE_PACK_H
#define RETILE_CORE_CACHE_PACK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RT_PACK_CHUNK_BYTES (UINT64_C(64) << 10)

/* How many chunks bytes are; at least 1. */
uint64_t rt_pack_chunks(uint64_t bytes);

/* Compresses bytes at pixels, whose samples have px_bytes each, to
 * *packed_bytes at the same address; chunk_bytes gets the size of each chunk.
 * False, and the pixels are lost, where that would be more than three
 * quarters, or there is no memory. */
bool rt_pack(void *pixels, uint64_t bytes, uint32_t px_bytes,
             uint32_t *chunk_bytes, uint64_t *packed_bytes);

/* The reverse, elsewhere. False where it is damaged or there is no memory. */
bool rt_unpack(const void *packed, const uint32_t *chunk_bytes, void *pixels,
               uint64_t bytes, uint32_t px_bytes);

#ifdef __cplusplus
}
#endif
#endif
