/* pages_count.c - see pages_count.h. The linker redirects calls of
 * core/base/pages.h to these functions. */
#include "pages_count.h"

#include <stdatomic.h>
#include <stddef.h>

#include "core/base/pages.h"

void *__real_rt_pages_alloc(uint64_t bytes);
void __real_rt_pages_free(void *memory, uint64_t bytes);
void *__real_rt_pages_shrink(void *memory, uint64_t bytes,
                             uint64_t fewer_bytes);
void *__wrap_rt_pages_alloc(uint64_t bytes);
void __wrap_rt_pages_free(void *memory, uint64_t bytes);
void *__wrap_rt_pages_shrink(void *memory, uint64_t bytes,
                             uint64_t fewer_bytes);

static _Atomic uint64_t live, peak, allocations;

void *__wrap_rt_pages_alloc(uint64_t bytes)
{
    void *memory = __real_rt_pages_alloc(bytes);
    uint64_t now, most = peak;

    if (memory == NULL)
        return NULL;
    atomic_fetch_add(&allocations, 1);
    now = atomic_fetch_add(&live, bytes) + bytes;
    while (now > most && !atomic_compare_exchange_weak(&peak, &most, now))
        continue;
    return memory;
}

void __wrap_rt_pages_free(void *memory, uint64_t bytes)
{
    if (memory != NULL)
        atomic_fetch_sub(&live, bytes);
    __real_rt_pages_free(memory, bytes);
}

/* Below 64 KiB, memory that moves exists twice for a moment. That is not
 * counted. */
void *__wrap_rt_pages_shrink(void *memory, uint64_t bytes, uint64_t fewer_bytes)
{
    void *moved = __real_rt_pages_shrink(memory, bytes, fewer_bytes);

    if (moved != NULL)
        atomic_fetch_sub(&live, bytes - fewer_bytes);
    return moved;
}

uint64_t pages_count_live(void)
{
    return live;
}

uint64_t pages_count_allocations(void)
{
    return allocations;
}

uint64_t pages_count_peak(void)
{
    return atomic_exchange(&peak, live);
}
