/* index.h - what a JPEG 2000 file says about itself, and where the parts of
 * each tile are in it.
 *
 * It is read once and shared, so that decoders of later tiles need not walk
 * there from the first. Pixels are those of the codestream's reference grid.
 */
#ifndef RETILE_IO_JP2_INDEX_H
#define RETILE_IO_JP2_INDEX_H

#include "core/base/grid.h"
#include "core/base/status.h"
#include "io/jp2/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* RT_ERR_SOURCE with the reason (without the file's name) if OpenJPEG cannot
 * decode the file tile by tile; RT_ERR_MEMORY. remote: each look at a tile-part
 * is a request. If there are many parts, the main header has to list them
 * (TLM), and the list is trusted if the first and the last part agree with
 * it. */
RT_MUST_CHECK enum rt_status rt_jp2_index_open(const char *path, bool remote,
                                               struct rt_jp2_index **index,
                                               struct rt_error *err);
/* NULL is allowed. */
void rt_jp2_index_close(struct rt_jp2_index *index);

/* The part of the image that tile covers, from the image's top left, at full
 * resolution. */
struct rt_window rt_jp2_index_tile(const struct rt_jp2_index *index,
                                   uint32_t tile);

/* Whether the file contains all parts of a tile. */
bool rt_jp2_index_is_whole(const struct rt_jp2_index *index, uint32_t tile);

/* Whether bytes, at least RT_JP2_SOT_BYTES of them, are the beginning of
 * part. */
bool rt_jp2_part_begins(const struct rt_jp2_part *part, const uint8_t *bytes);

/* Size of the tile's parts in the file. */
uint64_t rt_jp2_index_tile_bytes(const struct rt_jp2_index *index,
                                 uint32_t tile);

#ifdef __cplusplus
}
#endif
#endif
