/* file.c - see file.h. */
#include "core/spill/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/checksum.h"
#include "core/base/fork_lock.h"

struct rt_spill_file {
    /* Fixed after creation. */
    int descriptor;
    uint64_t slot_bytes, limit_bytes;
    char *folder; /* for messages; owned */
    struct rt_fork_lock lock;
    /* Guarded by lock. */
    int64_t n_slots;
    int64_t *free_slots; /* a stack */
    int64_t n_free, free_size;
    uint64_t written_bytes;
};

static int open_nameless(const char *folder)
{
    char name[4096];
    int descriptor;

#ifdef O_TMPFILE
    descriptor = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor >= 0)
        return descriptor;
#endif
    if (snprintf(name, sizeof(name), "%s/retile-XXXXXX", folder) >=
        (int)sizeof(name)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    descriptor = mkstemp(name);
    if (descriptor >= 0) {
        (void)fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        (void)unlink(name);
    }
    return descriptor;
}

enum rt_status rt_spill_file_create(const char *folder, uint64_t slot_bytes,
                                    uint64_t limit_bytes,
                                    struct rt_spill_file **file,
                                    struct rt_error *err)
{
    struct rt_spill_file *made = calloc(1, sizeof(*made));

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    made->descriptor = open_nameless(folder);
    if (made->descriptor < 0) {
        const int reason = errno;

        free(made);
        return rt_error_set(err, RT_ERR_IO,
                            "cannot make a temporary file in '%s' "
                            "(RETILE_SPILL_DIR): %s",
                            folder, strerror(reason));
    }
    made->slot_bytes = slot_bytes;
    made->limit_bytes = limit_bytes;
    made->folder = strdup(folder);
    if (made->folder == NULL || !rt_fork_lock_init(&made->lock, RT_RANK_LEAF)) {
        (void)close(made->descriptor);
        free(made->folder);
        free(made);
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
    *file = made;
    return RT_OK;
}

void rt_spill_file_destroy(struct rt_spill_file *file)
{
    if (file == NULL)
        return;
    (void)close(file->descriptor);
    rt_fork_lock_destroy(&file->lock);
    free(file->free_slots);
    free(file->folder);
    free(file);
}

enum rt_status rt_spill_file_take(struct rt_spill_file *file, int64_t *slot,
                                  struct rt_error *err)
{
    enum rt_status status = RT_OK;

    pthread_mutex_lock(&file->lock.mutex);
    if (file->n_free > 0)
        *slot = file->free_slots[--file->n_free];
    else if ((uint64_t)file->n_slots + 1 <=
             file->limit_bytes / file->slot_bytes)
        *slot = file->n_slots++;
    else
        status = RT_ERR_IO;
    pthread_mutex_unlock(&file->lock.mutex);
    if (status != RT_OK)
        return rt_error_set(err, status,
                            "the temporary file has reached the limit of "
                            "RETILE_SPILL_MAX");
    return RT_OK;
}

void rt_spill_file_give_back(struct rt_spill_file *file, int64_t slot)
{
    pthread_mutex_lock(&file->lock.mutex);
    if (file->n_free == file->free_size) {
        const int64_t size = file->free_size == 0 ? 64 : 2 * file->free_size;
        int64_t *slots =
            realloc(file->free_slots, (size_t)size * sizeof(*slots));

        if (slots != NULL) {
            file->free_slots = slots;
            file->free_size = size;
        }
    }
    if (file->n_free < file->free_size) /* otherwise the slot is lost */
        file->free_slots[file->n_free++] = slot;
    pthread_mutex_unlock(&file->lock.mutex);
}

void rt_spill_file_clear(struct rt_spill_file *file, int64_t slot)
{
    rt_spill_file_clear_bytes(file, slot, 0, file->slot_bytes);
}

/* If the file system cannot do this, the space stays allocated to the file. */
void rt_spill_file_clear_bytes(struct rt_spill_file *file, int64_t slot,
                               uint64_t offset, uint64_t n_bytes)
{
#ifdef FALLOC_FL_PUNCH_HOLE
    (void)fallocate(
        file->descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
        (off_t)((uint64_t)slot * file->slot_bytes + offset), (off_t)n_bytes);
#else
    (void)file;
    (void)slot;
    (void)offset;
    (void)n_bytes;
#endif
}

static enum rt_status failed(const struct rt_spill_file *file, const char *what,
                             int reason, struct rt_error *err)
{
    return rt_error_set(err, RT_ERR_IO,
                        "the temporary file in '%s' (RETILE_SPILL_DIR) cannot "
                        "be %s: %s",
                        file->folder, what, strerror(reason));
}

enum rt_status rt_spill_file_write(struct rt_spill_file *file, int64_t slot,
                                   uint64_t offset, const void *bytes,
                                   uint64_t n_bytes, uint64_t *sum,
                                   struct rt_error *err)
{
    const unsigned char *at = bytes;
    uint64_t where = (uint64_t)slot * file->slot_bytes + offset;
    uint64_t left = n_bytes;

    if (offset > file->slot_bytes || n_bytes > file->slot_bytes - offset)
        return rt_error_set(err, RT_ERR_INTERNAL,
                            "a write beyond a slot of the temporary file");
    *sum = rt_checksum(bytes, n_bytes);
    while (left > 0) {
        const ssize_t n =
            pwrite(file->descriptor, at, (size_t)left, (off_t)where);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return failed(file, "written", n < 0 ? errno : ENOSPC, err);
        at += n;
        where += (uint64_t)n;
        left -= (uint64_t)n;
    }
    pthread_mutex_lock(&file->lock.mutex);
    file->written_bytes += n_bytes;
    pthread_mutex_unlock(&file->lock.mutex);
    return RT_OK;
}

enum rt_status rt_spill_file_read(struct rt_spill_file *file, int64_t slot,
                                  uint64_t offset, void *bytes,
                                  uint64_t n_bytes, uint64_t sum,
                                  struct rt_error *err)
{
    unsigned char *at = bytes;
    uint64_t where = (uint64_t)slot * file->slot_bytes + offset;
    uint64_t left = n_bytes;

    while (left > 0) {
        const ssize_t n =
            pread(file->descriptor, at, (size_t)left, (off_t)where);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return failed(file, "read", n < 0 ? errno : EIO, err);
        at += n;
        where += (uint64_t)n;
        left -= (uint64_t)n;
    }
    if (rt_checksum(bytes, n_bytes) != sum)
        return rt_error_set(err, RT_ERR_IO, "the temporary file is damaged");
    return RT_OK;
}

uint64_t rt_spill_file_written(struct rt_spill_file *file)
{
    uint64_t bytes;

    pthread_mutex_lock(&file->lock.mutex);
    bytes = file->written_bytes;
    pthread_mutex_unlock(&file->lock.mutex);
    return bytes;
}
