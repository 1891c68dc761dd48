/* faults.c - makes chosen calls of any program fail; a library for LD_PRELOAD.
 *
 *   RETILE_FAULT_UNDER   only files whose path starts with this; needed for
 *                        all calls but memory
 *   RETILE_FAULT_CALL    write, sync, close, rename or memory; default write
 *   RETILE_FAULT_AT      the first such call to fail, from 1; default 0: none
 *   RETILE_FAULT_LASTS   1: all calls after it fail too, as on a full disk
 *   RETILE_FAULT_ERRNO   ENOSPC or EIO; default ENOSPC. KILL: the program is
 *                        killed just before the call. STOP: it is stopped
 *                        there; the call succeeds when it continues
 *   RETILE_FAULT_COUNTS  a file that gets the number of calls of each kind, in
 *                        lines like "write 12", when the program ends
 *   RETILE_FAULT_TICK_MS by how much each reading of the monotonic clock by
 *                        gdal_RETILE.so moves it on; default 0. It makes a
 *                        machine look slow
 *
 * A call that fails does nothing, except that a failing close still closes. The
 * calls that stdio makes inside the C library cannot be intercepted, so its own
 * functions count instead: fwrite as a write, fflush and fclose as a write if
 * there is something to write, and fclose as a close otherwise. A descriptor is
 * identified by its current path (/proc/self/fd).
 *
 * "memory" is each malloc, calloc, realloc and anonymous mmap that
 * gdal_RETILE.so itself calls, not what GDAL and libstdc++ allocate for it. A
 * program can call retile_fault_memory(at, lasts) to restart the count, with a
 * fault at that call (0: none), and retile_fault_memory_calls().
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum call { WRITE, SYNC, CLOSE, RENAME, MEMORY, CALLS };

static const char *const names[CALLS] = {"write", "sync", "close", "rename",
                                         "memory"};
static atomic_uint counts[CALLS];

/* Stores the C library's function of that name at *function. */
static void find_real(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);

    if (found == NULL)
        abort();
    memcpy(function, &found, sizeof(found));
}

static bool under(const char *path)
{
    const char *prefix = getenv("RETILE_FAULT_UNDER");

    return prefix != NULL && path != NULL &&
           strncmp(path, prefix, strlen(prefix)) == 0;
}

static bool is_under(int descriptor)
{
    char link[64], path[PATH_MAX];
    const int before = errno;
    ssize_t n;

    if (descriptor < 0 || getenv("RETILE_FAULT_UNDER") == NULL)
        return false;
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
    n = readlink(link, path, sizeof(path) - 1);
    errno = before;
    if (n < 0)
        return false;
    path[n] = '\0';
    return under(path);
}

/* Counts a call. Returns whether it must fail, and then sets errno. */
static bool fails(enum call call)
{
    const char *wanted = getenv("RETILE_FAULT_CALL");
    const char *at = getenv("RETILE_FAULT_AT");
    const char *lasts = getenv("RETILE_FAULT_LASTS");
    const char *reason = getenv("RETILE_FAULT_ERRNO");
    const unsigned number = atomic_fetch_add(&counts[call], 1) + 1;
    const unsigned first = at != NULL ? (unsigned)atoi(at) : 0;

    if (strcmp(wanted != NULL ? wanted : "write", names[call]) != 0 ||
        first == 0 || number < first ||
        (number > first && (lasts == NULL || strcmp(lasts, "1") != 0)))
        return false;
    if (reason != NULL && strcmp(reason, "KILL") == 0)
        (void)kill(getpid(), SIGKILL);
    if (reason != NULL && strcmp(reason, "STOP") == 0) {
        (void)kill(getpid(), SIGSTOP);
        return false;
    }
    errno = reason != NULL && strcmp(reason, "EIO") == 0 ? EIO : ENOSPC;
    return true;
}

__attribute__((destructor)) static void write_counts(void)
{
    const char *path = getenv("RETILE_FAULT_COUNTS");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;

    if (file == NULL)
        return;
    for (int i = 0; i < CALLS; i++)
        fprintf(file, "%s %u\n", names[i], atomic_load(&counts[i]));
    fclose(file);
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    ssize_t (*real)(int, const void *, size_t);

    find_real("write", &real);
    return is_under(fd) && fails(WRITE) ? -1 : real(fd, bytes, n);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
    ssize_t (*real)(int, const void *, size_t, off_t);

    find_real("pwrite", &real);
    return is_under(fd) && fails(WRITE) ? -1 : real(fd, bytes, n, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t offset)
{
    ssize_t (*real)(int, const void *, size_t, off64_t);

    find_real("pwrite64", &real);
    return is_under(fd) && fails(WRITE) ? -1 : real(fd, bytes, n, offset);
}

int ftruncate64(int fd, off64_t size)
{
    int (*real)(int, off64_t);

    find_real("ftruncate64", &real);
    return is_under(fd) && fails(WRITE) ? -1 : real(fd, size);
}

size_t fwrite(const void *bytes, size_t size, size_t n, FILE *file)
{
    size_t (*real)(const void *, size_t, size_t, FILE *);

    find_real("fwrite", &real);
    if (size > 0 && n > 0 && is_under(fileno(file)) && fails(WRITE))
        return 0;
    return real(bytes, size, n, file);
}

int fflush(FILE *file)
{
    int (*real)(FILE *);

    find_real("fflush", &real);
    if (file != NULL && __fpending(file) > 0 && is_under(fileno(file)) &&
        fails(WRITE))
        return EOF;
    return real(file);
}

int fclose(FILE *file)
{
    int (*real)(FILE *);
    const bool ours = is_under(fileno(file));
    bool failed = ours && __fpending(file) > 0 && fails(WRITE);
    int reason = errno, result;

    find_real("fclose", &real);
    if (failed)
        __fpurge(file);
    if (ours && fails(CLOSE) && !failed) {
        reason = errno;
        failed = true;
    }
    result = real(file);
    if (failed)
        errno = reason;
    return failed ? EOF : result;
}

int close(int fd)
{
    int (*real)(int);
    const bool failed = is_under(fd) && fails(CLOSE);
    const int reason = errno;
    int result;

    find_real("close", &real);
    result = real(fd);
    if (failed)
        errno = reason;
    return failed ? -1 : result;
}

int fsync(int fd)
{
    int (*real)(int);

    find_real("fsync", &real);
    return is_under(fd) && fails(SYNC) ? -1 : real(fd);
}

int fdatasync(int fd)
{
    int (*real)(int);

    find_real("fdatasync", &real);
    return is_under(fd) && fails(SYNC) ? -1 : real(fd);
}

int rename(const char *from, const char *to)
{
    int (*real)(const char *, const char *);

    find_real("rename", &real);
    return (under(from) || under(to)) && fails(RENAME) ? -1 : real(from, to);
}

/* These count if a program has set them; otherwise the environment does. */
static atomic_uint memory_at, memory_lasts;
static atomic_bool memory_is_set;

void retile_fault_memory(unsigned at, unsigned lasts);
unsigned retile_fault_memory_calls(void);

void retile_fault_memory(unsigned at, unsigned lasts)
{
    atomic_store(&memory_is_set, true);
    atomic_store(&memory_at, at);
    atomic_store(&memory_lasts, lasts);
    atomic_store(&counts[MEMORY], 0);
}

unsigned retile_fault_memory_calls(void)
{
    return atomic_load(&counts[MEMORY]);
}

/* Whether the code at that address is the plugin's. The plugin is never
 * unloaded, so its place is looked up once. Until then the name decides, which
 * can be found without a lock and without memory. */
static bool in_plugin(const void *address)
{
    static _Atomic uintptr_t start, end;
    const uintptr_t place = (uintptr_t)address;
    struct dl_find_object found;
    const char *name;

    if (atomic_load(&end) != 0)
        return place >= atomic_load(&start) && place < atomic_load(&end);
    if (_dl_find_object((void *)place, &found) != 0 ||
        found.dlfo_link_map == NULL)
        return false;
    name = strrchr(found.dlfo_link_map->l_name, '/');
    if (name == NULL || strcmp(name, "/gdal_RETILE.so") != 0)
        return false;
    atomic_store(&start, (uintptr_t)found.dlfo_map_start);
    atomic_store(&end, (uintptr_t)found.dlfo_map_end);
    return true;
}

static bool memory_fails(const void *caller)
{
    bool failed;

    if (!in_plugin(caller))
        return false;
    if (atomic_load(&memory_is_set)) {
        const unsigned number = atomic_fetch_add(&counts[MEMORY], 1) + 1;
        const unsigned first = atomic_load(&memory_at);

        failed = first != 0 && (number == first ||
                                (number > first && atomic_load(&memory_lasts)));
    } else {
        failed = fails(MEMORY);
    }
    if (failed)
        errno = ENOMEM;
    return failed;
}

/* The C library's own functions, under the names that need no search, because a
 * search would allocate. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);

void *malloc(size_t size)
{
    return memory_fails(__builtin_return_address(0)) ? NULL
                                                     : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return memory_fails(__builtin_return_address(0)) ? NULL
                                                     : __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size)
{
    return memory_fails(__builtin_return_address(0))
               ? NULL
               : __libc_realloc(memory, size);
}

void *mmap(void *at, size_t size, int access, int flags, int fd, off_t offset)
{
    void *(*real)(void *, size_t, int, int, int, off_t);

    if ((flags & MAP_ANONYMOUS) != 0 &&
        memory_fails(__builtin_return_address(0)))
        return MAP_FAILED;
    find_real("mmap", &real);
    return real(at, size, access, flags, fd, offset);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static atomic_ullong readings;
    const char *tick = getenv("RETILE_FAULT_TICK_MS");
    int (*real)(clockid_t, struct timespec *);
    int result;

    find_real("clock_gettime", &real);
    result = real(clock, now);
    if (result == 0 && tick != NULL && clock == CLOCK_MONOTONIC &&
        in_plugin(__builtin_return_address(0))) {
        const unsigned long long ms =
            (atomic_fetch_add(&readings, 1) + 1) * (unsigned)atoi(tick);

        now->tv_sec += (time_t)(ms / 1000);
        now->tv_nsec += (long)(ms % 1000) * 1000000;
        if (now->tv_nsec >= 1000000000) {
            now->tv_sec++;
            now->tv_nsec -= 1000000000;
        }
    }
    return result;
}
