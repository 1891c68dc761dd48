/* chip_tiles.h - a copy of a view of chips has one tile for each chip. */
#ifndef RETILE_GDAL_COPY_CHIP_TILES_H
#define RETILE_GDAL_COPY_CHIP_TILES_H

#include "core/base/status.h"
#include "cpl_string.h"
#include "gdal_priv.h"

/* A copy of chips has one tile for each: adds BLOCKXSIZE and BLOCKYSIZE where
 * poSrcDS is a view of chips and they are not given. RT_ERR_ARGUMENT where
 * chips are of sizes that no tile has, naming sizes that would do. */
RT_MUST_CHECK rt_status RetileAskForChips(GDALDataset *poSrcDS,
                                          CPLStringList &aosOptions,
                                          rt_error *err);

#endif
