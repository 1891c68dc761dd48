/* pages_count.h - counts the memory for pixels that the core really holds. */
#ifndef RETILE_TEST_PAGES_COUNT_H
#define RETILE_TEST_PAGES_COUNT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

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
