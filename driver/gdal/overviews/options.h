/* options.h - which levels a view shows, how they are computed, and
 * which of them serves a request. */
#ifndef RETILE_GDAL_OVERVIEWS_OPTIONS_H
#define RETILE_GDAL_OVERVIEWS_OPTIONS_H

#include "core/base/status.h"
#include "gdal/overviews/reduce_axis.h"

enum class RetileOverviews { Source, Auto, Virtual, None };

struct RetileOverviewOptions {
    RetileOverviews eOverviews = RetileOverviews::Source;
    bool bHasMethod = false;
    RetileReduce eMethod = RetileReduce::Average;
    /* The share of the way from a level's resolution to the next one's, in
     * percent, at which the finer one is left; below 0: as GDAL chooses. */
    double dfStrategy = -1;
};

/* OVERVIEWS (pszValue NULL: from RETILE_OVERVIEWS), OVERVIEW_RESAMPLING or
 * ZOOM_LEVEL_STRATEGY. RT_ERR_ARGUMENT says what would be right. */
RT_MUST_CHECK rt_status RetileSetOverviewOption(RetileOverviewOptions &oOptions,
                                                const char *pszName,
                                                const char *pszValue,
                                                rt_error *err);

const char *RetileOverviewsName(RetileOverviews eOverviews);

/* Which of nLevels serves a request for one pixel out of dfFactor pixels of
 * the full resolution along its less reduced axis. pdfFactors: of the levels,
 * growing, from 1. */
int RetileChooseLevel(double dfStrategy, double dfFactor,
                      const double *pdfFactors, int nLevels);

#endif
