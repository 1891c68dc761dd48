/* version.c - see version.h. A check takes one stat for each file: a few
 * microseconds, little compared with a decode.
 *
 * A file in memory that was written within the last second may be written again
 * without a change of its time. Its contents are compared until it has been
 * seen unchanged in a later second.
 */
#include "io/dataset/version.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "io/dataset/file_stat.h"
#include "io/dataset/memory_hash.h"
#include "io/dataset/remote.h"

struct state {
    long long size_bytes;
    long long seconds, nanoseconds; /* of the last modification */
    unsigned long long device, inode;
    long long changed_seconds, changed_nanoseconds; /* of the inode */
};

struct file {
    /* Fixed after take. */
    char *path;
    struct state state;
    struct rt_memory_hash contents; /* if by_time is false */
    atomic_bool by_time;            /* a change of the file shows in its time */
};

struct rt_source_version {
    struct file files[RT_VERSION_FILES];
    int n_files;
};

static bool look(const char *path, struct state *state)
{
    VSIStatBufL stat;

    if (rt_file_stat(path, &stat) != 0)
        return false;
    state->size_bytes = (long long)stat.st_size;
    state->seconds = (long long)stat.st_mtim.tv_sec;
    state->nanoseconds = (long long)stat.st_mtim.tv_nsec;
    state->device = (unsigned long long)stat.st_dev;
    state->inode = (unsigned long long)stat.st_ino;
    state->changed_seconds = (long long)stat.st_ctim.tv_sec;
    state->changed_nanoseconds = (long long)stat.st_ctim.tv_nsec;
    return true;
}

/* Whether another file was renamed onto this one: it then has another inode and
 * another change time. Either alone proves nothing: some network file systems
 * give the same file new inode numbers, and a chmod changes the time. */
static bool is_other_file(const struct state *a, const struct state *b)
{
    return (a->device != b->device || a->inode != b->inode) &&
           (a->changed_seconds != b->changed_seconds ||
            a->changed_nanoseconds != b->changed_nanoseconds);
}

static bool same_state(const struct state *a, const struct state *b)
{
    return a->size_bytes == b->size_bytes && a->seconds == b->seconds &&
           a->nanoseconds == b->nanoseconds && !is_other_file(a, b);
}

/* Records the present state of a file. */
static bool note(const char *path, struct file *file)
{
    const long long now = (long long)time(NULL);

    if (!look(path, &file->state))
        return false;
    atomic_init(&file->by_time, file->state.seconds + 1 < now ||
                                    !rt_memory_hash(path, &file->contents));
    return true;
}

/* Whether the contents changed although the time did not. */
static bool contents_changed(struct file *file)
{
    const long long now = (long long)time(NULL);
    struct rt_memory_hash found;

    if (atomic_load(&file->by_time) || !rt_memory_hash(file->path, &found))
        return false;
    if (found.n_bytes != file->contents.n_bytes ||
        found.hash != file->contents.hash)
        return true;
    if (file->state.seconds + 1 < now)
        atomic_store(&file->by_time, true);
    return false;
}

static bool is_pam(const char *path)
{
    const size_t length = strlen(path);

    return length > 8 && strcmp(path + length - 8, ".aux.xml") == 0;
}

struct rt_source_version *rt_source_version_take(CSLConstList files,
                                                 const char *name)
{
    struct rt_source_version *version = calloc(1, sizeof(*version));

    if (version == NULL || rt_is_remote(name))
        return version;
    for (int i = 0; files != NULL && files[i] != NULL; i++) {
        struct file *file = &version->files[version->n_files];

        if (version->n_files == RT_VERSION_FILES)
            break;
        if (is_pam(files[i]) || rt_is_remote(files[i]) || !note(files[i], file))
            continue;
        file->path = CPLStrdup(files[i]);
        version->n_files++;
    }
    return version;
}

void rt_source_version_free(struct rt_source_version *version)
{
    if (version == NULL)
        return;
    for (int i = 0; i < version->n_files; i++)
        CPLFree(version->files[i].path);
    free(version);
}

/* The path of a file that has changed, or NULL. */
static const char *find_changed(struct rt_source_version *version)
{
    for (int i = 0; i < version->n_files; i++) {
        struct file *file = &version->files[i];
        struct state now;

        if (look(file->path, &now) &&
            (!same_state(&now, &file->state) || contents_changed(file)))
            return file->path;
    }
    return NULL;
}

enum rt_status rt_source_version_check(struct rt_source_version *version,
                                       const char *name, struct rt_error *err)
{
    const char *changed = find_changed(version);

    if (changed == NULL)
        return RT_OK;
    return rt_error_set(err, RT_ERR_SOURCE,
                        "source '%s': '%s' has changed since it was opened; "
                        "open it again",
                        name, changed);
}
