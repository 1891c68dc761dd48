/* checksum.h - one hash for all: of bytes that are written to memory or disk
 * and read back, and of the contents of files in memory. XXH64 of libxxhash. It
 * finds damage, not malice.
 */
#ifndef RETILE_CORE_BASE_CHECKSUM_H
#define RETILE_CORE_BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include <xxhash.h>

static inline uint64_t rt_checksum(const void *bytes, uint64_t n_bytes)
{
    return XXH64(bytes, (size_t)n_bytes, 0);
}

#endif
