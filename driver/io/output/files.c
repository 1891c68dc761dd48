/* files.c - see files.h. commit.c and stream.c put the files into place.
 */
#include "io/output/files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "io/output/internal.h"

#define MAX_LINKS 40

static enum rt_output_place place_of(const char *target)
{
    if (strncmp(target, "/vsimem/", 8) == 0)
        return RT_OUTPUT_MEMORY;
    return strncmp(target, "/vsi", 4) == 0 ? RT_OUTPUT_STREAM : RT_OUTPUT_LOCAL;
}

/* The absolute folder of path, independent of later changes of the working
 * directory; NULL with errno. Freed with CPLFree. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char real[PATH_MAX];
    char *folder = slash == NULL ? CPLStrdup(".") : CPLStrdup(path);
    char *found;

    if (slash != NULL)
        folder[slash == path ? 1 : slash - path] = '\0';
    found = realpath(folder, real);
    CPLFree(folder);
    return found != NULL ? CPLStrdup(found) : NULL;
}

/* Follows the link at path by one step; NULL if there is none. Freed with
 * CPLFree. */
static char *next_link(const char *path)
{
    char text[PATH_MAX];
    const ssize_t n = readlink(path, text, sizeof(text) - 1);
    char *folder, *next;

    if (n <= 0)
        return NULL;
    text[n] = '\0';
    if (text[0] == '/')
        return CPLStrdup(text);
    folder = folder_of(path);
    if (folder == NULL)
        return NULL;
    next = rt_output_join(folder, text);
    CPLFree(folder);
    return next;
}

/* Follows all links of target; the file at the end need not exist. The folder
 * of the result is absolute. NULL with an error. Freed with CPLFree. */
static char *follow(const char *target, struct rt_error *err)
{
    char *path = CPLStrdup(target);
    char *next, *folder, *real;
    int links = 0;

    while ((next = next_link(path)) != NULL) {
        CPLFree(path);
        path = next;
        if (++links > MAX_LINKS) {
            errno = ELOOP;
            break;
        }
    }
    folder = links > MAX_LINKS ? NULL : folder_of(path);
    if (folder == NULL) {
        (void)rt_output_error("write", target, err);
        CPLFree(path);
        return NULL;
    }
    real = rt_output_join(folder, CPLGetFilename(path));
    CPLFree(folder);
    CPLFree(path);
    return real;
}

static enum rt_status check_kind(const struct rt_output *output,
                                 struct rt_error *err)
{
    VSIStatBufL status;

    if (VSIStatL(output->real, &status) != 0)
        return RT_OK;
    if (VSI_ISDIR(status.st_mode))
        return rt_error_set(err, RT_ERR_IO, "cannot write '%s': %s",
                            output->target, strerror(EISDIR));
    if (!VSI_ISREG(status.st_mode))
        return rt_error_set(err, RT_ERR_IO,
                            "cannot write '%s': it is not a regular file, and "
                            "can't be replaced by one",
                            output->target);
    return RT_OK;
}

/* The folder for outputs that are copied to their target. Freed with
 * CPLFree. */
static char *spill_folder(void)
{
    const char *const options[] = {"RETILE_SPILL_DIR", "CPL_TMPDIR", "TMPDIR"};
    const char *folder = "";
    char real[PATH_MAX];

    for (size_t i = 0; i < 3 && folder[0] == '\0'; i++)
        folder = CPLGetConfigOption(options[i], "");
    if (folder[0] == '\0')
        folder = "/tmp";
    return CPLStrdup(realpath(folder, real) != NULL ? real : folder);
}

/* The folder in which ours is made. Freed with CPLFree. */
static char *parent_folder(const struct rt_output *output)
{
    if (output->place == RT_OUTPUT_LOCAL)
        return CPLStrdup(CPLGetDirname(output->real));
    if (output->place == RT_OUTPUT_MEMORY)
        return CPLStrdup(CPLGetPath(output->real));
    return spill_folder();
}

static enum rt_status make_folder(struct rt_output *output,
                                  struct rt_error *err)
{
    char *parent = parent_folder(output);
    const enum rt_status status = rt_output_make_folder(output, parent, err);

    CPLFree(parent);
    return status;
}

/* For /vsigzip/, GDAL answers this question about a file whose name is the
 * whole text. */
static bool takes_bytes(const char *target)
{
    return strncmp(target, "/vsigzip/", 9) == 0 ||
           VSISupportsSequentialWrite(target, TRUE);
}

/* Checks the target's name and sets everything except our folder. */
static enum rt_status resolve(struct rt_output *output, struct rt_error *err)
{
    const char *name = CPLGetFilename(output->target);

    if (output->place == RT_OUTPUT_STREAM && name[0] == '\0')
        name = "out.tif";
    if (name[0] == '\0')
        return rt_error_set(err, RT_ERR_IO, "'%s' names no file",
                            output->target);
    output->name = CPLStrdup(name);
    if (output->place == RT_OUTPUT_STREAM) {
        output->real = CPLStrdup(output->target);
        output->beside = CPLStrdup(CPLGetPath(output->target));
        if (!takes_bytes(output->target))
            return rt_error_set(err, RT_ERR_IO,
                                "cannot write '%s': GDAL can't write there",
                                output->target);
        return RT_OK;
    }
    if (output->place == RT_OUTPUT_MEMORY) {
        output->real = CPLStrdup(output->target);
        output->beside = CPLStrdup(CPLGetPath(output->target));
        return check_kind(output, err);
    }
    output->beside = folder_of(output->target);
    if (output->beside == NULL)
        return rt_output_error("write in the folder of", output->target, err);
    output->real = follow(output->target, err);
    return output->real == NULL ? RT_ERR_IO : check_kind(output, err);
}

enum rt_status rt_output_create(const char *target, struct rt_output **output,
                                struct rt_error *err)
{
    struct rt_output *made = calloc(1, sizeof(*made));
    enum rt_status status;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    made->place = place_of(target);
    made->lock = -1;
    made->target = CPLStrdup(target);
    status = resolve(made, err);
    if (status == RT_OK)
        status = make_folder(made, err);
    if (status != RT_OK) {
        rt_output_discard(made);
        return status;
    }
    *output = made;
    return RT_OK;
}

const char *rt_output_path(const struct rt_output *output)
{
    return output->path;
}

enum rt_status rt_output_list(const struct rt_output *output, char ***beside,
                              struct rt_error *err)
{
    char **names = VSIReadDir(output->folder);
    char **others = NULL;
    bool whole = false;

    for (int i = 0; names != NULL && names[i] != NULL; i++) {
        char *path = rt_output_join(output->folder, names[i]);
        VSIStatBufL status;
        const bool is_file =
            VSIStatL(path, &status) == 0 && VSI_ISREG(status.st_mode);

        CPLFree(path);
        if (is_file && strcmp(names[i], output->name) == 0)
            whole = true;
        else if (is_file)
            others = CSLAddString(others, names[i]);
    }
    CSLDestroy(names);
    *beside = others;
    return whole ? RT_OK
                 : rt_error_set(err, RT_ERR_INTERNAL, "'%s' was not written",
                                output->path);
}

enum rt_status rt_output_lock(struct rt_output *output, struct rt_error *err)
{
    char **beside = NULL;
    enum rt_status status;

    if (output->place == RT_OUTPUT_STREAM)
        return RT_OK;
    status = rt_output_list(output, &beside, err);
    if (status == RT_OK)
        status = rt_output_begin_turn(output, (CSLConstList)beside, err);
    CSLDestroy(beside);
    return status;
}

static enum rt_status rename_in_turn(struct rt_output *output,
                                     CSLConstList beside, CSLConstList stale,
                                     struct rt_error *err)
{
    enum rt_status status;

    if (output->locked)
        return rt_output_rename(output, beside, stale, err);
    status = rt_output_begin_turn(output, beside, err);
    if (status == RT_OK)
        status = rt_output_rename(output, beside, stale, err);
    rt_output_end_turn(output);
    return status;
}

void rt_output_on_placed(struct rt_output *output, rt_output_placed *on_placed,
                         void *context)
{
    output->on_placed = on_placed;
    output->placed_context = context;
}

enum rt_status rt_output_commit(struct rt_output *output, CSLConstList stale,
                                const struct rt_output_progress *progress,
                                struct rt_error *err)
{
    char **beside = NULL;
    enum rt_status status = rt_output_list(output, &beside, err);

    if (status == RT_OK && output->place == RT_OUTPUT_STREAM)
        status =
            rt_output_copy(output, (CSLConstList)beside, stale, progress, err);
    else if (status == RT_OK)
        status = rename_in_turn(output, (CSLConstList)beside, stale, err);
    CSLDestroy(beside);
    if (status == RT_OK)
        rt_output_remove_folder(output);
    return status;
}

void rt_output_discard(struct rt_output *output)
{
    if (output == NULL)
        return;
    rt_output_end_turn(output);
    rt_output_remove_folder(output);
    CPLFree(output->name);
    CPLFree(output->beside);
    CPLFree(output->real);
    CPLFree(output->target);
    free(output);
}
