/* pages_count.c - see pages_count.h. The linker redirects calls of
 * core/base/pages.h, and those of the system for pages, to these functions. */
#include "pages_count.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/pages.h"

void *__real_rt_pages_alloc(uint64_t bytes);
void __real_rt_pages_free(void *memory, uint64_t bytes);
void *__real_rt_pages_shrink(void *memory, uint64_t bytes,
                             uint64_t fewer_bytes);
void *__wrap_rt_pages_alloc(uint64_t bytes);
void __wrap_rt_pages_free(void *memory, uint64_t bytes);
void *__wrap_rt_pages_shrink(void *memory, uint64_t bytes,
                             uint64_t fewer_bytes);

long __real_sysconf(int name);
void *__real_mmap(void *at, size_t bytes, int protection, int flags,
                  int descriptor, off_t offset);
int __real_munmap(void *at, size_t bytes);
long __wrap_sysconf(int name);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags,
                  int descriptor, off_t offset);
int __wrap_munmap(void *at, size_t bytes);

static _Atomic uint64_t live, peak, allocations, mapped;
static _Atomic bool uneven;

long __wrap_sysconf(int name)
{
    const char *bytes = getenv("RETILE_TEST_PAGE_BYTES");

    return name == _SC_PAGESIZE && bytes != NULL ? atol(bytes)
                                                 : __real_sysconf(name);
}

static void check_even(size_t bytes)
{
    if (bytes % (size_t)__wrap_sysconf(_SC_PAGESIZE) != 0)
        uneven = true;
}

void *__wrap_mmap(void *at, size_t bytes, int protection, int flags,
                  int descriptor, off_t offset)
{
    void *memory =
        __real_mmap(at, bytes, protection, flags, descriptor, offset);

    check_even(bytes);
    if (memory != MAP_FAILED)
        atomic_fetch_add(&mapped, bytes);
    return memory;
}

int __wrap_munmap(void *at, size_t bytes)
{
    check_even(bytes);
    atomic_fetch_sub(&mapped, bytes);
    return __real_munmap(at, bytes);
}

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

uint64_t pages_count_mapped(void)
{
    return mapped;
}

bool pages_count_uneven(void)
{
    return uneven;
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
