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
    char *text_before; /* owned between begin and end */
    char first[RT_ERROR_TEXT_BYTES];
    char told[RT_ERROR_TEXT_BYTES]; /* first and latest, joined */
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

/* What the user is told of several failures: the first one, which is usually
 * the cause, and the latest one, which usually says where; only one of them if
 * it has the other one's text. */
void rt_gdal_errors_join(const char *first, const char *latest,
                         char told[RT_ERROR_TEXT_BYTES]);

/* The failures as rt_gdal_errors_join tells them, or text if there was none.
 * Borrowed from errors. */
const char *rt_gdal_errors_text(const struct rt_gdal_errors *errors,
                                const char *text);

#ifdef __cplusplus
}
#endif
#endif
