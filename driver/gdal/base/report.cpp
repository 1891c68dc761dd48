/* report.cpp - see report.h. */
#include "gdal/base/report.h"

#include <exception>
#include <new>

#include "cpl_error.h"

static CPLErrorNum ErrorNumber(rt_status status)
{
    switch (status) {
    case RT_ERR_ARGUMENT:
    case RT_ERR_RANGE:
        return CPLE_IllegalArg;
    case RT_ERR_MEMORY:
        return CPLE_OutOfMemory;
    case RT_ERR_SOURCE:
        return CPLE_OpenFailed;
    case RT_ERR_IO:
        return CPLE_FileIO;
    case RT_ERR_CANCELLED:
        return CPLE_UserInterrupt;
    default:
        return CPLE_AppDefined;
    }
}

void RetileReport(const rt_error &err)
{
    CPLError(CE_Failure, ErrorNumber(err.status), "RETILE: %s", err.text);
}

rt_status RetileExceptionStatus(rt_error *err)
{
    try {
        throw;
    } catch (const std::bad_alloc &) {
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    } catch (const std::exception &oException) {
        return rt_error_set(err, RT_ERR_INTERNAL, "unexpected: %s",
                            oException.what());
    } catch (...) {
        return rt_error_set(err, RT_ERR_INTERNAL, "an unexpected exception");
    }
}

void RetileReportException()
{
    rt_error err;

    (void)RetileExceptionStatus(&err);
    RetileReport(err);
}
