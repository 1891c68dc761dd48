/* commit.c - renames an output's files into place; see files.h.
 *
 * One rename is atomic, several are not. In between, another program may look,
 * or the process may be killed. The order is such that an image and the files
 * that belong to it (mask, overviews, metadata) are never from different
 * copies:
 *
 * - If there was no image: the other files come first, the image last. Without
 *   the image there is no dataset; with it all of the dataset is there.
 * - If there is an older image: it gets a second link in our folder. Its files
 *   that are replaced or stale are moved there. One rename replaces the image.
 *   The new other files come last. In between, a program sees an image without
 *   its other files, either the older or the new one. If neither the older nor
 *   the new image has other files, this is one rename.
 * - If there is a file in /vsimem/ that is not a raster: the image comes last
 *   and is copied into it. Its user may have it open and wait for the
 *   contents, since GDAL writes there too.
 *
 * Every rename is recorded, and undone in reverse order if a later step fails,
 * or if the caller cannot open what is in place (on_placed).
 * If the process is killed, the next output that finds its folder undoes or
 * completes the commit (folder.c).
 *
 * All data is on disk before the first rename, and the folder after the last.
 * Commits into one folder wait for each other, so that files of two copies
 * never mix.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "gdal.h"
#include "io/dataset/gdal_errors.h"
#include "io/output/internal.h"
#include "io/output/memory_turn.h"

#define NOT_OPEN (-1)

struct commit {
    const struct rt_output *output;
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

/* Renaming one of two links of a file to the other does nothing, so the link is
 * removed. */
static void take_back_one(const char *from, const char *to)
{
    struct stat here, there;

    (void)VSIRename(to, from);
    if (stat(to, &there) == 0 && stat(from, &here) == 0 &&
        here.st_dev == there.st_dev && here.st_ino == there.st_ino)
        (void)unlink(to);
}

static void take_back(struct commit *commit)
{
    for (int i = CSLCount((CSLConstList)commit->renamed) - 2; i >= 0; i -= 2)
        take_back_one(commit->renamed[i], commit->renamed[i + 1]);
}

/* Not an error if another copy has just moved the file away. */
static enum rt_status move_aside(struct commit *commit, const char *path,
                                 struct rt_error *err)
{
    char *aside = rt_output_join(commit->output->older,
                                 strcmp(path, commit->output->real) == 0
                                     ? commit->output->name
                                     : CPLGetFilename(path));
    enum rt_status status = RT_OK;

    errno = 0;
    if (VSIRename(path, aside) == 0)
        note(commit, path, aside);
    else if (errno != ENOENT)
        status = rt_output_error("replace", path, err);
    CPLFree(aside);
    return status;
}

/* Makes a second link, so that the name always has a file. If the file system
 * has no links, moves the file itself. */
static enum rt_status keep_older_image(struct commit *commit,
                                       struct rt_error *err)
{
    const struct rt_output *output = commit->output;
    char *aside;
    bool linked;

    if (output->place != RT_OUTPUT_LOCAL)
        return move_aside(commit, output->real, err);
    aside = rt_output_join(output->older, output->name);
    linked = link(output->real, aside) == 0;
    if (linked)
        note(commit, output->real, aside);
    CPLFree(aside);
    return linked ? RT_OK : move_aside(commit, output->real, err);
}

/* keep: make a second link, if the file system has links. If the commit is
 * interrupted, the link shows that the file belongs to it. */
static enum rt_status put_in_place(struct commit *commit, const char *name,
                                   bool keep, struct rt_error *err)
{
    char *from = rt_output_join(commit->output->folder, name);
    char *to = rt_output_place_of(commit->output, name);
    enum rt_status status = RT_OK;

    errno = 0;
    if ((keep && commit->output->place == RT_OUTPUT_LOCAL &&
         link(from, to) == 0) ||
        VSIRename(from, to) == 0)
        note(commit, from, to);
    else
        status = rt_output_error("write", to, err);
    CPLFree(from);
    CPLFree(to);
    return status;
}

static bool keeps_file(const struct rt_output *output)
{
    return output->place == RT_OUTPUT_MEMORY && exists(output->real) &&
           GDALIdentifyDriver(output->real, NULL) == NULL;
}

/* Allocates all memory before the first byte of the older contents is
 * overwritten. */
static enum rt_status write_into(const char *from, const char *to,
                                 struct rt_error *err)
{
    vsi_l_offset n_bytes = 0;
    const GByte *bytes = VSIGetMemFileBuffer(from, &n_bytes, FALSE);
    VSILFILE *file = VSIFOpenL(to, "rb+");
    bool written;

    errno = 0;
    if (file == NULL)
        return rt_output_error("write", to, err);
    written = VSIFTruncateL(file, n_bytes) == 0 &&
              VSIFWriteL(bytes, 1, (size_t)n_bytes, file) == n_bytes;
    (void)VSIFCloseL(file);
    return written ? RT_OK : rt_output_error("write", to, err);
}

static enum rt_status write_into_place(const struct rt_output *output,
                                       struct rt_error *err)
{
    struct rt_gdal_errors errors;
    enum rt_status status;

    rt_gdal_errors_begin(&errors);
    status = write_into(output->path, output->real, err);
    rt_gdal_errors_end(&errors);
    if (status != RT_OK && errors.count > 0)
        return rt_error_set(err, RT_ERR_IO, "cannot write '%s': %s",
                            output->target, errors.told);
    return status;
}

static enum rt_status put_all_in_place(struct commit *commit,
                                       CSLConstList names, bool keep,
                                       struct rt_error *err)
{
    enum rt_status status = RT_OK;

    for (int i = 0; status == RT_OK && names != NULL && names[i] != NULL; i++)
        status = put_in_place(commit, names[i], keep, err);
    return status;
}

/* Moves away the older files that new ones replace, and the stale ones, but not
 * the image under any of its names. */
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

/* Marks the new image for the output that may find an interrupted commit.
 * Without links there is no mark. */
static void mark_image(const struct rt_output *output)
{
    char *mark;

    if (output->place != RT_OUTPUT_LOCAL)
        return;
    mark = rt_output_join(output->own, "image");
    if (link(output->path, mark) != 0)
        CPLDebug("RETILE", "'%s' has no mark: %s", output->path,
                 strerror(errno));
    CPLFree(mark);
}

static enum rt_status move_all(struct commit *commit, CSLConstList beside,
                               CSLConstList stale, struct rt_error *err)
{
    const struct rt_output *output = commit->output;
    const bool kept = keeps_file(output);
    const bool older = !kept && exists(output->real);
    enum rt_status status = RT_OK;

    mark_image(output);
    if (older)
        status = keep_older_image(commit, err);
    if (status == RT_OK)
        status = clear(commit, beside, stale, err);
    if (status == RT_OK && !older)
        status = put_all_in_place(commit, beside, true, err);
    if (status == RT_OK)
        status = kept ? write_into_place(output, err)
                      : put_in_place(commit, output->name, false, err);
    if (status == RT_OK && older)
        status = put_all_in_place(commit, beside, false, err);
    return status;
}

/* Syncs a file to disk, with the permissions of the file that it replaces. */
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

/* Some file systems cannot sync a folder, and need not. */
static enum rt_status sync_folder(int folder, const char *path,
                                  struct rt_error *err)
{
    if (fsync(folder) != 0 && errno != EINVAL && errno != EROFS)
        return rt_output_error("write folder", path, err);
    return RT_OK;
}

int rt_output_lock_folder(const char *path)
{
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    while (folder != NOT_OPEN && flock(folder, LOCK_EX) != 0 && errno == EINTR)
        ;
    return folder;
}

/* Syncs the image's folder, and that of a link to the image if it is another
 * one. */
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
    output->locked_folder = rt_output_lock_folder(path);
    if (output->locked_folder == NOT_OPEN)
        status = rt_output_error("open folder", path, err);
    CPLFree(path);
    return status;
}

enum rt_status rt_output_begin_turn(struct rt_output *output,
                                    CSLConstList beside, struct rt_error *err)
{
    enum rt_status status;

    if (output->place == RT_OUTPUT_LOCAL)
        status = begin_local_turn(output, beside, err);
    else
        status = rt_memory_turn_begin(err);
    output->locked = status == RT_OK;
    return status;
}

/* A child forked in the meantime has the folder open too, so closing it would
 * not unlock it. */
void rt_output_end_turn(struct rt_output *output)
{
    if (!output->locked)
        return;
    output->locked = false;
    if (output->place != RT_OUTPUT_LOCAL) {
        rt_memory_turn_end();
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

    status = move_all(&commit, beside, stale, err);
    if (status == RT_OK && output->place == RT_OUTPUT_LOCAL)
        status = sync_renamed(output, err);
    if (status == RT_OK)
        status = rt_output_check_placed(output, err);
    if (status != RT_OK)
        take_back(&commit);
    CSLDestroy(commit.renamed);
    return status;
}
