/* budget.h - a count of bytes with a limit.
 *
 * Bytes are reserved before they are allocated and released after they are
 * freed. Every function may be called from any thread at any time.
 */
#ifndef RETILE_CORE_BASE_BUDGET_H
#define RETILE_CORE_BASE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rt_budget;

/* NULL when out of memory. */
struct rt_budget *rt_budget_create(uint64_t limit_bytes);
void rt_budget_destroy(struct rt_budget *budget);

/* Takes bytes if they fit under the limit. */
bool rt_budget_reserve(struct rt_budget *budget, uint64_t bytes);

/* Takes bytes even above the limit. For what a read needs to be served at all,
 * such as the only block of a source that cannot be read in parts. */
void rt_budget_overdraw(struct rt_budget *budget, uint64_t bytes);

void rt_budget_release(struct rt_budget *budget, uint64_t bytes);

/* Lowering the limit frees nothing by itself: see rt_budget_excess. */
void rt_budget_set_limit(struct rt_budget *budget, uint64_t limit_bytes);

uint64_t rt_budget_limit(const struct rt_budget *budget);
uint64_t rt_budget_used(const struct rt_budget *budget);
uint64_t rt_budget_peak(const struct rt_budget *budget);

/* Bytes in use above the limit. */
uint64_t rt_budget_excess(const struct rt_budget *budget);

#ifdef __cplusplus
}
#endif
#endif
