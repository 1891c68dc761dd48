/* chip_view.h - OVERLAP: a view that is a grid of chips (core/view/chips.h).
 *
 * The cells of the view stay those of its source: a chip is put together from
 * them when it is read, and is not cached itself.
 */
#ifndef RETILE_GDAL_VIEW_CHIP_VIEW_H
#define RETILE_GDAL_VIEW_CHIP_VIEW_H

#include "core/source/source.h"
#include "core/view/chips.h"
#include "cpl_string.h"
#include "gdal/view/options.h"
#include "gdal_priv.h"

/* The chips of a source whose full resolution is oLayer. RT_ERR_RANGE where a
 * chip or the raster is too large; RT_ERR_ARGUMENT with PAD_EDGES, which would
 * add to chips that are whole already. */
RT_MUST_CHECK rt_status RetileMakeChips(const RetileOptions &oOptions,
                                        const rt_layer &oLayer,
                                        rt_chips &oChips, rt_error *err);

#endif
