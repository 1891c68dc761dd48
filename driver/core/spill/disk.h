/* disk.h - blocks of any size in temporary files, with one file for each slot
 * size.
 *
 * Sizes are rounded up to eighths of a power of two, so that freed slots are
 * used again. The bytes on disk count under a budget that may be shared. Every
 * function may be called from any thread. In a child of fork, everything
 * written before is forgotten, because the files still belong to the parent.
 */
#ifndef RETILE_CORE_SPILL_DISK_H
#define RETILE_CORE_SPILL_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/budget.h"
#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_spill_disk;

/* The place of one block. */
struct rt_spill_place {
    uint64_t slot_bytes; /* 0 if there is none */
    int64_t slot;
    uint64_t sum;
};

/* folder is copied, budget borrowed. NULL when out of memory. */
struct rt_spill_disk *rt_spill_disk_create(const char *folder,
                                           struct rt_budget *budget);
void rt_spill_disk_destroy(struct rt_spill_disk *disk);

/* The bytes of the budget that a block of bytes takes. */
uint64_t rt_spill_disk_slot_bytes(uint64_t bytes);

/* Whether the budget has this many bytes left at this moment. */
bool rt_spill_disk_has_room(const struct rt_spill_disk *disk, uint64_t bytes);

/* Writes bytes to a new place. Returns RT_ERR_RANGE if the budget has too few
 * bytes left, and RT_ERR_IO or RT_ERR_MEMORY for other failures. */
RT_MUST_CHECK enum rt_status rt_spill_disk_write(struct rt_spill_disk *disk,
                                                 const void *pixels,
                                                 uint64_t bytes,
                                                 struct rt_spill_place *place,
                                                 struct rt_error *err);

/* Reads a block back. Returns RT_ERR_IO if that fails or the block is
 * damaged. */
RT_MUST_CHECK enum rt_status
rt_spill_disk_read(struct rt_spill_disk *disk,
                   const struct rt_spill_place *place, void *pixels,
                   uint64_t bytes, struct rt_error *err);

/* Frees the place. Does nothing if place is empty. */
void rt_spill_disk_forget(struct rt_spill_disk *disk,
                          struct rt_spill_place *place);

/* Called in a child of fork: leaves the parent's files alone. Places from
 * before the fork must not be used afterwards. */
void rt_spill_disk_start_child(struct rt_spill_disk *disk);

#ifdef __cplusplus
}
#endif
#endif
