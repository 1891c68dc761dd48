/* codec.c - see codec.h.
 *
 * A decoder decodes a whole tile with opj_get_decoded_tile and is then
 * finished. It decodes parts with opj_set_decode_area, any number of times but
 * at one resolution. A decoder that has failed is not used again.
 */
#include "io/jp2/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/jp2/stream.h"

struct rt_jp2_codec {
    const struct rt_jp2_index *index; /* borrowed */
    VSILFILE *file;
    int n_threads;
    /* The decoder, or NULL. */
    opj_codec_t *opj;
    opj_image_t *image;
    struct rt_jp2_stream *stream;
    uint32_t tile;
    int reductions;
    char message[256]; /* OpenJPEG's first error message */
};

static void keep_message(const char *message, void *context)
{
    struct rt_jp2_codec *codec = context;
    size_t n = strcspn(message, "\r\n");

    if (codec->message[0] != '\0')
        return;
    if (n >= sizeof(codec->message))
        n = sizeof(codec->message) - 1;
    memcpy(codec->message, message, n);
    codec->message[n] = '\0';
}

static void keep_not_whole(struct rt_jp2_codec *codec)
{
    const uint64_t at_bytes = codec->index->damaged_at_bytes;
    char text[112] = "the file has nothing of it";

    if (at_bytes > 0)
        (void)snprintf(text, sizeof(text),
                       "the file is damaged, or cut short: at byte %llu should "
                       "be a tile-part",
                       (unsigned long long)at_bytes);
    keep_message(text, codec);
}

static void ignore_message(const char *message, void *context)
{
    (void)message;
    (void)context;
}

static void drop(struct rt_jp2_codec *codec)
{
    if (codec->opj != NULL)
        opj_destroy_codec(codec->opj);
    rt_jp2_stream_close(codec->stream);
    if (codec->image != NULL)
        opj_image_destroy(codec->image);
    codec->opj = NULL;
    codec->stream = NULL;
    codec->image = NULL;
}

enum rt_status rt_jp2_codec_open(const struct rt_jp2_index *index,
                                 int n_threads, struct rt_jp2_codec **codec,
                                 struct rt_error *err)
{
    struct rt_jp2_codec *made = calloc(1, sizeof(*made));

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    made->index = index;
    made->n_threads = n_threads;
    made->file = VSIFOpenL(index->path, "rb");
    if (made->file == NULL) {
        free(made);
        return rt_error_set(err, RT_ERR_SOURCE,
                            "source '%s': it cannot be opened", index->path);
    }
    *codec = made;
    return RT_OK;
}

void rt_jp2_codec_close(struct rt_jp2_codec *codec)
{
    if (codec == NULL)
        return;
    drop(codec);
    VSIFCloseL(codec->file);
    free(codec);
}

static enum rt_status failed(struct rt_jp2_codec *codec, uint32_t tile,
                             struct rt_error *err)
{
    const char *text = codec->message;

    if (codec->stream != NULL && rt_jp2_stream_failed(codec->stream))
        text = "its parts are not where they should be";
    else if (*text == '\0')
        text = "it cannot be decoded";
    (void)rt_error_set(err, RT_ERR_SOURCE, "source '%s': tile %u: %s",
                       codec->index->path, tile, text);
    drop(codec);
    return RT_ERR_SOURCE;
}

static bool read_header(struct rt_jp2_codec *codec)
{
    opj_stream_t *stream = rt_jp2_stream_opj(codec->stream);
    opj_dparameters_t parameters;

    opj_set_default_decoder_parameters(&parameters);
    opj_set_error_handler(codec->opj, keep_message, codec);
    opj_set_warning_handler(codec->opj, ignore_message, NULL);
    opj_set_info_handler(codec->opj, ignore_message, NULL);
    return opj_setup_decoder(codec->opj, &parameters) &&
           (codec->n_threads == 0 ||
            opj_codec_set_threads(codec->opj, codec->n_threads)) &&
           opj_read_header(stream, codec->opj, &codec->image) &&
           opj_set_decoded_resolution_factor(codec->opj,
                                             (OPJ_UINT32)codec->reductions);
}

/* Starts a new decoder on the tile. */
static enum rt_status start(struct rt_jp2_codec *codec, uint32_t tile,
                            int reductions, const uint8_t *bytes,
                            struct rt_error *err)
{
    enum rt_status status;

    drop(codec);
    codec->message[0] = '\0';
    codec->tile = tile;
    codec->reductions = reductions;
    if (!rt_jp2_index_is_whole(codec->index, tile)) {
        keep_not_whole(codec);
        return failed(codec, tile, err);
    }
    status = rt_jp2_stream_open(codec->index, codec->file, tile, bytes,
                                &codec->stream, err);
    if (status != RT_OK)
        return status;
    codec->opj = opj_create_decompress(OPJ_CODEC_J2K);
    if (codec->opj == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    return read_header(codec) ? RT_OK : failed(codec, tile, err);
}

static bool decode_part(struct rt_jp2_codec *codec,
                        const struct rt_window *window)
{
    const int32_t x0 = (int32_t)codec->index->x0_px + window->x_px;
    const int32_t y0 = (int32_t)codec->index->y0_px + window->y_px;

    for (OPJ_UINT32 i = 0; i < codec->image->numcomps; i++)
        codec->image->comps[i].factor = (OPJ_UINT32)codec->reductions;
    return opj_set_decode_area(codec->opj, codec->image, x0, y0,
                               x0 + window->w_px, y0 + window->h_px) &&
           opj_decode(codec->opj, rt_jp2_stream_opj(codec->stream),
                      codec->image);
}

static bool decode_all(struct rt_jp2_codec *codec)
{
    return opj_get_decoded_tile(codec->opj, rt_jp2_stream_opj(codec->stream),
                                codec->image, 0);
}

static bool has_all_samples(const struct rt_jp2_codec *codec)
{
    if ((int32_t)codec->image->numcomps != codec->index->n_components)
        return false;
    for (OPJ_UINT32 i = 0; i < codec->image->numcomps; i++)
        if (codec->image->comps[i].data == NULL)
            return false;
    return true;
}

enum rt_status rt_jp2_codec_decode(struct rt_jp2_codec *codec, uint32_t tile,
                                   int reductions,
                                   const struct rt_window *window,
                                   const uint8_t *bytes, struct rt_error *err)
{
    enum rt_status status = RT_OK;

    if (window == NULL || !rt_jp2_codec_has(codec, tile, reductions))
        status = start(codec, tile, reductions, bytes, err);
    if (status != RT_OK) {
        drop(codec);
        return status;
    }
    if (!(window != NULL ? decode_part(codec, window) : decode_all(codec)) ||
        rt_jp2_stream_failed(codec->stream) || !has_all_samples(codec))
        return failed(codec, tile, err);
    rt_jp2_stream_forget(codec->stream);
    if (window == NULL) {
        opj_destroy_codec(codec->opj);
        codec->opj = NULL;
    }
    return RT_OK;
}

VSILFILE *rt_jp2_codec_file(struct rt_jp2_codec *codec)
{
    return codec->file;
}

const int32_t *rt_jp2_codec_samples(const struct rt_jp2_codec *codec, int i,
                                    uint32_t *w_px, uint32_t *h_px)
{
    const opj_image_comp_t *component = &codec->image->comps[i];

    *w_px = component->w;
    *h_px = component->h;
    return component->data;
}

void rt_jp2_codec_release(struct rt_jp2_codec *codec)
{
    if (codec->opj == NULL)
        drop(codec);
    for (OPJ_UINT32 i = 0; codec->image != NULL && i < codec->image->numcomps;
         i++) {
        opj_image_data_free(codec->image->comps[i].data);
        codec->image->comps[i].data = NULL;
    }
}

bool rt_jp2_codec_has(const struct rt_jp2_codec *codec, uint32_t tile,
                      int reductions)
{
    return codec->opj != NULL && codec->tile == tile &&
           codec->reductions == reductions;
}
