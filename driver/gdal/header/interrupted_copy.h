/* interrupted_copy.h - GTiff's CreateCopy() up to the first pixel, and the
 * causes of its failures. */
#ifndef RETILE_GDAL_HEADER_INTERRUPTED_COPY_H
#define RETILE_GDAL_HEADER_INTERRUPTED_COPY_H

#include "core/base/status.h"
#include "gdal/base/error_keeper.h"
#include "gdal/header/source.h"

/* Where GTiff asks for its first pixels. */
enum class RetilePixelsBegin {
    AtProgress, /* after its first call of the progress function */
    AtRead      /* in a copy with overviews: it reads at once */
};

/* Writes pszPath with everything except pixels and masks. papszOptions are for
 * GTiff and are not validated again. oErrors keeps what GTiff reports, without
 * the interruption. RT_ERR_ARGUMENT with GTiff's message. */
RT_MUST_CHECK rt_status RetileCopyUntilPixels(
    const char *pszPath, RetileHeaderSource &oSource, bool bStrict,
    CSLConstList papszOptions, RetilePixelsBegin eBegin,
    RetileErrorKeeper &oErrors, rt_error *err);

/* RT_ERR_IO if one of the kept errors reports a failed write. GTiff continues
 * after such an error and may even succeed. */
RT_MUST_CHECK rt_status RetileCheckWrites(const char *pszPath,
                                          const RetileErrorKeeper &oErrors,
                                          rt_error *err);

/* Fails with the message of GTiff's failure iFirst, from 0. If the system
 * failed to write, that is reported instead, since it caused the others. */
RT_MUST_CHECK rt_status RetileRefused(const char *pszPath,
                                      const RetileErrorKeeper &oErrors,
                                      size_t iFirst, rt_error *err);

#endif
