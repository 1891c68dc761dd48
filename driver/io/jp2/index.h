/* index.h - what a JPEG 2000 file says of itself, and where the parts of
 * each tile lie in it.
 *
 * Read once and shared: decoders of a later tile then need not walk there from
 * the first. Pixels are those of the codestream's reference grid.
 */
#ifndef RETILE_IO_JP2_INDEX_H
#define RETILE_IO_JP2_INDEX_H

#include "core/base/grid.h"
#include "core/base/status.h"
#include "io/jp2/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* RT_ERR_SOURCE with the reason (without the file's name) where the file is
 * none that OpenJPEG can be given tile by tile; RT_ERR_MEMORY. remote: each
 * look at a tile-part is a request, so where there are many the main header
 * has to say where they are (TLM), and is believed as far as the first and the
 * last bear it out. */
RT_MUST_CHECK enum rt_status rt_jp2_index_open(const char *path, bool remote,
                                               struct rt_jp2_index **index,
                                               struct rt_error *err);
/* NULL is allowed. */
void rt_jp2_index_close(struct rt_jp2_index *index);

/* What tile covers of the image, from its top left, at full resolution. */
struct rt_window rt_jp2_index_tile(const struct rt_jp2_index *index,
                                   uint32_t tile);

/* Whether the file has all that a tile has. */
bool rt_jp2_index_is_whole(const struct rt_jp2_index *index, uint32_t tile);

/* Whether bytes, as many as SOT has, are the begin of part. */
bool rt_jp2_part_begins(const struct rt_jp2_part *part, const uint8_t *bytes);

/* What the tile's parts take in the file. */
uint64_t rt_jp2_index_tile_bytes(const struct rt_jp2_index *index,
                                 uint32_t tile);

#ifdef __cplusplus
}
#endif
#endif
