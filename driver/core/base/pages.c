/* pages.c - see pages.h. Sizes below LARGE_BYTES come from malloc. Larger ones
 * are anonymous mappings of whole pages (4 KB to 64 KB, depending on the
 * system).
 */
#include "core/base/pages.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE_BYTES (UINT64_C(64) << 10)

/* From this size on, allocations ask for huge pages of this size if the system
 * has them: a page fault for each 4 KB costs as much as copying them. */
#define HUGE_BYTES (UINT64_C(2) << 20)

uint64_t rt_page_bytes(void)
{
    static _Atomic uint64_t known;
    uint64_t bytes = atomic_load_explicit(&known, memory_order_relaxed);

    if (bytes == 0) {
        const long found = sysconf(_SC_PAGESIZE);

        bytes = found > 0 ? (uint64_t)found : LARGE_BYTES;
        atomic_store_explicit(&known, bytes, memory_order_relaxed);
    }
    return bytes;
}

uint64_t rt_pages_size(uint64_t bytes)
{
    const uint64_t page = rt_page_bytes();

    if (bytes < LARGE_BYTES)
        return bytes;
    if (bytes > UINT64_MAX - page)
        return UINT64_MAX;
    return (bytes + page - 1) / page * page;
}

void *rt_pages_alloc(uint64_t bytes)
{
    const uint64_t size = rt_pages_size(bytes);
    void *memory;

    if (size > SIZE_MAX || size == UINT64_MAX)
        return NULL;
    if (bytes < LARGE_BYTES)
        return malloc((size_t)bytes);
    memory = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    if (bytes >= HUGE_BYTES)
        (void)madvise(memory, (size_t)size, MADV_HUGEPAGE);
    return memory;
}

void *rt_pages_shrink(void *memory, uint64_t bytes, uint64_t fewer_bytes)
{
    const uint64_t old_size = rt_pages_size(bytes);
    const uint64_t new_size = rt_pages_size(fewer_bytes);
    void *moved;

    if (bytes >= LARGE_BYTES && fewer_bytes >= LARGE_BYTES) {
        if (new_size < old_size)
            (void)munmap((unsigned char *)memory + new_size,
                         (size_t)(old_size - new_size));
        return memory;
    }
    moved = rt_pages_alloc(fewer_bytes);
    if (moved != NULL) {
        memcpy(moved, memory, (size_t)fewer_bytes);
        rt_pages_free(memory, bytes);
    }
    return moved;
}

void rt_pages_free(void *memory, uint64_t bytes)
{
    if (memory == NULL)
        return;
    if (bytes < LARGE_BYTES)
        free(memory);
    else
        (void)munmap(memory, (size_t)rt_pages_size(bytes));
}
