/* codec.h - OpenJPEG on one file, for one thread at a time.
 *
 * A decoder that has decoded a part of a tile is kept: it holds the tile's
 * encoded bytes and need not read them again for another part.
 */
#ifndef RETILE_IO_JP2_CODEC_H
#define RETILE_IO_JP2_CODEC_H

#include "cpl_vsi.h"
#include "io/jp2/index.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_jp2_codec;

/* n_threads: OpenJPEG's own threads for each decoder, 0 for none. index is
 * borrowed until close. RT_ERR_SOURCE, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_jp2_codec_open(const struct rt_jp2_index *index,
                                               int n_threads,
                                               struct rt_jp2_codec **codec,
                                               struct rt_error *err);
/* NULL is allowed. */
void rt_jp2_codec_close(struct rt_jp2_codec *codec);

/* Decodes tile with its sides halved reductions times. window is in pixels of
 * the full resolution, from the image's top left; NULL is the whole tile.
 * bytes: the tile's parts, one after the other, or NULL to read them from the
 * file. The samples are valid until the next call for codec. RT_ERR_SOURCE with
 * OpenJPEG's message, after which codec can still be used; RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_jp2_codec_decode(struct rt_jp2_codec *codec,
                                                 uint32_t tile, int reductions,
                                                 const struct rt_window *window,
                                                 const uint8_t *bytes,
                                                 struct rt_error *err);

/* The file that it reads from. Borrowed. */
VSILFILE *rt_jp2_codec_file(struct rt_jp2_codec *codec);

/* Samples of component i (from 0), in rows without gaps. Borrowed. */
const int32_t *rt_jp2_codec_samples(const struct rt_jp2_codec *codec, int i,
                                    uint32_t *w_px, uint32_t *h_px);

/* Frees the samples. Keeps what the next decode of a part of the same tile
 * needs. */
void rt_jp2_codec_release(struct rt_jp2_codec *codec);

/* Whether parts of the tile can be decoded without reading it again. */
bool rt_jp2_codec_has(const struct rt_jp2_codec *codec, uint32_t tile,
                      int reductions);

#ifdef __cplusplus
}
#endif
#endif
