/* folder.c - the folder in which an output waits for its commit; see files.h.
 *
 *   .<name>.retile-1/   next to the target; 1 or the next free number
 *     lock              locked while its process is alive
 *     beside            a link to the target's folder, which is only read
 *     files/            the files being written
 *     older/            during a commit: the files that were there before
 *     image             during a commit: a second link to the new image
 *
 * If an output finds such a folder and its lock is free, the folder's process
 * was killed. The output then repairs an interrupted commit and removes the
 * folder. Such a folder must not be confused with one that is just being made
 * or removed:
 *
 * - lock is made right after the folder, before everything else. A folder
 *   without a lock is removed only if it is empty. Its maker then notices that
 *   it is gone, and makes another one.
 * - lock is removed only by a process that holds it. If a maker locks a file
 *   that has been removed, it makes another folder.
 *
 * An interrupted commit is undone if the new image is not in place yet, and
 * completed if it is. Either is done only if the image is the one that the
 * commit left there, since another copy may have replaced it.
 *
 * Only files that an output makes are ever removed, name by name. A folder with
 * other files in it is kept, and so is a folder of another user.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "io/output/internal.h"

#define NOT_OPEN (-1)
/* The folder's name is a few characters longer and must fit as well. */
#define NAME_IN_FOLDER_BYTES 200
/* Leftovers of this many killed copies to one name are found. */
#define LOOKED_AT 8
#define MAX_TRIES 10000

/* An open folder that a process left. */
struct left {
    const struct rt_output *output; /* the output that found it */
    int folder, lock;
};

static void close_if_open(int file)
{
    if (file != NOT_OPEN)
        (void)close(file);
}

static char *folder_name(const struct rt_output *output, const char *parent,
                         int number)
{
    char name[NAME_IN_FOLDER_BYTES + 30];

    (void)snprintf(name, sizeof(name), ".%.*s.retile-%d", NAME_IN_FOLDER_BYTES,
                   output->name, number);
    return rt_output_join(parent, name);
}

/* Names of the files in one of our folders; freed with CSLDestroy. */
static char **names_in(int folder, const char *name)
{
    const int inner =
        openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *all = inner != NOT_OPEN ? fdopendir(inner) : NULL;
    const struct dirent *entry;
    char **names = NULL;

    if (all == NULL) {
        close_if_open(inner);
        return NULL;
    }
    while ((entry = readdir(all)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            names = CSLAddString(names, entry->d_name);
    (void)closedir(all);
    return names;
}

static void remove_inner(int folder, const char *name)
{
    char **names = names_in(folder, name);

    for (int i = 0; names != NULL && names[i] != NULL; i++) {
        char *path = rt_output_join(name, names[i]);

        (void)unlinkat(folder, path, 0);
        CPLFree(path);
    }
    CSLDestroy(names);
    (void)unlinkat(folder, name, AT_REMOVEDIR);
}

/* The lock goes last: a folder without one is taken for one that is being
 * made. */
static void remove_contents(int folder)
{
    remove_inner(folder, "files");
    remove_inner(folder, "older");
    (void)unlinkat(folder, "image", 0);
    (void)unlinkat(folder, "beside", 0);
    (void)unlinkat(folder, "lock", 0);
}

static bool is_there(int folder, const char *path, struct stat *status)
{
    return fstatat(folder, path, status, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool is_image(const struct left *left, const char *path)
{
    struct stat ours, there;

    return is_there(left->folder, path, &ours) &&
           stat(left->output->real, &there) == 0 &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

/* Moves the files in files/ or older/ to their places, unless a file is
 * there. */
static void put_where_none_is(const struct left *left, const char *inner)
{
    char **names = names_in(left->folder, inner);

    for (int i = 0; names != NULL && names[i] != NULL; i++) {
        char *from = rt_output_join(inner, names[i]);
        char *to = rt_output_place_of(left->output, names[i]);
        struct stat status;

        if (lstat(to, &status) != 0 && errno == ENOENT)
            (void)renameat(left->folder, from, AT_FDCWD, to);
        CPLFree(from);
        CPLFree(to);
    }
    CSLDestroy(names);
}

/* Whether the folder's output had the same target, reached by the same
 * links. */
static bool had_this_target(const struct left *left)
{
    char beside[PATH_MAX];
    const ssize_t n =
        readlinkat(left->folder, "beside", beside, sizeof(beside) - 1);

    if (n <= 0)
        return false;
    beside[n] = '\0';
    return strcmp(beside, left->output->beside) == 0;
}

/* Whether an interrupted commit has to be undone. The link to the older image
 * is the first thing that a commit makes. */
static bool image_is_older(const struct left *left)
{
    char *image = rt_output_join("files", left->output->name);
    char *older = rt_output_join("older", left->output->name);
    struct stat status;
    const bool is_older =
        is_there(left->folder, image, &status) &&
        is_there(left->folder, older, &status) &&
        (is_image(left, older) || stat(left->output->real, &status) != 0);

    CPLFree(image);
    CPLFree(older);
    return is_older;
}

/* Removes the files of an image that was never put in place, if there was no
 * image before. */
static void remove_without_image(const struct left *left)
{
    char **names = names_in(left->folder, "files");
    struct stat ours, there;

    for (int i = 0; names != NULL && names[i] != NULL; i++) {
        char *path = rt_output_join("files", names[i]);
        char *place = rt_output_place_of(left->output, names[i]);

        if (is_there(left->folder, path, &ours) && lstat(place, &there) == 0 &&
            ours.st_dev == there.st_dev && ours.st_ino == there.st_ino)
            (void)unlink(place);
        CPLFree(path);
        CPLFree(place);
    }
    CSLDestroy(names);
}

/* Repairs an interrupted commit; false if it is unclear how. */
static bool repair(const struct left *left)
{
    const bool is_new = is_image(left, "image");
    const bool is_older = !is_new && image_is_older(left);
    struct stat status;
    const bool is_none = !is_new && !is_older &&
                         is_there(left->folder, "image", &status) &&
                         stat(left->output->real, &status) != 0;

    if (!is_new && !is_older && !is_none)
        return true;
    if (!had_this_target(left))
        return false;
    if (is_none)
        remove_without_image(left);
    else
        put_where_none_is(left, is_new ? "files" : "older");
    return true;
}

static void remove_dead(const struct left *left, const char *path,
                        const char *parent)
{
    const int turn = rt_output_lock_folder(parent);
    struct stat ours, there;

    if (fstat(left->folder, &ours) == 0 && lstat(path, &there) == 0 &&
        ours.st_ino == there.st_ino && repair(left)) {
        remove_contents(left->folder);
        (void)rmdir(path);
    }
    if (turn != NOT_OPEN) {
        (void)flock(turn, LOCK_UN);
        (void)close(turn);
    }
}

/* Removes a folder whose process is dead. Returns whether no folder is at path
 * now. On file systems without locks no process counts as dead. */
static bool is_free(const struct rt_output *output, const char *path,
                    const char *parent)
{
    struct left left = {output, NOT_OPEN, NOT_OPEN};
    struct stat status;

    if (lstat(path, &status) != 0)
        return true; /* for other errors mkdir reports the reason */
    left.folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (left.folder != NOT_OPEN && fstat(left.folder, &status) == 0 &&
        status.st_uid == geteuid()) {
        left.lock =
            openat(left.folder, "lock", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
        if (left.lock == NOT_OPEN && errno == ENOENT)
            (void)rmdir(path);
        else if (left.lock != NOT_OPEN &&
                 flock(left.lock, LOCK_EX | LOCK_NB) == 0)
            remove_dead(&left, path, parent);
    }
    close_if_open(left.lock);
    close_if_open(left.folder);
    return lstat(path, &status) != 0 && errno == ENOENT;
}

/* Makes and locks the lock. False if the folder was taken for a dead process's
 * and removed. */
static bool take_lock(struct rt_output *output)
{
    char *path = rt_output_join(output->own, "lock");
    struct stat status;

    output->lock = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    CPLFree(path);
    if (output->lock == NOT_OPEN)
        return false;
    while (flock(output->lock, LOCK_EX) != 0 && errno == EINTR)
        ;
    if (fstat(output->lock, &status) == 0 && status.st_nlink > 0)
        return true;
    (void)close(output->lock);
    output->lock = NOT_OPEN;
    errno = ENOENT;
    return false;
}

static bool make_inner(const struct rt_output *output)
{
    char *beside = rt_output_join(output->own, "beside");
    bool made;

    if (symlink(output->beside, beside) != 0) /* used by repair only */
        CPLDebug("RETILE", "'%s' cannot be made: %s", beside, strerror(errno));
    CPLFree(beside);
    made = mkdir(output->folder, 0700) == 0 && mkdir(output->older, 0700) == 0;
    return made;
}

static void name_inner(struct rt_output *output, char *own)
{
    output->own = own;
    output->folder = rt_output_join(own, "files");
    output->older = rt_output_join(own, "older");
    output->path = rt_output_join(output->folder, output->name);
}

static void forget_names(struct rt_output *output)
{
    CPLFree(output->own);
    CPLFree(output->folder);
    CPLFree(output->older);
    CPLFree(output->path);
    output->own = output->folder = output->older = output->path = NULL;
}

/* Makes the folder of that number, if possible. False with errno: ENOENT if
 * another process removed it, EEXIST if it belongs to another output. */
static bool make_local(struct rt_output *output, const char *parent, int number)
{
    int reason = EEXIST;

    name_inner(output, folder_name(output, parent, number));
    if (is_free(output, output->own, parent)) {
        if (mkdir(output->own, 0700) == 0) {
            const bool locked = take_lock(output);

            if (locked && make_inner(output))
                return true;
            reason = errno;
            /* The name may by now belong to another folder, which is not
             * empty. */
            if (locked)
                rt_output_remove_folder(output);
            else
                (void)rmdir(output->own);
        } else {
            reason = errno;
        }
    }
    forget_names(output);
    errno = reason;
    return false;
}

/* Removes dead folders with other numbers. */
static void remove_others_dead(const struct rt_output *output,
                               const char *parent)
{
    for (int number = 1; number <= LOOKED_AT; number++) {
        char *path = folder_name(output, parent, number);

        if (strcmp(path, output->own) != 0)
            (void)is_free(output, path, parent);
        CPLFree(path);
    }
}

static bool make_on_disk(struct rt_output *output, const char *parent)
{
    int number = 1;

    for (int tries = 0; tries < MAX_TRIES; tries++) {
        if (make_local(output, parent, number)) {
            remove_others_dead(output, parent);
            return true;
        }
        if (errno == EEXIST)
            number++;
        else if (errno != ENOENT || access(parent, F_OK) != 0)
            return false;
    }
    return false;
}

/* /vsimem/ belongs to the process, so there are no dead processes. */
static bool make_in_memory(struct rt_output *output, const char *parent)
{
    static atomic_int made;

    do {
        char *own =
            folder_name(output, parent, atomic_fetch_add(&made, 1) & 0xffffff);

        name_inner(output, own);
        errno = 0;
        if (VSIMkdir(own, 0700) == 0 && VSIMkdir(output->folder, 0700) == 0 &&
            VSIMkdir(output->older, 0700) == 0)
            return true;
        forget_names(output);
    } while (errno == EEXIST);
    return false;
}

enum rt_status rt_output_make_folder(struct rt_output *output,
                                     const char *parent, struct rt_error *err)
{
    const bool made = output->place == RT_OUTPUT_MEMORY
                          ? make_in_memory(output, parent)
                          : make_on_disk(output, parent);

    return made ? RT_OK : rt_output_error("write in folder", parent, err);
}

void rt_output_remove_folder(struct rt_output *output)
{
    int folder;

    if (output->own == NULL)
        return;
    if (output->place == RT_OUTPUT_MEMORY) {
        (void)VSIRmdirRecursive(output->own);
    } else {
        folder =
            open(output->own, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (folder != NOT_OPEN)
            remove_contents(folder);
        close_if_open(folder);
        (void)rmdir(output->own);
    }
    close_if_open(output->lock);
    output->lock = NOT_OPEN;
    forget_names(output);
}
