/* options.h - which levels a view shows, how they are computed, and which of
 * them serves a request. */
#ifndef RETILE_GDAL_OVERVIEWS_OPTIONS_H
#define RETILE_GDAL_OVERVIEWS_OPTIONS_H

#include "core/base/status.h"
#include "gdal/overviews/reduce_axis.h"

enum class RetileOverviews { Source, Auto, Virtual, None };

struct RetileOverviewOptions {
    RetileOverviews eOverviews = RetileOverviews::Source;
    bool bHasMethod = false;
    RetileReduce eMethod = RetileReduce::Average;
    /* In percent of the way from a level's resolution to the next one's: where
     * to change from the finer level to the coarser one. Below 0: as GDAL
     * chooses. */
    double dfStrategy = -1;
};

/* OVERVIEWS (pszValue NULL: from RETILE_OVERVIEWS), OVERVIEW_RESAMPLING or
 * ZOOM_LEVEL_STRATEGY. RT_ERR_ARGUMENT names the valid values. */
RT_MUST_CHECK rt_status RetileSetOverviewOption(RetileOverviewOptions &oOptions,
                                                const char *pszName,
                                                const char *pszValue,
                                                rt_error *err);

const char *RetileOverviewsName(RetileOverviews eOverviews);

/* The level that serves a request for one pixel out of dfFactor pixels of the
 * full resolution along its less reduced axis. pdfFactors has the nLevels
 * factors, increasing, from 1. */
int RetileChooseLevel(double dfStrategy, double dfFactor,
                      const double *pdfFactors, int nLevels);

#endif
