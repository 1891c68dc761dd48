/* pages.h - memory for pixels, which goes back to the system when freed.
 *
 * Cached blocks and decoded runs have different sizes and very different
 * lifetimes. On malloc's heap they leave holes that keep a process at several
 * times its budget. Large allocations therefore get pages of their own.
 */
#ifndef RETILE_CORE_BASE_PAGES_H
#define RETILE_CORE_BASE_PAGES_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The size of the system's pages. */
uint64_t rt_page_bytes(void);

/* The memory that an allocation of bytes takes: large ones take whole pages.
 * UINT64_MAX if that overflows. */
uint64_t rt_pages_size(uint64_t bytes);

/* Allocates bytes, aligned to 16 bytes or more and not initialised. NULL when
 * out of memory. */
void *rt_pages_alloc(uint64_t bytes);

/* Shrinks memory from bytes to fewer_bytes, keeping that much of the contents,
 * and returns its new place. NULL if there is no memory to move it to; the old
 * memory is then unchanged. */
void *rt_pages_shrink(void *memory, uint64_t bytes, uint64_t fewer_bytes);

/* Frees memory from rt_pages_alloc. bytes must be the allocated (or shrunk)
 * size. NULL is allowed. */
void rt_pages_free(void *memory, uint64_t bytes);

#ifdef __cplusplus
}
#endif
#endif
