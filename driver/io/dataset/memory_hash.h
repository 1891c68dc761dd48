/* memory_hash.h - tells apart the contents of files in GDAL's memory, whose
 * times are whole seconds.
 */
#ifndef RETILE_IO_DATASET_MEMORY_HASH_H
#define RETILE_IO_DATASET_MEMORY_HASH_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rt_memory_hash {
    uint64_t n_bytes;
    uint64_t hash;
};

/* False where path is no file in memory. */
bool rt_memory_hash(const char *path, struct rt_memory_hash *found);

#ifdef __cplusplus
}
#endif
#endif
