/* pages_count.h - the memory for pixels that the core really holds. */
#ifndef RETILE_TEST_PAGES_COUNT_H
#define RETILE_TEST_PAGES_COUNT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that rt_pages_alloc has given and nobody has freed. */
uint64_t pages_count_live(void);

/* The most of them since the last call of this. */
uint64_t pages_count_peak(void);

/* How often rt_pages_alloc has given any. */
uint64_t pages_count_allocations(void);

#ifdef __cplusplus
}
#endif
#endif
