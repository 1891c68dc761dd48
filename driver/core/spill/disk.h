/* disk.h - blocks of any size in temporary files, one for each size.
 *
 * Sizes are rounded up to eighths of a power of two, so that slots that come
 * free are used again. The files count under a budget that other places may
 * share. Every function may be called from any thread. In a child of fork all
 * that was written before is gone, for the files are still the parent's.
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

/* One block's place. */
struct rt_spill_place {
    uint64_t slot_bytes; /* 0: none */
    int64_t slot;
    uint64_t sum;
};

/* folder is copied, budget borrowed. NULL when out of memory. */
struct rt_spill_disk *rt_spill_disk_create(const char *folder,
                                           struct rt_budget *budget);
void rt_spill_disk_destroy(struct rt_spill_disk *disk);

/* What a block of bytes takes of the budget. */
uint64_t rt_spill_disk_slot_bytes(uint64_t bytes);

/* Whether the budget has so many bytes left, at this moment. */
bool rt_spill_disk_has_room(const struct rt_spill_disk *disk, uint64_t bytes);

/* Writes bytes to a place of its own. RT_ERR_RANGE where the budget has
 * no room for it; RT_ERR_IO, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_spill_disk_write(struct rt_spill_disk *disk,
                                                 const void *pixels,
                                                 uint64_t bytes,
                                                 struct rt_spill_place *place,
                                                 struct rt_error *err);

/* RT_ERR_IO also where it is damaged. */
RT_MUST_CHECK enum rt_status
rt_spill_disk_read(struct rt_spill_disk *disk,
                   const struct rt_spill_place *place, void *pixels,
                   uint64_t bytes, struct rt_error *err);

/* Gives the place back; none is allowed. */
void rt_spill_disk_forget(struct rt_spill_disk *disk,
                          struct rt_spill_place *place);

/* In a child of fork: leaves the parent's files alone. No place of before may
 * be used afterwards. */
void rt_spill_disk_start_child(struct rt_spill_disk *disk);

#ifdef __cplusplus
}
#endif
#endif
