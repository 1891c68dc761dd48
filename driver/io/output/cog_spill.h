/* cog_spill.h - encoded tiles of any images, one behind the other in a nameless
 * temporary file, until each is read once.
 */
#ifndef RETILE_IO_OUTPUT_COG_SPILL_H
#define RETILE_IO_OUTPUT_COG_SPILL_H

#include <stdint.h>

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_cog_spill;

/* A tile that waits; of zeros: there is none, a hole. */
struct rt_cog_tile {
    uint64_t at_bytes; /* in the file */
    uint64_t sum;
    uint32_t n_bytes;
};

/* In folder, with at most limit_bytes. RT_ERR_IO, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_cog_spill_create(const char *folder,
                                                 uint64_t limit_bytes,
                                                 struct rt_cog_spill **spill,
                                                 struct rt_error *err);
void rt_cog_spill_destroy(struct rt_cog_spill *spill);

/* Any threads at the same time. RT_ERR_IO where the disk or the limit have no
 * room for it: *tile stays as it was. */
RT_MUST_CHECK enum rt_status rt_cog_spill_put(struct rt_cog_spill *spill,
                                              const void *bytes,
                                              uint32_t n_bytes,
                                              struct rt_cog_tile *tile,
                                              struct rt_error *err);

uint64_t rt_cog_spill_written(const struct rt_cog_spill *spill);

/* Says that a tile will be taken, when all have been put: the disk's room is
 * given back where nothing waits any more that was expected. One thread at a
 * time, as for rt_cog_spill_take. */
void rt_cog_spill_expect(struct rt_cog_spill *spill,
                         const struct rt_cog_tile *tile);

/* Reads an expected tile, once. */
RT_MUST_CHECK enum rt_status rt_cog_spill_take(struct rt_cog_spill *spill,
                                               const struct rt_cog_tile *tile,
                                               void *bytes,
                                               struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
