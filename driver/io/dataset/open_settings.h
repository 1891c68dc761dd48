/* open_settings.h - GDAL's configuration options as they were when a source was
 * opened.
 *
 * Drivers read them when they open a raster, and some drivers again when they
 * first read it. A raster opened under other options may have other pixels. The
 * options come from the process, from the calling thread, and from the
 * environment if the variable may be one of GDAL's. Options that cannot change
 * a pixel are left out: cache sizes, thread counts, what is printed, how often
 * a request is repeated, passwords.
 */
#ifndef RETILE_IO_DATASET_OPEN_SETTINGS_H
#define RETILE_IO_DATASET_OPEN_SETTINGS_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rt_open_settings;

/* The options in force in the calling thread. */
struct rt_open_settings *rt_open_settings_take(void);

/* NULL is allowed. */
void rt_open_settings_free(struct rt_open_settings *settings);

/* NAME=VALUE, one a line, sorted by name: equal settings have equal texts.
 * Borrowed. */
const char *rt_open_settings_text(const struct rt_open_settings *settings);

/* The thread's options from before enter. On the caller's stack. */
struct rt_settings_before {
    char **options; /* owned between enter and leave */
    bool changed;
};

/* The name of an option that now keeps settings from being restored in one
 * thread: the process or the environment has set it, and settings do not have
 * it. NULL if there is none. The caller frees it with CPLFree. */
char *rt_open_settings_obstacle(const struct rt_open_settings *settings);

/* Gives the calling thread the settings until leave, except for obstacles. */
void rt_open_settings_enter(const struct rt_open_settings *settings,
                            struct rt_settings_before *before);
void rt_open_settings_leave(struct rt_settings_before *before);

#ifdef __cplusplus
}
#endif
#endif
