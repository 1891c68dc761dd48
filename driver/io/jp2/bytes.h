/* bytes.h - encoded tiles of files behind a network: fetched in few requests,
 * and kept.
 *
 * GDAL's plain reads there fetch chunks, which tiles share, and keep some of
 * them. Its call for several ranges fetches exactly the bytes that are asked
 * for.
 */
#ifndef RETILE_IO_JP2_BYTES_H
#define RETILE_IO_JP2_BYTES_H

#include "core/cache/encoded_cache.h"
#include "cpl_vsi.h"
#include "io/jp2/index.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Pins in units the bytes of the first of tiles (in rising order), as many as
 * may be pinned at once. A tile's parts follow one another. Returns how many
 * tiles were tried, 1 or more. For a tile that failed, or that alone is too
 * large, block is NULL. During the call nobody else may use file. */
int32_t rt_jp2_bytes_take(struct rt_encoded_cache *kept,
                          const struct rt_jp2_index *index, VSILFILE *file,
                          const uint32_t *tiles, int32_t n_tiles,
                          struct rt_encoded_unit *units);

#ifdef __cplusplus
}
#endif
#endif
