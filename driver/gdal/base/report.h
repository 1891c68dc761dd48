/* report.h - turns a status of the core, or an exception, into exactly one
 * CPLError. */
#ifndef RETILE_GDAL_BASE_REPORT_H
#define RETILE_GDAL_BASE_REPORT_H

#include "core/base/status.h"

/* Reports err as CE_Failure, with GDAL's error number for its status. */
void RetileReport(const rt_error &err);

/* Reports the exception that is being handled. */
void RetileReportException();

/* Puts the exception that is being handled into err: for what the core calls,
 * whose threads know of none. */
rt_status RetileExceptionStatus(rt_error *err);

/* What GDAL calls is C to it: no exception may leave. So each such function is
 * a try block, and ends with
 *     catch (...) { return RetileCaught(CE_Failure); } */
template <class T> T RetileCaught(T oFailure)
{
    RetileReportException();
    return oFailure;
}

#endif
