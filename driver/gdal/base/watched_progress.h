/* watched_progress.h - a progress function that remembers a cancel.
 *
 * A driver that was cancelled fails as if it could not write, so the cancel has
 * to be remembered. After a cancel the program's own function is not called
 * again, because some steps continue and call it once more, and it may then
 * return TRUE.
 */
#ifndef RETILE_GDAL_BASE_WATCHED_PROGRESS_H
#define RETILE_GDAL_BASE_WATCHED_PROGRESS_H

#include "gdal.h"

struct RetileWatchedProgress {
    GDALProgressFunc pfnProgress;
    void *pData;
    bool bCancelled = false;

    /* For a driver; pContext is the RetileWatchedProgress. */
    static int CPL_STDCALL Report(double dfDone, const char *pszMessage,
                                  void *pContext)
    {
        auto *psThis = static_cast<RetileWatchedProgress *>(pContext);

        psThis->bCancelled =
            psThis->bCancelled ||
            !psThis->pfnProgress(dfDone, pszMessage, psThis->pData);
        return !psThis->bCancelled;
    }
};

#endif
