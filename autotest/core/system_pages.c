/* system_pages.c - see pages_count.h. The linker redirects the core's calls of
 * the system for pages to these functions. Not under a sanitizer: its own calls
 * would be redirected too. */
#include "pages_count.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

long __real_sysconf(int name);
void *__real_mmap(void *at, size_t bytes, int protection, int flags,
                  int descriptor, off_t offset);
int __real_munmap(void *at, size_t bytes);
long __wrap_sysconf(int name);
void *__wrap_mmap(void *at, size_t bytes, int protection, int flags,
                  int descriptor, off_t offset);
int __wrap_munmap(void *at, size_t bytes);

static _Atomic uint64_t mapped;
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

uint64_t pages_count_mapped(void)
{
    return mapped;
}

bool pages_count_uneven(void)
{
    return uneven;
}
