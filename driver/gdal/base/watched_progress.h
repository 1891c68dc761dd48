/* watched_progress.h - a progress function that remembers a cancel. A driver
 * that was cancelled fails like one that could not write. After a cancel the
 * program is not asked again: it cancels once, and a step that continues all
 * the same must not lose that. */
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
