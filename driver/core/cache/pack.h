/* pack.h - compresses pixels in place.
 *
 * The bytes are cut into chunks of RT_PACK_CHUNK_BYTES. In each chunk, every
 * byte is replaced by its difference from the same byte of the pixel before,
 * bytes of equal significance are grouped together, and ZSTD compresses the
 * result at level 1.
 */
#ifndef RETILE_CORE_CACHE_PACK_H
#define RETILE_CORE_CACHE_PACK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RT_PACK_CHUNK_BYTES (UINT64_C(64) << 10)

/* The number of chunks for bytes; at least 1. */
uint64_t rt_pack_chunks(uint64_t bytes);

/* Compresses bytes at pixels, whose samples have px_bytes each, to
 * *packed_bytes at the same address. chunk_bytes receives the size of each
 * chunk. Returns false if the result would exceed three quarters of bytes, or
 * when out of memory. The pixels are then lost. */
bool rt_pack(void *pixels, uint64_t bytes, uint32_t px_bytes,
             uint32_t *chunk_bytes, uint64_t *packed_bytes);

/* Decompresses to pixels, which must not overlap packed. Returns false if the
 * data is damaged or when out of memory. */
bool rt_unpack(const void *packed, const uint32_t *chunk_bytes, void *pixels,
               uint64_t bytes, uint32_t px_bytes);

#ifdef __cplusplus
}
#endif
#endif
