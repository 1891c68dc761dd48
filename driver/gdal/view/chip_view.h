/* chip_view.h - OVERLAP: a view that is a grid of overlapped tiles
 * (core/view/chips.h).
 *
 * The cached cells are the same as without OVERLAP. An overlapped tile is
 * assembled from them when it is read, and is not cached itself.
 */
#ifndef RETILE_GDAL_VIEW_CHIP_VIEW_H
#define RETILE_GDAL_VIEW_CHIP_VIEW_H

#include "core/source/source.h"
#include "core/view/chips.h"
#include "cpl_string.h"
#include "gdal/view/options.h"
#include "gdal_priv.h"

/* The overlapped tiles of a source with full resolution oLayer. RT_ERR_RANGE if
 * a tile or the raster is too large. RT_ERR_ARGUMENT with PAD_EDGES: overlapped
 * tiles are never partial, so there is nothing to pad. */
RT_MUST_CHECK rt_status RetileMakeChips(const RetileOptions &oOptions,
                                        const rt_layer &oLayer,
                                        rt_chips &oChips, rt_error *err);

#endif
