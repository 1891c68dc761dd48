/* chip_options.h - the values of OVERLAP and OVERLAP_MODE. */
#ifndef RETILE_GDAL_VIEW_CHIP_OPTIONS_H
#define RETILE_GDAL_VIEW_CHIP_OPTIONS_H

#include "core/base/status.h"
#include "core/view/chips.h"

/* Parses OVERLAP=pszValue. RT_ERR_ARGUMENT, RT_ERR_RANGE. */
RT_MUST_CHECK rt_status RetileSetOverlap(const char *pszValue, int &nOverlap,
                                         rt_error *err);

/* Parses OVERLAP_MODE=pszValue. RT_ERR_ARGUMENT. */
RT_MUST_CHECK rt_status RetileSetOverlapMode(const char *pszValue,
                                             rt_chip_mode &eMode,
                                             rt_error *err);

/* The option's word for eMode. */
const char *RetileOverlapName(rt_chip_mode eMode);

#endif
