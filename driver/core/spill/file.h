/* file.h - a temporary file for what does not fit in memory.
 *
 * It has no name, so nothing is left of it however the process ends. Only
 * its owner may read it. It is cut into slots of one size. A write returns a
 * checksum, and the read of the same bytes verifies it. Every function may be
 * called from any thread.
 */
#ifndef RETILE_CORE_SPILL_FILE_H
#define RETILE_CORE_SPILL_FILE_H

#include <stdint.h>

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_spill_file;

/* folder must be on a local disk. Returns RT_ERR_IO with the system's reason.
 * The file grows to at most limit_bytes. */
RT_MUST_CHECK enum rt_status rt_spill_file_create(const char *folder,
                                                  uint64_t slot_bytes,
                                                  uint64_t limit_bytes,
                                                  struct rt_spill_file **file,
                                                  struct rt_error *err);
void rt_spill_file_destroy(struct rt_spill_file *file);

/* Takes a slot for the caller. Returns RT_ERR_IO if the limit is reached. */
RT_MUST_CHECK enum rt_status rt_spill_file_take(struct rt_spill_file *file,
                                                int64_t *slot,
                                                struct rt_error *err);
void rt_spill_file_give_back(struct rt_spill_file *file, int64_t slot);

/* Frees the disk space behind a slot that the caller has taken. */
void rt_spill_file_clear(struct rt_spill_file *file, int64_t slot);
/* Frees the disk space of n_bytes of a slot, from offset on. Only whole pages
 * are freed. */
void rt_spill_file_clear_bytes(struct rt_spill_file *file, int64_t slot,
                               uint64_t offset, uint64_t n_bytes);

/* Writes bytes to a slot, from offset on. *sum receives their checksum. */
RT_MUST_CHECK enum rt_status
rt_spill_file_write(struct rt_spill_file *file, int64_t slot, uint64_t offset,
                    const void *bytes, uint64_t n_bytes, uint64_t *sum,
                    struct rt_error *err);

/* Reads bytes that were written with sum. Returns RT_ERR_IO if that fails or
 * they are damaged. */
RT_MUST_CHECK enum rt_status rt_spill_file_read(struct rt_spill_file *file,
                                                int64_t slot, uint64_t offset,
                                                void *bytes, uint64_t n_bytes,
                                                uint64_t sum,
                                                struct rt_error *err);

/* The total of all bytes written so far. */
uint64_t rt_spill_file_written(struct rt_spill_file *file);

#ifdef __cplusplus
}
#endif
#endif
