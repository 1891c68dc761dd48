/* pages_count.h - counts the memory for pixels that the core really holds. If
 * the environment variable RETILE_TEST_PAGE_BYTES is set, the system says that
 * its pages have that size, a multiple of the true one. */
#ifndef RETILE_TEST_PAGES_COUNT_H
#define RETILE_TEST_PAGES_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that the core has mapped now. */
uint64_t pages_count_mapped(void);

/* Whether the core has ever mapped or unmapped anything but whole pages. */
bool pages_count_uneven(void);

/* Bytes that rt_pages_alloc has returned and that are not freed yet. */
uint64_t pages_count_live(void);

/* The most such bytes since the last call of this function. */
uint64_t pages_count_peak(void);

/* How many allocations rt_pages_alloc has made. */
uint64_t pages_count_allocations(void);

#ifdef __cplusplus
}
#endif
#endif
