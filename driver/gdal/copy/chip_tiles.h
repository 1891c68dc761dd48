/* chip_tiles.h - the tile size in a copy of a view with OVERLAP. */
#ifndef RETILE_GDAL_COPY_CHIP_TILES_H
#define RETILE_GDAL_COPY_CHIP_TILES_H

#include "core/base/status.h"
#include "cpl_string.h"
#include "gdal_priv.h"

/* A copy of a view with OVERLAP has one file tile for each overlapped tile. If
 * poSrcDS is such a view, this adds BLOCKXSIZE and BLOCKYSIZE unless they are
 * given. RT_ERR_ARGUMENT if no file tile can have that size; the message
 * suggests sizes. */
RT_MUST_CHECK rt_status RetileAskForChips(GDALDataset *poSrcDS,
                                          CPLStringList &aosOptions,
                                          rt_error *err);

#endif
