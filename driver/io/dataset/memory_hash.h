/* memory_hash.h - compares the contents of files in GDAL's memory, because
 * their times are whole seconds.
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

/* False if path is not a file in memory. */
bool rt_memory_hash(const char *path, struct rt_memory_hash *found);

#ifdef __cplusplus
}
#endif
#endif
