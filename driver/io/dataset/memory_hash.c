/* memory_hash.c - see memory_hash.h. */
#include "io/dataset/memory_hash.h"

#include <string.h>

#include "core/base/checksum.h"
#include "cpl_vsi.h"

bool rt_memory_hash(const char *path, struct rt_memory_hash *found)
{
    vsi_l_offset n_bytes = 0;
    const GByte *bytes = strncmp(path, "/vsimem/", 8) == 0
                             ? VSIGetMemFileBuffer(path, &n_bytes, FALSE)
                             : NULL;

    if (bytes == NULL)
        return false;
    found->n_bytes = n_bytes;
    found->hash = rt_checksum(bytes, n_bytes);
    return true;
}
