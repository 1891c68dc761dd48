/* codec.c - see codec.h.
 *
 * DEFLATE uses libdeflate at the levels to which libtiff maps ZLEVEL, so that
 * tiles equal GTiff's byte for byte. Lower levels gave up to 7 % longer tiles
 * on terrain.
 *
 * ZSTD's levels are made for streams. Level 9 has a context of 17 MB: a tile of
 * a few hundred KB uses a part of it, and it fits into no processor cache. So
 * the tables are cut to half as many entries as the tile has bytes. On aerial
 * images, Landsat and DEMs tiles are at most 0.4 % longer, mostly 0.1 %.
 * Encoding is 1.1 to 2.4 times as fast, in 2 to 4 MB.
 */
#include "io/tile/codec.h"

#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>
/* For ZSTD_getCParams, which zstd's shared libraries export. */
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include <tiff.h>

#include "core/base/min_max.h"
#include "io/tile/lerc.h"
#include "io/tile/tiff_memory.h"

#define KIB UINT64_C(1024)
#define DEFAULT_Z_LEVEL 6
#define DEFAULT_ZSTD_LEVEL 9

/* Members that the format does not need are NULL. */
struct rt_tile_codec {
    const struct rt_tile_format *format;
    struct libdeflate_compressor *deflate;
    ZSTD_CCtx *zstd;
    struct rt_tiff_memory *tiff;
    uint8_t *mask; /* a byte for each pixel, for LERC */
    uint8_t *blob; /* LERC's output, if it is compressed further */
};

static bool uses_deflate(const struct rt_tile_format *format)
{
    return format->codec == RT_CODEC_DEFLATE ||
           (format->codec == RT_CODEC_LERC &&
            format->lerc_parameters[1] == LERC_ADD_COMPRESSION_DEFLATE);
}

static bool uses_zstd(const struct rt_tile_format *format)
{
    return format->codec == RT_CODEC_ZSTD ||
           (format->codec == RT_CODEC_LERC &&
            format->lerc_parameters[1] == LERC_ADD_COMPRESSION_ZSTD);
}

/* The largest input of the last step. */
static uint64_t most_input(const struct rt_tile_format *format)
{
    return format->codec == RT_CODEC_LERC ? rt_lerc_bound_bytes(format)
                                          : format->packed_bytes;
}

static size_t mask_bytes(const struct rt_tile_format *format)
{
    return (size_t)format->w_px * (size_t)format->h_px;
}

static int deflate_level(const struct rt_tile_format *format)
{
    const int level = format->z_level > 0 ? format->z_level : DEFAULT_Z_LEVEL;

    return level >= 6 && level <= 9 ? level + 1 : level;
}

/* The size of libdeflate's contexts, rounded up; libdeflate has no function for
 * it. */
static uint64_t deflate_state_bytes(int level)
{
    if (level <= 1)
        return 256 * KIB;
    return level <= 9 ? 768 * KIB : 9472 * KIB;
}

/* Tables have half as many entries as tiles of up to 1 MB have bytes, and a
 * quarter for larger tiles, which makes these 0.5 % longer. */
#define SMALL_TILE_LOG 20

static ZSTD_CCtx *create_zstd(const struct rt_tile_format *format)
{
    const int level =
        format->zstd_level > 0 ? format->zstd_level : DEFAULT_ZSTD_LEVEL;
    const ZSTD_compressionParameters full =
        ZSTD_getCParams(level, ZSTD_CONTENTSIZE_UNKNOWN, 0);
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    int tile_log = 1, table_log;

    if (zstd == NULL)
        return NULL;
    while ((UINT64_C(1) << tile_log) < format->packed_bytes)
        tile_log++;
    table_log = tile_log > SMALL_TILE_LOG ? tile_log - 2 : tile_log - 1;
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog,
                           rt_max_i32(rt_min_i32((int)full.windowLog, tile_log),
                                      ZSTD_WINDOWLOG_MIN));
    ZSTD_CCtx_setParameter(
        zstd, ZSTD_c_hashLog,
        rt_max_i32(rt_min_i32((int)full.hashLog, table_log), ZSTD_HASHLOG_MIN));
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_chainLog,
                           rt_max_i32(rt_min_i32((int)full.chainLog, table_log),
                                      ZSTD_CHAINLOG_MIN));
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_searchLog, (int)full.searchLog);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_minMatch, (int)full.minMatch);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_targetLength, (int)full.targetLength);
    ZSTD_CCtx_setParameter(zstd, ZSTD_c_strategy, (int)full.strategy);
    return zstd;
}

/* Measures a context after it has compressed a tile of zeros. */
static enum rt_status measure_zstd(const struct rt_tile_format *format,
                                   uint64_t *bytes, struct rt_error *err)
{
    ZSTD_CCtx *zstd = create_zstd(format);
    void *zeros = calloc(1, (size_t)format->packed_bytes);
    void *encoded = malloc((size_t)format->bound_bytes);
    enum rt_status status = RT_OK;

    if (zstd == NULL || zeros == NULL || encoded == NULL)
        status = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    else if (ZSTD_isError(ZSTD_compress2(zstd, encoded,
                                         (size_t)format->bound_bytes, zeros,
                                         (size_t)format->packed_bytes)))
        status = rt_error_set(err, RT_ERR_INTERNAL, "ZSTD fails on zeros");
    else
        *bytes = ZSTD_sizeof_CCtx(zstd);
    free(encoded);
    free(zeros);
    ZSTD_freeCCtx(zstd);
    return status;
}

enum rt_status rt_tile_codec_measure(struct rt_tile_format *format,
                                     struct rt_error *err)
{
    const size_t most = (size_t)most_input(format);
    enum rt_status status = RT_OK;

    format->state_bytes = 0;
    format->bound_bytes = most;
    if (uses_deflate(format)) {
        format->bound_bytes = libdeflate_zlib_compress_bound(NULL, most);
        format->state_bytes = deflate_state_bytes(deflate_level(format));
    } else if (uses_zstd(format)) {
        format->bound_bytes = ZSTD_compressBound(most);
        status = measure_zstd(format, &format->state_bytes, err);
    } else if (format->codec == RT_CODEC_LIBTIFF) {
        format->bound_bytes = rt_tiff_memory_bound_bytes(format);
        format->state_bytes = rt_tiff_memory_state_bytes(format);
    }
    if (format->codec == RT_CODEC_LERC) {
        format->state_bytes += mask_bytes(format) + rt_lerc_state_bytes(format);
        if (uses_deflate(format) || uses_zstd(format))
            format->state_bytes += most; /* the blob */
        if (status == RT_OK)
            status = rt_lerc_check(format, err);
    }
    format->state_bytes += sizeof(struct rt_tile_codec);
    return status;
}

static enum rt_status create_parts(struct rt_tile_codec *codec,
                                   struct rt_error *err)
{
    const struct rt_tile_format *format = codec->format;
    const bool further = uses_deflate(format) || uses_zstd(format);

    if (format->codec == RT_CODEC_LIBTIFF)
        return rt_tiff_memory_create(format, &codec->tiff, err);
    if (uses_deflate(format))
        codec->deflate = libdeflate_alloc_compressor(deflate_level(format));
    if (uses_zstd(format))
        codec->zstd = create_zstd(format);
    if (format->codec == RT_CODEC_LERC) {
        codec->mask = malloc(mask_bytes(format));
        if (further)
            codec->blob = malloc((size_t)rt_lerc_bound_bytes(format));
    }
    if ((uses_deflate(format) && codec->deflate == NULL) ||
        (uses_zstd(format) && codec->zstd == NULL) ||
        (format->codec == RT_CODEC_LERC &&
         (codec->mask == NULL || (further && codec->blob == NULL))))
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    return RT_OK;
}

enum rt_status rt_tile_codec_create(const struct rt_tile_format *format,
                                    struct rt_tile_codec **codec,
                                    struct rt_error *err)
{
    struct rt_tile_codec *made = calloc(1, sizeof(*made));
    enum rt_status status;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    made->format = format;
    status = create_parts(made, err);
    if (status != RT_OK) {
        rt_tile_codec_destroy(made);
        return status;
    }
    *codec = made;
    return RT_OK;
}

void rt_tile_codec_destroy(struct rt_tile_codec *codec)
{
    if (codec == NULL)
        return;
    libdeflate_free_compressor(codec->deflate);
    ZSTD_freeCCtx(codec->zstd);
    rt_tiff_memory_destroy(codec->tiff);
    free(codec->mask);
    free(codec->blob);
    free(codec);
}

/* The last step, on n bytes. */
static enum rt_status compress(struct rt_tile_codec *codec, const void *bytes,
                               uint64_t n, void *encoded, uint64_t *n_bytes,
                               struct rt_error *err)
{
    const size_t bound = (size_t)codec->format->bound_bytes;
    size_t made;

    if (codec->deflate != NULL) {
        *n_bytes = libdeflate_zlib_compress(codec->deflate, bytes, (size_t)n,
                                            encoded, bound);
        if (*n_bytes == 0)
            return rt_error_set(err, RT_ERR_INTERNAL,
                                "DEFLATE takes more than its bound");
        return RT_OK;
    }
    made = ZSTD_compress2(codec->zstd, encoded, bound, bytes, (size_t)n);
    if (ZSTD_isError(made))
        return rt_error_set(err, RT_ERR_MEMORY, "ZSTD cannot encode a tile: %s",
                            ZSTD_getErrorName(made));
    *n_bytes = made;
    return RT_OK;
}

static enum rt_status encode_lerc(struct rt_tile_codec *codec, void *tile,
                                  void *encoded, uint64_t *n_bytes,
                                  struct rt_error *err)
{
    uint8_t *blob = codec->blob != NULL ? codec->blob : encoded;
    enum rt_status status =
        rt_lerc_encode(codec->format, tile, codec->mask, blob, n_bytes, err);

    if (status != RT_OK || codec->blob == NULL)
        return status;
    return compress(codec, blob, *n_bytes, encoded, n_bytes, err);
}

enum rt_status rt_tile_codec_encode(struct rt_tile_codec *codec, void *tile,
                                    void *encoded, uint64_t *n_bytes,
                                    struct rt_error *err)
{
    const uint64_t n = codec->format->packed_bytes;

    switch (codec->format->codec) {
    case RT_CODEC_STORED:
        memcpy(encoded, tile, (size_t)n);
        *n_bytes = n;
        return RT_OK;
    case RT_CODEC_DEFLATE:
    case RT_CODEC_ZSTD:
        return compress(codec, tile, n, encoded, n_bytes, err);
    case RT_CODEC_LERC:
        return encode_lerc(codec, tile, encoded, n_bytes, err);
    case RT_CODEC_LIBTIFF:
        return rt_tiff_memory_encode(codec->tiff, tile, encoded, n_bytes, err);
    }
    return rt_error_set(err, RT_ERR_INTERNAL, "no such codec");
}
