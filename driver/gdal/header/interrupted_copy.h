/* interrupted_copy.h - GTiff's CreateCopy() up to where pixels begin, and the
 * causes of its failures.
 */
#ifndef RETILE_GDAL_HEADER_INTERRUPTED_COPY_H
#define RETILE_GDAL_HEADER_INTERRUPTED_COPY_H

#include "core/base/status.h"
#include "gdal/base/error_keeper.h"
#include "gdal/header/source.h"

/* Where GTiff asks for its first pixels. */
enum class RetilePixelsBegin {
    AtProgress, /* it tells of its progress before */
    AtRead      /* of a copy with overviews: it reads at once */
};

/* Writes pszPath with everything but pixels and masks. papszOptions are for
 * GTiff, and are not checked again. oErrors keeps what GTiff reports; the
 * interruption is not among it. RT_ERR_ARGUMENT in the words of GTiff. */
RT_MUST_CHECK rt_status RetileCopyUntilPixels(
    const char *pszPath, RetileHeaderSource &oSource, bool bStrict,
    CSLConstList papszOptions, RetilePixelsBegin eBegin,
    RetileErrorKeeper &oErrors, rt_error *err);

/* RT_ERR_IO where one of the kept errors says that a write failed: GTiff goes
 * on after it, and may succeed in the end. */
RT_MUST_CHECK rt_status RetileCheckWrites(const char *pszPath,
                                          const RetileErrorKeeper &oErrors,
                                          rt_error *err);

/* In the words of GTiff's failure iFirst, from 0; but where the system failed,
 * that is the cause of all others. */
RT_MUST_CHECK rt_status RetileRefused(const char *pszPath,
                                      const RetileErrorKeeper &oErrors,
                                      size_t iFirst, rt_error *err);

#endif
