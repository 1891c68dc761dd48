/* internal.h - shared by files.c, folder.c, commit.c, stream.c and path.c.
 */
#ifndef RETILE_IO_OUTPUT_INTERNAL_H
#define RETILE_IO_OUTPUT_INTERNAL_H

#include <stdbool.h>

#include "io/output/files.h"

#ifdef __cplusplus
extern "C" {
#endif

enum rt_output_place {
    RT_OUTPUT_LOCAL,
    RT_OUTPUT_MEMORY, /* /vsimem/ */
    RT_OUTPUT_STREAM  /* anything that only takes bytes in order */
};

struct rt_output {
    /* Fixed after create; all strings are owned. */
    enum rt_output_place place;
    char *target; /* as given */
    char *real;   /* the main file: target after following links */
    char *beside; /* target's folder, for all other files */
    char *name;   /* the file name of target */
    char *own;    /* our folder; this and all below are NULL once it is
                   * removed */
    char *folder; /* own/files */
    char *older;  /* own/older, for files that a commit replaces */
    char *path;   /* folder/name */
    int lock;     /* on own/lock; -1 if there is none on disk */
    /* Used by the caller's thread. */
    bool locked;
    int locked_folder;           /* folder of a LOCAL target, while locked */
    rt_output_placed *on_placed; /* may be NULL */
    void *placed_context;
};

/* Lists the files in the output's folder, without the main file. Freed with
 * CSLDestroy. RT_ERR_INTERNAL if the main file is missing. */
enum rt_status rt_output_list(const struct rt_output *output, char ***beside,
                              struct rt_error *err);

/* The path of an output's file at its target; freed with CPLFree. */
char *rt_output_place_of(const struct rt_output *output, const char *name);

/* folder/name; freed with CPLFree. */
char *rt_output_join(const char *folder, const char *name);

/* RT_ERR_IO: "cannot <what> '<path>': <errno's reason>". */
enum rt_status rt_output_error(const char *what, const char *path,
                               struct rt_error *err);

/* Makes our folder in parent, and removes folders that killed processes left
 * there for the same name; folder.c. */
enum rt_status rt_output_make_folder(struct rt_output *output,
                                     const char *parent, struct rt_error *err);
/* Removes it with everything in it; does nothing if there is none. */
void rt_output_remove_folder(struct rt_output *output);

/* Locks a folder, waiting for the turn to change files in it, if the file
 * system has locks. Returns a descriptor that is closed to unlock it, or -1
 * with errno. */
int rt_output_lock_folder(const char *path);

/* Syncs the files to disk and waits for the turn to commit. For LOCAL and
 * MEMORY. */
enum rt_status rt_output_begin_turn(struct rt_output *output,
                                    CSLConstList beside, struct rt_error *err);
/* Does nothing if there is no turn to end. */
void rt_output_end_turn(struct rt_output *output);

/* Calls on_placed, if it is set. */
static inline enum rt_status
rt_output_check_placed(const struct rt_output *output, struct rt_error *err)
{
    return output->on_placed == NULL
               ? RT_OK
               : output->on_placed(output->placed_context, err);
}

/* Renames the files into place, within a turn, and calls on_placed. On failure
 * everything is as before. For LOCAL and MEMORY. */
enum rt_status rt_output_rename(const struct rt_output *output,
                                CSLConstList beside, CSLConstList stale,
                                struct rt_error *err);

/* Copies the files to the target, calls on_placed, then deletes stale files as
 * far as possible there. On failure deletes what it has begun to write. For
 * STREAM. */
enum rt_status rt_output_copy(const struct rt_output *output,
                              CSLConstList beside, CSLConstList stale,
                              const struct rt_output_progress *progress,
                              struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
