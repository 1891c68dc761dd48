/* report.h - turns a status of the core into exactly one CPLError. */
#ifndef RETILE_GDAL_REPORT_H
#define RETILE_GDAL_REPORT_H

#include "core/status.h"

/* Reports err as CE_Failure, with GDAL's error number for its status. */
void RetileReport(const rt_error &err);

#endif
