/* pages.h - memory for pixels, which goes back to the system when freed.
 *
 * Cached blocks and decoded runs differ in size and live for very different
 * times; from malloc's heap they leave holes that keep a process at several
 * times its budget. Large ones therefore have pages of their own.
 */
#ifndef RETILE_CORE_BASE_PAGES_H
#define RETILE_CORE_BASE_PAGES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the system's pages. */
uint64_t rt_page_bytes(void);

/* The bytes that an allocation of bytes takes: whole pages where it is
 * large. UINT64_MAX where that does not fit. */
uint64_t rt_pages_size(uint64_t bytes);

/* Memory for bytes, aligned to 16 bytes or more, not initialised; NULL when
 * there is none. */
void *rt_pages_alloc(uint64_t bytes);

/* Cuts memory for bytes down to fewer_bytes, which keep their contents, and
 * returns where they are now. NULL where there is no memory to move them to:
 * the old memory is then as it was. */
void *rt_pages_shrink(void *memory, uint64_t bytes, uint64_t fewer_bytes);

/* Frees what rt_pages_alloc gave for the same bytes. NULL is allowed. */
void rt_pages_free(void *memory, uint64_t bytes);

#ifdef __cplusplus
}
#endif
#endif
