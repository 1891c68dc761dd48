/* disk.c - see disk.h.
 *
 * A list of files, one for each slot size; it only grows. Invariants, under the
 * lock: used_bytes is what this disk has taken of the budget, and a file that
 * is not stale was created by this process.
 */
#include "core/spill/disk.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fork_lock.h"
#include "core/base/pages.h"
#include "core/spill/file.h"

struct size_class {
    /* Fixed after create. */
    uint64_t slot_bytes;
    struct size_class *next;
    /* Guarded by the disk's lock. */
    struct rt_spill_file *file;
    bool stale;
};

struct rt_spill_disk {
    /* Fixed after create. */
    char *folder;
    struct rt_budget *budget; /* borrowed */
    struct rt_fork_lock lock;
    /* Guarded by lock. */
    struct size_class *classes;
    uint64_t used_bytes;
};

struct rt_spill_disk *rt_spill_disk_create(const char *folder,
                                           struct rt_budget *budget)
{
    struct rt_spill_disk *disk = calloc(1, sizeof(*disk));

    if (disk == NULL)
        return NULL;
    disk->budget = budget;
    disk->folder = strdup(folder);
    if (disk->folder == NULL ||
        !rt_fork_lock_init(&disk->lock, RT_RANK_SPILL)) {
        free(disk->folder);
        free(disk);
        return NULL;
    }
    return disk;
}

void rt_spill_disk_destroy(struct rt_spill_disk *disk)
{
    if (disk == NULL)
        return;
    while (disk->classes != NULL) {
        struct size_class *next = disk->classes->next;

        rt_spill_file_destroy(disk->classes->file);
        free(disk->classes);
        disk->classes = next;
    }
    rt_budget_release(disk->budget, disk->used_bytes);
    rt_fork_lock_destroy(&disk->lock);
    free(disk->folder);
    free(disk);
}

bool rt_spill_disk_has_room(const struct rt_spill_disk *disk, uint64_t bytes)
{
    const uint64_t limit = rt_budget_limit(disk->budget);
    const uint64_t used = rt_budget_used(disk->budget);

    return used <= limit && bytes <= limit - used;
}

/* The smallest slot is a page, because file systems free space by whole
 * pages. */
uint64_t rt_spill_disk_slot_bytes(uint64_t bytes)
{
    const uint64_t least = rt_page_bytes();
    uint64_t eighth = least / 8;

    if (bytes <= least)
        return least;
    while (bytes / eighth >= 16)
        eighth *= 2;
    if (bytes > UINT64_MAX - eighth)
        return UINT64_MAX;
    return (bytes + eighth - 1) / eighth * eighth;
}

static struct size_class *find_class_locked(struct rt_spill_disk *disk,
                                            uint64_t slot_bytes)
{
    struct size_class *found = disk->classes;

    while (found != NULL && found->slot_bytes != slot_bytes)
        found = found->next;
    return found;
}

static struct size_class *make_class_locked(struct rt_spill_disk *disk,
                                            uint64_t slot_bytes)
{
    struct size_class *made = find_class_locked(disk, slot_bytes);

    if (made != NULL)
        return made;
    made = calloc(1, sizeof(*made));
    if (made != NULL) {
        made->slot_bytes = slot_bytes;
        made->next = disk->classes;
        disk->classes = made;
    }
    return made;
}

/* Returns the file for slot_bytes, or NULL. *stale receives a file to
 * destroy. */
static struct rt_spill_file *look_up(struct rt_spill_disk *disk,
                                     uint64_t slot_bytes,
                                     struct rt_spill_file **stale)
{
    struct rt_spill_file *file = NULL;
    struct size_class *found;

    *stale = NULL;
    pthread_mutex_lock(&disk->lock.mutex);
    found = find_class_locked(disk, slot_bytes);
    if (found != NULL && found->stale) {
        *stale = found->file;
        found->file = NULL;
        found->stale = false;
    }
    if (found != NULL)
        file = found->file;
    pthread_mutex_unlock(&disk->lock.mutex);
    return file;
}

/* Creates the file for slot_bytes. If two threads do so, the first file
 * stays. */
static enum rt_status make_file(struct rt_spill_disk *disk, uint64_t slot_bytes,
                                struct rt_spill_file **file,
                                struct rt_error *err)
{
    struct rt_spill_file *made, *extra = NULL;
    struct size_class *its_class;
    enum rt_status status =
        rt_spill_file_create(disk->folder, slot_bytes, UINT64_MAX, &made, err);

    if (status != RT_OK)
        return status;
    pthread_mutex_lock(&disk->lock.mutex);
    its_class = make_class_locked(disk, slot_bytes);
    if (its_class == NULL || its_class->file != NULL)
        extra = made;
    else
        its_class->file = made;
    *file = its_class != NULL ? its_class->file : NULL;
    pthread_mutex_unlock(&disk->lock.mutex);
    rt_spill_file_destroy(extra);
    return *file != NULL ? RT_OK
                         : rt_error_set(err, RT_ERR_MEMORY, "out of memory");
}

static enum rt_status file_of(struct rt_spill_disk *disk, uint64_t slot_bytes,
                              struct rt_spill_file **file, struct rt_error *err)
{
    struct rt_spill_file *stale;

    *file = look_up(disk, slot_bytes, &stale);
    rt_spill_file_destroy(stale);
    return *file != NULL ? RT_OK : make_file(disk, slot_bytes, file, err);
}

static bool take_room(struct rt_spill_disk *disk, uint64_t slot_bytes)
{
    bool taken;

    pthread_mutex_lock(&disk->lock.mutex);
    taken = rt_budget_reserve(disk->budget, slot_bytes);
    if (taken)
        disk->used_bytes += slot_bytes;
    pthread_mutex_unlock(&disk->lock.mutex);
    return taken;
}

static void give_room_back(struct rt_spill_disk *disk, uint64_t slot_bytes)
{
    pthread_mutex_lock(&disk->lock.mutex);
    disk->used_bytes -= slot_bytes;
    rt_budget_release(disk->budget, slot_bytes);
    pthread_mutex_unlock(&disk->lock.mutex);
}

enum rt_status rt_spill_disk_write(struct rt_spill_disk *disk,
                                   const void *pixels, uint64_t bytes,
                                   struct rt_spill_place *place,
                                   struct rt_error *err)
{
    const uint64_t slot_bytes = rt_spill_disk_slot_bytes(bytes);
    struct rt_spill_file *file;
    int64_t slot;
    enum rt_status status;

    if (!take_room(disk, slot_bytes))
        return rt_error_set(err, RT_ERR_RANGE,
                            "RETILE_SPILL_MAX leaves no room");
    status = file_of(disk, slot_bytes, &file, err);
    if (status != RT_OK)
        goto give_room;
    status = rt_spill_file_take(file, &slot, err);
    if (status != RT_OK)
        goto give_room;
    status =
        rt_spill_file_write(file, slot, 0, pixels, bytes, &place->sum, err);
    if (status != RT_OK)
        goto give_slot;
    place->slot_bytes = slot_bytes;
    place->slot = slot;
    return RT_OK;

give_slot:
    rt_spill_file_clear(file, slot);
    rt_spill_file_give_back(file, slot);
give_room:
    give_room_back(disk, slot_bytes);
    return status;
}

enum rt_status rt_spill_disk_read(struct rt_spill_disk *disk,
                                  const struct rt_spill_place *place,
                                  void *pixels, uint64_t bytes,
                                  struct rt_error *err)
{
    struct rt_spill_file *stale;
    struct rt_spill_file *file = look_up(disk, place->slot_bytes, &stale);

    rt_spill_file_destroy(stale);
    if (file == NULL)
        return rt_error_set(err, RT_ERR_IO, "the temporary file is gone");
    return rt_spill_file_read(file, place->slot, 0, pixels, bytes, place->sum,
                              err);
}

void rt_spill_disk_forget(struct rt_spill_disk *disk,
                          struct rt_spill_place *place)
{
    struct rt_spill_file *file, *stale;

    if (place->slot_bytes == 0)
        return;
    file = look_up(disk, place->slot_bytes, &stale);
    rt_spill_file_destroy(stale);
    if (file != NULL) {
        rt_spill_file_clear(file, place->slot);
        rt_spill_file_give_back(file, place->slot);
    }
    give_room_back(disk, place->slot_bytes);
    place->slot_bytes = 0;
}

void rt_spill_disk_start_child(struct rt_spill_disk *disk)
{
    pthread_mutex_lock(&disk->lock.mutex);
    for (struct size_class *at = disk->classes; at != NULL; at = at->next)
        at->stale = at->file != NULL;
    rt_budget_release(disk->budget, disk->used_bytes);
    disk->used_bytes = 0;
    pthread_mutex_unlock(&disk->lock.mutex);
}
