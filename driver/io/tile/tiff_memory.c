/* tiff_memory.c - see tiff_memory.h.
 *
 * The file's end is always reported as TILE_AT, so libtiff puts each tile
 * there, whether it rewrites or appends it. The header in front of it, and the
 * directory that is written on close, are discarded.
 */
#include "io/tile/tiff_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "io/tiff/handle.h"

#define TILE_AT 16
#define KIB UINT64_C(1024)

struct rt_tiff_memory {
    const struct rt_tile_format *format;
    TIFF *tiff;
    struct rt_tiff_messages messages;
    uint64_t position;
    uint8_t *encoded; /* borrowed while a tile is encoded, otherwise NULL */
    uint64_t n_bytes; /* bytes written to encoded */
    bool too_long;
};

/* There is nothing to read: tiles are only written. */
static tmsize_t read_memory(thandle_t data, void *bytes, tmsize_t n)
{
    (void)data;
    (void)bytes;
    (void)n;
    return 0;
}

static tmsize_t write_memory(thandle_t data, void *bytes, tmsize_t n)
{
    struct rt_tiff_memory *memory = data;
    const uint64_t at = memory->position - TILE_AT;

    if (memory->encoded != NULL && memory->position >= TILE_AT) {
        if (at + (uint64_t)n > memory->format->bound_bytes) {
            memory->too_long = true;
            return 0;
        }
        memcpy(memory->encoded + at, bytes, (size_t)n);
        memory->n_bytes = at + (uint64_t)n;
    }
    memory->position += (uint64_t)n;
    return n;
}

static toff_t seek_memory(thandle_t data, toff_t offset, int whence)
{
    struct rt_tiff_memory *memory = data;

    if (whence == SEEK_END)
        memory->position = TILE_AT;
    else if (whence == SEEK_SET)
        memory->position = offset;
    else
        memory->position += offset;
    return memory->position;
}

static int close_memory(thandle_t data)
{
    (void)data;
    return 0;
}

static toff_t size_of_memory(thandle_t data)
{
    (void)data;
    return TILE_AT;
}

static TIFF *open_memory(struct rt_tiff_memory *memory)
{
    static const struct rt_tiff_client client = {
        read_memory, write_memory, seek_memory, close_memory, size_of_memory};
    const struct rt_tile_format *format = memory->format;
    const char *mode = format->big_endian ? "wb" : "wl";

    return rt_tiff_open_client("tile", format->prepared ? "w" : mode, &client,
                               memory, &memory->messages);
}

static bool set_image_tags(TIFF *tiff, const struct rt_tile_format *format)
{
    return TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, (uint32_t)format->w_px) &&
           TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, (uint32_t)format->h_px) &&
           TIFFSetField(tiff, TIFFTAG_TILEWIDTH, (uint32_t)format->w_px) &&
           TIFFSetField(tiff, TIFFTAG_TILELENGTH, (uint32_t)format->h_px) &&
           TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, format->bits) &&
           TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, format->bands) &&
           TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, format->sample_format) &&
           TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, format->planar) &&
           TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, format->photometric) &&
           TIFFSetField(tiff, TIFFTAG_COMPRESSION, format->compression) &&
           (format->n_extra_samples == 0 ||
            TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, format->n_extra_samples,
                         format->extra_samples));
}

static bool set_jpeg_tags(TIFF *tiff, const struct rt_tile_format *format)
{
    const bool is_ycbcr = format->photometric == PHOTOMETRIC_YCBCR;

    if (is_ycbcr &&
        !TIFFSetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, format->subsampling[0],
                      format->subsampling[1]))
        return false;
    if (format->n_jpeg_tables > 0 &&
        !TIFFSetField(tiff, TIFFTAG_JPEGTABLES, format->n_jpeg_tables,
                      format->jpeg_tables))
        return false;
    if (is_ycbcr &&
        CPLTestBool(CPLGetConfigOption("CONVERT_YCBCR_TO_RGB", "YES")) &&
        !TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB))
        return false;
    return (format->jpeg_quality < 0 ||
            TIFFSetField(tiff, TIFFTAG_JPEGQUALITY, format->jpeg_quality)) &&
           TIFFSetField(tiff, TIFFTAG_JPEGTABLESMODE, format->jpeg_tables_mode);
}

static bool set_codec_tags(TIFF *tiff, const struct rt_tile_format *format)
{
    switch (format->compression) {
    case COMPRESSION_JPEG:
        return set_jpeg_tags(tiff, format);
    case COMPRESSION_WEBP:
        return (format->webp_level < 0 ||
                TIFFSetField(tiff, TIFFTAG_WEBP_LEVEL, format->webp_level)) &&
               (!format->webp_lossless ||
                TIFFSetField(tiff, TIFFTAG_WEBP_LOSSLESS, 1));
    case COMPRESSION_LZMA:
        return format->lzma_preset < 0 ||
               TIFFSetField(tiff, TIFFTAG_LZMAPRESET, format->lzma_preset);
    case COMPRESSION_CCITTFAX3:
        return format->fax_options == 0 ||
               TIFFSetField(tiff, TIFFTAG_GROUP3OPTIONS, format->fax_options);
    default:
        return true;
    }
}

enum rt_status rt_tiff_memory_create(const struct rt_tile_format *format,
                                     struct rt_tiff_memory **memory,
                                     struct rt_error *err)
{
    struct rt_tiff_memory *made = calloc(1, sizeof(*made));

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    made->format = format;
    made->tiff = open_memory(made);
    if (made->tiff == NULL || !set_image_tags(made->tiff, format) ||
        !set_codec_tags(made->tiff, format)) {
        (void)rt_error_set(
            err, RT_ERR_ARGUMENT, "libtiff cannot encode such tiles: %s",
            rt_tiff_messages_text(&made->messages, "a tag is refused"));
        rt_tiff_memory_destroy(made);
        return RT_ERR_ARGUMENT;
    }
    *memory = made;
    return RT_OK;
}

void rt_tiff_memory_destroy(struct rt_tiff_memory *memory)
{
    if (memory == NULL)
        return;
    if (memory->tiff != NULL)
        TIFFClose(memory->tiff);
    free(memory);
}

enum rt_status rt_tiff_memory_encode(struct rt_tiff_memory *memory, void *tile,
                                     void *encoded, uint64_t *n_bytes,
                                     struct rt_error *err)
{
    const tmsize_t n = (tmsize_t)memory->format->packed_bytes;
    tmsize_t written;

    memory->encoded = encoded;
    memory->n_bytes = 0;
    memory->too_long = false;
    memory->messages.first_error[0] = '\0';
    written = TIFFWriteEncodedTile(memory->tiff, 0, tile, n);
    memory->encoded = NULL;
    if (memory->too_long)
        return rt_error_set(err, RT_ERR_INTERNAL,
                            "an encoded tile takes over %llu bytes",
                            (unsigned long long)memory->format->bound_bytes);
    if (written != n || memory->n_bytes == 0)
        return rt_error_set(
            err, RT_ERR_ARGUMENT, "libtiff cannot encode a tile: %s",
            rt_tiff_messages_text(&memory->messages, "no reason given"));
    *n_bytes = memory->n_bytes;
    return RT_OK;
}

/* An orthonormal transform leaves at most 8 bits for a coefficient on average.
 * To state their number takes up to 4 bits, or 10 with fixed tables. */
static uint64_t jpeg_bound_bytes(const struct rt_tile_format *format)
{
    const uint64_t n = format->packed_bytes;

    if ((format->jpeg_tables_mode & JPEGTABLESMODE_HUFF) != 0)
        return n / 2 * 5 + 64 * KIB;
    return n / 4 * 7 + 64 * KIB;
}

uint64_t rt_tiff_memory_bound_bytes(const struct rt_tile_format *format)
{
    const uint64_t n = format->packed_bytes;

    switch (format->compression) {
    case COMPRESSION_LZW: /* a code of at most 12 bits for each byte */
        return n + n / 2 + n / 64 + 64;
    case COMPRESSION_PACKBITS: /* a byte before each 128, and for each row */
        return n + n / 64 + 2 * (uint64_t)format->h_px + 64;
    case COMPRESSION_JPEG:
        return jpeg_bound_bytes(format);
    case COMPRESSION_WEBP:
        return n + n / 4 + 64 * KIB;
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4: /* 12 bits for 2 pixels, and ends of rows */
        return 8 * n + 16 * (uint64_t)format->h_px + 64;
    default: /* stored, with headers */
        return n + n / 16 + 64 * KIB;
    }
}

/* The part of liblzma's allocations that a tile touches: a table of hashes, 4
 * bytes for each 2 of the preset's dictionary, up to 64 MB, and a tree and a
 * window as long as the tile. */
static uint64_t lzma_bytes(const struct rt_tile_format *format)
{
    static const uint32_t dictionary_kib[10] = {
        256, 1024, 2048, 4096, 4096, 8192, 8192, 16384, 32768, 65536};
    const int preset = format->lzma_preset >= 0 ? format->lzma_preset : 6;
    const uint64_t hashes = 2 * (dictionary_kib[preset] * KIB);

    return (hashes < 65536 * KIB ? hashes : 65536 * KIB) + 2048 * KIB +
           12 * format->packed_bytes;
}

/* The codecs' needs were measured and rounded up. */
uint64_t rt_tiff_memory_state_bytes(const struct rt_tile_format *format)
{
    const uint64_t n = format->packed_bytes;
    const uint64_t n_px = (uint64_t)format->w_px * (uint64_t)format->h_px;
    /* Includes libtiff's output buffer. */
    const uint64_t own = n + n / 10 + 512 * KIB + sizeof(struct rt_tiff_memory);

    switch (format->compression) {
    case COMPRESSION_LZMA:
        return own + lzma_bytes(format);
    case COMPRESSION_JPEG: /* all coefficients, to make tables for them */
        return own + 2 * n;
    case COMPRESSION_WEBP:
        return own + (format->webp_lossless ? 80 : 56) * n_px;
    default:
        return own;
    }
}
