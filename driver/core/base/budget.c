/* budget.c - see budget.h. Lock-free: the count is one atomic word, and no
 * other data depends on the order in which threads see it change. */
#include "core/base/budget.h"

#include <stdatomic.h>
#include <stdlib.h>

struct rt_budget {
    atomic_uint_least64_t limit_bytes;
    atomic_uint_least64_t used_bytes;
    atomic_uint_least64_t peak_bytes;
};

struct rt_budget *rt_budget_create(uint64_t limit_bytes)
{
    struct rt_budget *budget = malloc(sizeof(*budget));

    if (budget == NULL)
        return NULL;
    atomic_init(&budget->limit_bytes, limit_bytes);
    atomic_init(&budget->used_bytes, 0);
    atomic_init(&budget->peak_bytes, 0);
    return budget;
}

void rt_budget_destroy(struct rt_budget *budget)
{
    free(budget);
}

static void raise_peak(struct rt_budget *budget, uint64_t used)
{
    uint64_t peak = atomic_load(&budget->peak_bytes);

    while (peak < used &&
           !atomic_compare_exchange_weak(&budget->peak_bytes, &peak, used)) {
    }
}

bool rt_budget_reserve(struct rt_budget *budget, uint64_t bytes)
{
    uint64_t used = atomic_load(&budget->used_bytes);

    do {
        const uint64_t limit = atomic_load(&budget->limit_bytes);

        if (used > limit || bytes > limit - used)
            return false;
    } while (!atomic_compare_exchange_weak(&budget->used_bytes, &used,
                                           used + bytes));
    raise_peak(budget, used + bytes);
    return true;
}

void rt_budget_overdraw(struct rt_budget *budget, uint64_t bytes)
{
    raise_peak(budget, atomic_fetch_add(&budget->used_bytes, bytes) + bytes);
}

void rt_budget_release(struct rt_budget *budget, uint64_t bytes)
{
    atomic_fetch_sub(&budget->used_bytes, bytes);
}

void rt_budget_set_limit(struct rt_budget *budget, uint64_t limit_bytes)
{
    atomic_store(&budget->limit_bytes, limit_bytes);
}

uint64_t rt_budget_limit(const struct rt_budget *budget)
{
    return atomic_load(&budget->limit_bytes);
}

uint64_t rt_budget_used(const struct rt_budget *budget)
{
    return atomic_load(&budget->used_bytes);
}

uint64_t rt_budget_peak(const struct rt_budget *budget)
{
    return atomic_load(&budget->peak_bytes);
}

uint64_t rt_budget_excess(const struct rt_budget *budget)
{
    const uint64_t used = rt_budget_used(budget);
    const uint64_t limit = rt_budget_limit(budget);

    return used > limit ? used - limit : 0;
}
