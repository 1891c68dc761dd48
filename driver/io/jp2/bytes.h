/* bytes.h - encoded tiles that lie behind a network: fetched with few
 * requests, and kept.
 *
 * GDAL reads there in chunks, which tiles share, and of which it keeps some;
 * its way for several ranges fetches what is asked for and no more.
 */
#ifndef RETILE_IO_JP2_BYTES_H
#define RETILE_IO_JP2_BYTES_H

#include "core/cache/encoded_cache.h"
#include "cpl_vsi.h"
#include "io/jp2/index.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Pins in units the bytes of the first of tiles (by rising numbers), as many
 * as may be at once: the parts of each one behind the other. Returns for how
 * many that was tried, 1 or more; where it failed, or a tile alone is too
 * large, block is NULL. Nobody else uses file meanwhile. */
int32_t rt_jp2_bytes_take(struct rt_encoded_cache *kept,
                          const struct rt_jp2_index *index, VSILFILE *file,
                          const uint32_t *tiles, int32_t n_tiles,
                          struct rt_encoded_unit *units);

#ifdef __cplusplus
}
#endif
#endif
