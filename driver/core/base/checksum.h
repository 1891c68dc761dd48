/* checksum.h - the checksum over bytes that are stored outside the cache.
 *
 * It finds damage, not tampering. Each step is invertible, so a change of a
 * single word, and therefore of a single bit, always changes the sum.
 */
#ifndef RETILE_CORE_BASE_CHECKSUM_H
#define RETILE_CORE_BASE_CHECKSUM_H

#include <stdint.h>
#include <string.h>

static inline uint64_t rt_checksum(const void *bytes, uint64_t n_bytes)
{
    const unsigned char *at = (const unsigned char *)bytes;
    uint64_t sum = UINT64_C(0x9E3779B97F4A7C15) ^ n_bytes;

    for (; n_bytes >= 8; n_bytes -= 8, at += 8) {
        uint64_t word;

        memcpy(&word, at, 8);
        sum = (sum ^ word) * UINT64_C(0x9FB21C651E98DF25);
        sum ^= sum >> 32;
    }
    for (; n_bytes > 0; n_bytes--, at++)
        sum = (sum ^ *at) * UINT64_C(0x9FB21C651E98DF25);
    return sum ^ (sum >> 29);
}

#endif
