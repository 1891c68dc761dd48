/* internal.h - what the files of output_files share.
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
    RT_OUTPUT_STREAM  /* whatever takes bytes in order only */
};

struct rt_output {
    /* Fixed after create; all strings are owned. */
    enum rt_output_place place;
    char *target; /* as given */
    char *real;   /* the main file: target with links followed */
    char *beside; /* the folder of target, for all other files */
    char *name;   /* the file name of target */
    char *own;    /* our folder; with all below NULL when it is removed */
    char *folder; /* own/files */
    char *older;  /* own/older, for files that a commit replaces */
    char *path;   /* folder/name */
    int lock;     /* on own/lock, while there is one on disk, else -1 */
    /* The caller's thread. */
    bool locked;
    int locked_folder; /* of a LOCAL target, while locked */
};

/* The names in the output's folder but its main file's and folders'. To be
 * freed with CSLDestroy. RT_ERR_INTERNAL where the main file is missing. */
enum rt_status rt_output_list(const struct rt_output *output, char ***beside,
                              struct rt_error *err);

/* The name of a file of the output at its target; CPLFree. */
char *rt_output_place_of(const struct rt_output *output, const char *name);

/* folder/name; CPLFree. */
char *rt_output_join(const char *folder, const char *name);

/* RT_ERR_IO: "cannot <what> '<path>': <errno's reason>". */
enum rt_status rt_output_error(const char *what, const char *path,
                               struct rt_error *err);

/* Makes our folder in parent, and removes what killed processes left there of
 * outputs to the same name; folder.c. */
enum rt_status rt_output_make_folder(struct rt_output *output,
                                     const char *parent, struct rt_error *err);
/* With all in it; nothing where there is none. */
void rt_output_remove_folder(struct rt_output *output);

/* Waits for the turn to change files in a folder, where the file system has
 * locks. What is to be closed to end it, or -1 with errno. */
int rt_output_lock_folder(const char *path);

/* Puts the files on disk and waits for the turn to commit. For LOCAL and
 * MEMORY. */
enum rt_status rt_output_begin_turn(struct rt_output *output,
                                    CSLConstList beside, struct rt_error *err);
/* Does nothing where there is no turn to end. */
void rt_output_end_turn(struct rt_output *output);

/* Renames into place, in turn; on failure all is as it was. For LOCAL and
 * MEMORY. */
enum rt_status rt_output_rename(const struct rt_output *output,
                                CSLConstList beside, CSLConstList stale,
                                struct rt_error *err);

/* Copies to the target, then deletes stale files as far as that can be done
 * there; deletes what it has begun on failure. For STREAM. */
enum rt_status rt_output_copy(const struct rt_output *output,
                              CSLConstList beside, CSLConstList stale,
                              const struct rt_output_progress *progress,
                              struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
