/* file.h - a temporary file for what memory has no room for.
 *
 * It has no name from the start, so that nothing is left of it however the
 * process ends, and only its owner may read it. It is cut into slots of one
 * size. What is read back is checked against the sum that writing it gave.
 * Every function may be called from any thread.
 */
#ifndef RETILE_CORE_SPILL_FILE_H
#define RETILE_CORE_SPILL_FILE_H

#include <stdint.h>

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_spill_file;

/* In folder, which is local. RT_ERR_IO with the system's reason. */
RT_MUST_CHECK enum rt_status rt_spill_file_create(const char *folder,
                                                  uint64_t slot_bytes,
                                                  uint64_t limit_bytes,
                                                  struct rt_spill_file **file,
                                                  struct rt_error *err);
void rt_spill_file_destroy(struct rt_spill_file *file);

/* A slot of the caller's own. RT_ERR_IO where the limit is reached. */
RT_MUST_CHECK enum rt_status rt_spill_file_take(struct rt_spill_file *file,
                                                int64_t *slot,
                                                struct rt_error *err);
void rt_spill_file_give_back(struct rt_spill_file *file, int64_t slot);

/* Gives the disk's room behind a slot of the caller's back to the system. */
void rt_spill_file_clear(struct rt_spill_file *file, int64_t slot);
/* The same of some bytes of it, from offset on: of whole pages among them. */
void rt_spill_file_clear_bytes(struct rt_spill_file *file, int64_t slot,
                               uint64_t offset, uint64_t n_bytes);

/* Writes bytes from offset of a slot on, and their sum to *sum. */
RT_MUST_CHECK enum rt_status
rt_spill_file_write(struct rt_spill_file *file, int64_t slot, uint64_t offset,
                    const void *bytes, uint64_t n_bytes, uint64_t *sum,
                    struct rt_error *err);

/* Reads what was written with sum. RT_ERR_IO also where it is damaged. */
RT_MUST_CHECK enum rt_status rt_spill_file_read(struct rt_spill_file *file,
                                                int64_t slot, uint64_t offset,
                                                void *bytes, uint64_t n_bytes,
                                                uint64_t sum,
                                                struct rt_error *err);

/* All bytes written so far. */
uint64_t rt_spill_file_written(struct rt_spill_file *file);

#ifdef __cplusplus
}
#endif
#endif
