/* cog_spill.h - keeps encoded tiles of any images, one after the other, in a
 * nameless temporary file, until each is read once.
 */
#ifndef RETILE_IO_OUTPUT_COG_SPILL_H
#define RETILE_IO_OUTPUT_COG_SPILL_H

#include <stdint.h>

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_cog_spill;

/* A waiting tile. All zeros: a hole. */
struct rt_cog_tile {
    uint64_t at_bytes; /* in the file */
    uint64_t sum;
    uint32_t n_bytes;
};

/* Makes the file in folder, of at most limit_bytes. RT_ERR_IO,
 * RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_cog_spill_create(const char *folder,
                                                 uint64_t limit_bytes,
                                                 struct rt_cog_spill **spill,
                                                 struct rt_error *err);
void rt_cog_spill_destroy(struct rt_cog_spill *spill);

/* May be called by several threads at the same time. RT_ERR_IO if the disk or
 * the limit is full; *tile is then unchanged. */
RT_MUST_CHECK enum rt_status rt_cog_spill_put(struct rt_cog_spill *spill,
                                              const void *bytes,
                                              uint32_t n_bytes,
                                              struct rt_cog_tile *tile,
                                              struct rt_error *err);

uint64_t rt_cog_spill_written(const struct rt_cog_spill *spill);

/* After all tiles have been put: announces that a tile will be taken. The disk
 * space of a region is freed as soon as no announced tile waits in it. One
 * thread at a time, also for rt_cog_spill_take. */
void rt_cog_spill_expect(struct rt_cog_spill *spill,
                         const struct rt_cog_tile *tile);

/* Reads an announced tile, once. */
RT_MUST_CHECK enum rt_status rt_cog_spill_take(struct rt_cog_spill *spill,
                                               const struct rt_cog_tile *tile,
                                               void *bytes,
                                               struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
