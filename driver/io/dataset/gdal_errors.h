/* gdal_errors.h - keeps what GDAL reports during a call, so that the caller
 * of this driver hears of one failure once.
 *
 * Between begin and end the calling thread's failures and warnings are kept
 * back; end restores the last error as it was before, and reports the
 * warnings, in their order. Debug messages pass.
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
    char **warnings;        /* owned between begin and end */
    CPLErr severity_before; /* GDAL's last error before begin */
    CPLErrorNum number_before;
    char *text_before;              /* owned between begin and end */
    char last[RT_ERROR_TEXT_BYTES]; /* the latest; GDAL's say most */
};

void rt_gdal_errors_begin(struct rt_gdal_errors *errors);
void rt_gdal_errors_end(struct rt_gdal_errors *errors);

/* What has been warned of so far is not reported at the end: for what the user
 * has heard already. */
void rt_gdal_errors_forget_warnings(struct rt_gdal_errors *errors);

/* The last message, or text where there was none. */
const char *rt_gdal_errors_text(const struct rt_gdal_errors *errors,
                                const char *text);

#ifdef __cplusplus
}
#endif
#endif
