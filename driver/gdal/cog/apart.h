/* apart.h - COGs whose bands are apart: INTERLEAVE=BAND and TILE.
 *
 * GDAL's COG driver writes these files, because this driver computes levels
 * from interleaved pixels only. MEMORY_MAX does not limit its memory. Like all
 * files they are written beside the target and then renamed.
 */
#ifndef RETILE_GDAL_COG_APART_H
#define RETILE_GDAL_COG_APART_H

#include "gdal/cog/copy.h"

/* Whether the user asks for bands apart, and the COG driver has that (from GDAL
 * 3.11 on). GDAL itself asks in the name of sources with bands apart; this does
 * not count. */
bool RetileAsksForBandsApart(CSLConstList papszOptions);

/* Writes the whole file. RT_ERR_ARGUMENT for PASSTHROUGH=REQUIRED, RT_ERR_IO
 * with the driver's message, RT_ERR_CANCELLED. */
RT_MUST_CHECK rt_status
RetileWriteBandsApart(const RetileCogCopyRequest &oRequest, rt_error *err);

#endif
