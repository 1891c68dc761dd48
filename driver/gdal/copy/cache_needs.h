/* cache_needs.h - the bytes that the cache of a copy's view must hold, so that
 * nothing is decoded twice.
 */
#ifndef RETILE_GDAL_COPY_CACHE_NEEDS_H
#define RETILE_GDAL_COPY_CACHE_NEEDS_H

#include <cstdint>

#include "gdal/copy/row_demand.h"
#include "gdal/view/shared_view.h"

/* The bytes decoded at once for one overlapped tile. */
uint64_t RetileDecodedForAChip(const rt_chips &oChips, const rt_layer &oLayer);

/* If overlapped tiles are copied row by row, a row reads its own cells and, for
 * the margins, those above and below. What is decoded for it ends further down.
 * Half of that is added for cells that are evicted too early. */
uint64_t RetileNeededByChips(const rt_chips &oChips, const rt_layer &oLayer);

/* For a copy that reads oRows of a view: those rows, rounded to cells and to
 * the source's blocks. With FOCAL also those of its input. */
uint64_t RetileNeededByRows(const RetileSharedView &oView,
                            const RetileRows &oRows);

#endif
