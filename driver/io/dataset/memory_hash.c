/* memory_hash.c - see memory_hash.h. */
#include "io/dataset/memory_hash.h"

#include <string.h>

#include "cpl_vsi.h"

static uint64_t hash_bytes(const unsigned char *bytes, uint64_t n)
{
    uint64_t h = n, word;

    for (; n >= sizeof(word); n -= sizeof(word), bytes += sizeof(word)) {
        memcpy(&word, bytes, sizeof(word));
        h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        h ^= h >> 32;
    }
    word = 0;
    memcpy(&word, bytes, (size_t)n);
    h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ (h >> 32);
}

bool rt_memory_hash(const char *path, struct rt_memory_hash *found)
{
    vsi_l_offset n_bytes = 0;
    const GByte *bytes = strncmp(path, "/vsimem/", 8) == 0
                             ? VSIGetMemFileBuffer(path, &n_bytes, FALSE)
                             : NULL;

    if (bytes == NULL)
        return false;
    found->n_bytes = n_bytes;
    found->hash = hash_bytes(bytes, n_bytes);
    return true;
}
