/* report.h - turns a status of the core, or an exception, into exactly one
 * CPLError. */
#ifndef RETILE_GDAL_BASE_REPORT_H
#define RETILE_GDAL_BASE_REPORT_H

#include "core/base/status.h"

/* Reports err as CE_Failure, with the GDAL error number for its status. */
void RetileReport(const rt_error &err);

/* Reports the exception that is being handled. */
void RetileReportException();

/* Writes the exception that is being handled into err. For callbacks from the
 * core, which is C and must not see exceptions. */
rt_status RetileExceptionStatus(rt_error *err);

/* GDAL treats its callbacks as C functions: no exception may leave them. Each
 * such function is therefore a try block that ends with
 *
 *     catch (...) { return RetileCaught(CE_Failure); }
 */
template <class T> T RetileCaught(T oFailure)
{
    RetileReportException();
    return oFailure;
}

#endif
