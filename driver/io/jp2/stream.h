/* stream.h - one tile of a codestream, as a codestream of its own.
 *
 * It has the tile's place on the reference grid, so that it is decoded to the
 * same samples; the image is as large as the tile, which is number 0. A
 * decoder then holds no table of all tiles, walks past none, and can be asked
 * for any part of it.
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

/* index and file are borrowed until close; nobody else moves in file while
 * the stream is read. bytes: the tile's parts one behind the other, borrowed
 * until they are forgotten, or NULL: they are read from file. RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_jp2_stream_open(const struct rt_jp2_index *index, VSILFILE *file,
                   uint32_t tile, const uint8_t *bytes,
                   struct rt_jp2_stream **stream, struct rt_error *err);
/* NULL is allowed. */
void rt_jp2_stream_close(struct rt_jp2_stream *stream);

/* What is read from now on comes from the file. */
void rt_jp2_stream_forget(struct rt_jp2_stream *stream);

/* For OpenJPEG. Borrowed. */
opj_stream_t *rt_jp2_stream_opj(struct rt_jp2_stream *stream);

/* Whether bytes of the file could not be read. */
bool rt_jp2_stream_failed(const struct rt_jp2_stream *stream);

#ifdef __cplusplus
}
#endif
#endif
