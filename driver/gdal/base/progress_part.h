/* progress_part.h - a part of a copy's progress, reported from 0 to 1. */
#ifndef RETILE_GDAL_BASE_PROGRESS_PART_H
#define RETILE_GDAL_BASE_PROGRESS_PART_H

#include "cpl_port.h"
#include "cpl_progress.h"

/* The share of the first step if both steps of a copy report progress: first
 * encoding, then writing the encoded bytes to their final places. */
constexpr double RETILE_FIRST_STEP = 0.9;
/* 1 is reported only once everything is written. */
constexpr double RETILE_ALMOST_DONE = 0.999;

class RetileProgressPart
{
  public:
    /* Maps 0..1 to dfFrom..dfTo of pfnProgress, which is borrowed. */
    RetileProgressPart(double dfFrom, double dfTo, GDALProgressFunc pfnProgress,
                       void *pProgressData)
        : m_pPart(GDALCreateScaledProgress(dfFrom, dfTo, pfnProgress,
                                           pProgressData))
    {
    }
    ~RetileProgressPart() { GDALDestroyScaledProgress(m_pPart); }

    GDALProgressFunc Function() const { return GDALScaledProgress; }
    void *Data() const { return m_pPart; }

    /* For this project's functions: pContext is a RetileProgressPart. */
    static bool Report(void *pContext, double dfDone)
    {
        return GDALScaledProgress(
                   dfDone, "",
                   static_cast<const RetileProgressPart *>(pContext)
                       ->m_pPart) != FALSE;
    }

  private:
    void *m_pPart; /* nullptr if there is no listener; GDAL accepts that */

    CPL_DISALLOW_COPY_ASSIGN(RetileProgressPart)
};

#endif
