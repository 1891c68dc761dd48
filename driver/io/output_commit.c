/* output_commit.c - renames an output's files into place; see output_files.h.
 *
 * One rename is atomic, several are not. In between, somebody may look, or
 * the process may be killed. The order is chosen so that an image and a file
 * beside it (mask, overviews, metadata) that come from different copies are
 * never under the target's name together:
 *
 * - Nothing was there: files beside first, the image last. Without the image
 *   there is no dataset, and with it there is all of it.
 * - An older image is there: its files beside, replaced or stale, are moved
 *   into our folder; the image is replaced by one rename; the new files beside
 *   come last. Who looks in between sees an image without what is beside it,
 *   the older or the new one. An older image with nothing beside it and a new
 *   one likewise are one rename.
 *
 * Every rename is noted and taken back, last first, where a later step fails.
 * The older image has a second link in our folder until all is done.
 *
 * All data is on disk before the first rename, and the folder after the last.
 * Commits into one folder take turns, so that files of two never mix.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "io/output_internal.h"

#define NOT_OPEN (-1)

/* Whose turn it is among commits to /vsimem/, which has no locks. */
static pthread_mutex_t memory_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t memory_changed = PTHREAD_COND_INITIALIZER;
static bool memory_taken; /* guarded by memory_lock */

struct commit {
    const struct rt_output *output;
    char *aside;    /* a folder in ours, for older files; owned */
    int n_aside;    /* files in it */
    char **renamed; /* from, to, from, to, ...; owned */
};

static bool exists(const char *path)
{
    VSIStatBufL status;

    return VSIStatExL(path, &status, VSI_STAT_EXISTS_FLAG) == 0;
}

static void note(struct commit *commit, const char *from, const char *to)
{
    commit->renamed = CSLAddString(commit->renamed, from);
    commit->renamed = CSLAddString(commit->renamed, to);
}

static void take_back(struct commit *commit)
{
    for (int i = CSLCount((CSLConstList)commit->renamed) - 2; i >= 0; i -= 2)
        (void)VSIRename(commit->renamed[i + 1], commit->renamed[i]);
}

/* A name in the folder for older files, which is made at need. NULL with an
 * error. CPLFree. */
static char *name_aside(struct commit *commit, struct rt_error *err)
{
    char name[16];

    errno = 0;
    if (commit->n_aside == 0 && VSIMkdir(commit->aside, 0700) != 0) {
        (void)rt_output_error("make folder", commit->aside, err);
        return NULL;
    }
    (void)snprintf(name, sizeof(name), "%d", commit->n_aside++);
    return rt_output_join(commit->aside, name);
}

/* No error where another copy has just taken it away. */
static enum rt_status move_aside(struct commit *commit, const char *path,
                                 struct rt_error *err)
{
    char *aside = name_aside(commit, err);
    enum rt_status status = RT_OK;

    if (aside == NULL)
        return RT_ERR_IO;
    errno = 0;
    if (VSIRename(path, aside) == 0)
        note(commit, path, aside);
    else if (errno != ENOENT)
        status = rt_output_error("replace", path, err);
    CPLFree(aside);
    return status;
}

/* A second link, so that the name is never without a file; where the file
 * system has none, the file itself. */
static enum rt_status keep_older_image(struct commit *commit,
                                       struct rt_error *err)
{
    const struct rt_output *output = commit->output;
    char *aside;
    bool linked;

    if (output->place != RT_OUTPUT_LOCAL)
        return move_aside(commit, output->real, err);
    aside = name_aside(commit, err);
    if (aside == NULL)
        return RT_ERR_IO;
    linked = link(output->real, aside) == 0;
    if (linked)
        note(commit, output->real, aside);
    CPLFree(aside);
    return linked ? RT_OK : move_aside(commit, output->real, err);
}

static enum rt_status put_in_place(struct commit *commit, const char *name,
                                   struct rt_error *err)
{
    char *from = rt_output_join(commit->output->folder, name);
    char *to = rt_output_place_of(commit->output, name);
    enum rt_status status = RT_OK;

    errno = 0;
    if (VSIRename(from, to) == 0)
        note(commit, from, to);
    else
        status = rt_output_error("write", to, err);
    CPLFree(from);
    CPLFree(to);
    return status;
}

static enum rt_status put_all_in_place(struct commit *commit,
                                       CSLConstList names, struct rt_error *err)
{
    enum rt_status status = RT_OK;

    for (int i = 0; status == RT_OK && names != NULL && names[i] != NULL; i++)
        status = put_in_place(commit, names[i], err);
    return status;
}

/* The older files that new ones replace, and the stale ones. The image is not
 * among them, by whichever name. */
static enum rt_status clear(struct commit *commit, CSLConstList beside,
                            CSLConstList stale, struct rt_error *err)
{
    const struct rt_output *output = commit->output;
    enum rt_status status = RT_OK;

    for (int i = 0; status == RT_OK && beside != NULL && beside[i] != NULL;
         i++) {
        char *path = rt_output_place_of(output, beside[i]);

        if (exists(path))
            status = move_aside(commit, path, err);
        CPLFree(path);
    }
    for (int i = 0; status == RT_OK && stale != NULL && stale[i] != NULL; i++)
        if (strcmp(CPLGetFilename(stale[i]), output->name) != 0 &&
            strcmp(stale[i], output->real) != 0 && exists(stale[i]))
            status = move_aside(commit, stale[i], err);
    return status;
}

static enum rt_status move_all(struct commit *commit, CSLConstList beside,
                               CSLConstList stale, struct rt_error *err)
{
    const bool older = exists(commit->output->real);
    enum rt_status status = clear(commit, beside, stale, err);

    if (status == RT_OK && older)
        status = keep_older_image(commit, err);
    else if (status == RT_OK)
        status = put_all_in_place(commit, beside, err);
    if (status == RT_OK)
        status = put_in_place(commit, commit->output->name, err);
    if (status == RT_OK && older)
        status = put_all_in_place(commit, beside, err);
    return status;
}

/* Puts a file on disk, with the permissions of the one that it replaces. */
static enum rt_status sync_file(const struct rt_output *output,
                                const char *name, struct rt_error *err)
{
    char *path = rt_output_join(output->folder, name);
    char *place = rt_output_place_of(output, name);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    enum rt_status status = RT_OK;
    struct stat older;

    if (file == NOT_OPEN)
        status = rt_output_error("open", path, err);
    else if (stat(place, &older) == 0 &&
             fchmod(file, older.st_mode & 0777) != 0)
        status = rt_output_error("set the permissions of", path, err);
    else if (fsync(file) != 0)
        status = rt_output_error("write", path, err);
    if (file != NOT_OPEN && close(file) != 0 && status == RT_OK)
        status = rt_output_error("write", path, err);
    CPLFree(path);
    CPLFree(place);
    return status;
}

static enum rt_status sync_files(const struct rt_output *output,
                                 CSLConstList beside, struct rt_error *err)
{
    enum rt_status status = sync_file(output, output->name, err);

    for (int i = 0; status == RT_OK && beside != NULL && beside[i] != NULL; i++)
        status = sync_file(output, beside[i], err);
    return status;
}

/* Some file systems can't sync a folder, and need not. */
static enum rt_status sync_folder(int folder, const char *path,
                                  struct rt_error *err)
{
    if (fsync(folder) != 0 && errno != EINVAL && errno != EROFS)
        return rt_output_error("write folder", path, err);
    return RT_OK;
}

/* Locked against other commits where the file system can. NOT_OPEN with an
 * error. */
static int lock_folder(const char *path, struct rt_error *err)
{
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder == NOT_OPEN)
        (void)rt_output_error("open folder", path, err);
    while (folder != NOT_OPEN && flock(folder, LOCK_EX) != 0 && errno == EINTR)
        ;
    return folder;
}

/* The image's folder, and that of a link to it where it is another one. */
static enum rt_status sync_folders(const struct rt_output *output, int folder,
                                   const char *path, struct rt_error *err)
{
    enum rt_status status = sync_folder(folder, path, err);
    int other;

    if (status != RT_OK || strcmp(output->beside, path) == 0)
        return status;
    other = open(output->beside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (other == NOT_OPEN)
        return rt_output_error("open folder", output->beside, err);
    status = sync_folder(other, output->beside, err);
    (void)close(other);
    return status;
}

static enum rt_status begin_local_turn(struct rt_output *output,
                                       CSLConstList beside,
                                       struct rt_error *err)
{
    enum rt_status status = sync_files(output, beside, err);
    char *path;

    if (status != RT_OK)
        return status;
    path = CPLStrdup(CPLGetDirname(output->real));
    output->locked_folder = lock_folder(path, err);
    CPLFree(path);
    return output->locked_folder == NOT_OPEN ? RT_ERR_IO : RT_OK;
}

static void begin_memory_turn(void)
{
    pthread_mutex_lock(&memory_lock);
    while (memory_taken)
        pthread_cond_wait(&memory_changed, &memory_lock);
    memory_taken = true;
    pthread_mutex_unlock(&memory_lock);
}

static void end_memory_turn(void)
{
    pthread_mutex_lock(&memory_lock);
    memory_taken = false;
    pthread_cond_signal(&memory_changed);
    pthread_mutex_unlock(&memory_lock);
}

enum rt_status rt_output_begin_turn(struct rt_output *output,
                                    CSLConstList beside, struct rt_error *err)
{
    enum rt_status status = RT_OK;

    if (output->place == RT_OUTPUT_LOCAL)
        status = begin_local_turn(output, beside, err);
    else
        begin_memory_turn();
    output->locked = status == RT_OK;
    return status;
}

/* A child that was forked meanwhile has the folder open as well, so that to
 * close it would not unlock it. */
void rt_output_end_turn(struct rt_output *output)
{
    if (!output->locked)
        return;
    output->locked = false;
    if (output->place != RT_OUTPUT_LOCAL) {
        end_memory_turn();
        return;
    }
    (void)flock(output->locked_folder, LOCK_UN);
    (void)close(output->locked_folder);
}

static enum rt_status sync_renamed(const struct rt_output *output,
                                   struct rt_error *err)
{
    char *path = CPLStrdup(CPLGetDirname(output->real));
    const enum rt_status status =
        sync_folders(output, output->locked_folder, path, err);

    CPLFree(path);
    return status;
}

enum rt_status rt_output_rename(const struct rt_output *output,
                                CSLConstList beside, CSLConstList stale,
                                struct rt_error *err)
{
    struct commit commit = {.output = output};
    enum rt_status status;

    commit.aside = rt_output_join(output->folder, ".older");
    status = move_all(&commit, beside, stale, err);
    if (status == RT_OK && output->place == RT_OUTPUT_LOCAL)
        status = sync_renamed(output, err);
    if (status != RT_OK)
        take_back(&commit);
    CSLDestroy(commit.renamed);
    CPLFree(commit.aside);
    return status;
}
