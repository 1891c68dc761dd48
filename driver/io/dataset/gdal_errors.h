/* gdal_errors.h - collects GDAL's messages during a call, so that a failure is
 * reported to the user only once.
 *
 * Between begin and end, failures and warnings of the calling thread are held
 * back. end restores GDAL's last error from before begin and then reports the
 * warnings in their order. Debug messages are not held back.
 */
#ifndef RETILE_IO_DATASET_GDAL_ERRORS_H
#define RETILE_IO_DATASET_GDAL_ERRORS_H

#include "core/base/status.h"
#include "cpl_error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_gdal_errors {
    int count;              /* failures so far */
    char **warnings;        /* "number text"; owned between begin and end */
    CPLErr severity_before; /* GDAL's last error before begin */
    CPLErrorNum number_before;
    char *text_before;              /* owned between begin and end */
    char last[RT_ERROR_TEXT_BYTES]; /* the latest failure; GDAL's last one says
                                     * most */
};

void rt_gdal_errors_begin(struct rt_gdal_errors *errors);
void rt_gdal_errors_end(struct rt_gdal_errors *errors);

/* Warnings of several threads, each once. All zero: empty. */
struct rt_gdal_warnings {
    char **list; /* as in rt_gdal_errors */
};

/* Like end, but adds the warnings to others instead of reporting them: a
 * caller's error handler is in force on the caller's thread only. The caller
 * guards warnings with a lock. */
void rt_gdal_errors_end_into(struct rt_gdal_errors *errors,
                             struct rt_gdal_warnings *warnings);

/* Reports and forgets them. */
void rt_gdal_warnings_report(struct rt_gdal_warnings *warnings);

/* Drops the warnings collected so far, because the user has already seen
 * them. */
void rt_gdal_errors_forget_warnings(struct rt_gdal_errors *errors);

/* The latest failure, or text if there was none. */
const char *rt_gdal_errors_text(const struct rt_gdal_errors *errors,
                                const char *text);

#ifdef __cplusplus
}
#endif
#endif
