/* plan.h - everything that LAYOUT=COG decides before it writes: the entry to
 * this folder. */
#ifndef RETILE_GDAL_COG_PLAN_H
#define RETILE_GDAL_COG_PLAN_H

#include "core/base/status.h"
#include "cpl_string.h"
#include "gdal/cog/levels.h"
#include "gdal/cog/options.h"
#include "gdal/cog/warp.h"
#include "gdal_priv.h"

struct RetileCogPlan {
    RetileCogOptions oOptions{};
    RetileCogSource oSource{}; /* its poDS is copied */
    RetileCogLevels oLevels{};
    /* In GTiff's words, for use with GDAL_TIFF_INTERNAL_MASK=YES: the options
     * of the image, and of each level. */
    CPLStringList aosImage{}, aosOverviews{};
};

/* Plans a copy of poSrcDS, which is borrowed and must outlive oPlan. Warnings
 * are reported. RT_ERR_ARGUMENT, RT_ERR_RANGE, RT_ERR_SOURCE. */
RT_MUST_CHECK rt_status RetilePlanCog(GDALDataset *poSrcDS,
                                      CSLConstList papszOptions,
                                      RetileCogPlan &oPlan, rt_error *err);

#endif
