/* open_settings.h - GDAL's configuration options, as they were when a source
 * was opened.
 *
 * Drivers ask for them when they open a raster, and some when they first read
 * it: rasters opened under other ones may have other pixels. All count that are
 * set in the process, in the calling thread, or in the environment under a name
 * that may be GDAL's, but for those that can change no pixel: how much is
 * cached, by how many threads, what is printed, how often a request is
 * repeated, passwords.
 */
#ifndef RETILE_IO_DATASET_OPEN_SETTINGS_H
#define RETILE_IO_DATASET_OPEN_SETTINGS_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rt_open_settings;

/* Those in force in the calling thread. */
struct rt_open_settings *rt_open_settings_take(void);

/* NULL is allowed. */
void rt_open_settings_free(struct rt_open_settings *settings);

/* NAME=VALUE, a line each, in the order of names: the same for the same
 * settings. Borrowed. */
const char *rt_open_settings_text(const struct rt_open_settings *settings);

/* Between enter and leave, in the stack of the caller. */
struct rt_settings_before {
    char **options; /* owned between enter and leave */
    bool changed;
};

/* What of now cannot be undone for one thread: an option that the process or
 * the environment has set, and settings have not. NULL where there is none.
 * Freed with CPLFree. */
char *rt_open_settings_obstacle(const struct rt_open_settings *settings);

/* The calling thread has settings until leave, but for obstacles. */
void rt_open_settings_enter(const struct rt_open_settings *settings,
                            struct rt_settings_before *before);
void rt_open_settings_leave(struct rt_settings_before *before);

#ifdef __cplusplus
}
#endif
#endif
