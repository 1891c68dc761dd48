/* stream.h - one tile of a codestream, as a codestream of its own.
 *
 * The tile keeps its place on the reference grid, so it is decoded to the same
 * samples. The image is as large as the tile, which has number 0. A decoder
 * then holds no table of all tiles, walks past no other tile, and can decode
 * any part of this one.
 */
#ifndef RETILE_IO_JP2_STREAM_H
#define RETILE_IO_JP2_STREAM_H

#include "cpl_vsi.h"
#include "io/jp2/index.h"

#include <openjpeg.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rt_jp2_stream;

/* index and file are borrowed until close. While the stream is read, nobody
 * else may move the file's position. bytes: the tile's parts one after the
 * other, borrowed until forget, or NULL to read them from file.
 * RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_jp2_stream_open(const struct rt_jp2_index *index, VSILFILE *file,
                   uint32_t tile, const uint8_t *bytes,
                   struct rt_jp2_stream **stream, struct rt_error *err);
/* NULL is allowed. */
void rt_jp2_stream_close(struct rt_jp2_stream *stream);

/* From now on reads come from the file; bytes is no longer needed. */
void rt_jp2_stream_forget(struct rt_jp2_stream *stream);

/* The stream for OpenJPEG. Borrowed. */
opj_stream_t *rt_jp2_stream_opj(struct rt_jp2_stream *stream);

/* Whether some bytes of the file could not be read. */
bool rt_jp2_stream_failed(const struct rt_jp2_stream *stream);

#ifdef __cplusplus
}
#endif
#endif
