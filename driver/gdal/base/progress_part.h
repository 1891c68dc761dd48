/* progress_part.h - a part of a copy's progress, told from 0 to 1.
 */
#ifndef RETILE_GDAL_BASE_PROGRESS_PART_H
#define RETILE_GDAL_BASE_PROGRESS_PART_H

#include "cpl_port.h"
#include "cpl_progress.h"

/* What the first of two steps of a copy takes where both report: encoding, and
 * then putting encoded bytes where they belong. */
constexpr double RETILE_FIRST_STEP = 0.9;
/* 1 is told when the file is in its place, and not before. */
constexpr double RETILE_ALMOST_DONE = 0.999;

class RetileProgressPart
{
  public:
    /* pfnProgress, which hears of dfFrom to dfTo, is borrowed. */
    RetileProgressPart(double dfFrom, double dfTo, GDALProgressFunc pfnProgress,
                       void *pProgressData)
        : m_pPart(GDALCreateScaledProgress(dfFrom, dfTo, pfnProgress,
                                           pProgressData))
    {
    }
    ~RetileProgressPart() { GDALDestroyScaledProgress(m_pPart); }

    GDALProgressFunc Function() const { return GDALScaledProgress; }
    void *Data() const { return m_pPart; }

    /* For functions of ours: pContext is a RetileProgressPart. */
    static bool Tell(void *pContext, double dfDone)
    {
        return GDALScaledProgress(
                   dfDone, "",
                   static_cast<const RetileProgressPart *>(pContext)
                       ->m_pPart) != FALSE;
    }

  private:
    void *m_pPart; /* nullptr where nobody listens, which GDAL takes */

    CPL_DISALLOW_COPY_ASSIGN(RetileProgressPart)
};

#endif
