/* format.c - see format.h. */
#include "io/tile/format.h"

#include <stdlib.h>
#include <string.h>

#include <tiff.h>

#include "core/base/checked.h"
#include "cpl_conv.h"
#include "io/tile/bit_pack.h"
#include "io/tile/codec.h"
#include "io/tile/format_fields.h"
#include "io/tile/tag_reader.h"

/* An option out of its range counts as not given. */
static int number_option(CSLConstList options, const char *name, int least,
                         int most)
{
    const char *text = CSLFetchNameValue(options, name);
    const int value = text != NULL ? atoi(text) : -1;

    return text != NULL && value >= least && value <= most ? value : -1;
}

static void read_options(struct rt_tile_format *format, CSLConstList options)
{
    format->z_level = number_option(options, "ZLEVEL", 1, 12);
    format->zstd_level = number_option(options, "ZSTD_LEVEL", 1, 22);
    format->lzma_preset = number_option(options, "LZMA_PRESET", 0, 9);
    format->jpeg_quality = number_option(options, "JPEG_QUALITY", 1, 100);
    format->webp_level = number_option(options, "WEBP_LEVEL", 1, 100);
    format->webp_lossless = CPLFetchBool(options, "WEBP_LOSSLESS", FALSE);
    format->max_z_error =
        CPLAtof(CSLFetchNameValueDef(options, "MAX_Z_ERROR", "0"));
    format->jpeg_tables_mode =
        atoi(CSLFetchNameValueDef(options, "JPEGTABLESMODE", "1"));
    format->lerc_alpha_band = CPLFetchBool(options, "@LERC_ALPHA_BAND", FALSE);
    /* Tiles must contain the tables if the file does not. */
    if (format->n_jpeg_tables == 0)
        format->jpeg_tables_mode = 0;
    format->holes =
        CPLFetchBool(options, "SPARSE_OK", FALSE) &&
        !CPLFetchBool(options, "WRITE_EMPTY_TILES_SYNCHRONOUSLY", FALSE) &&
        !CPLFetchBool(options, "@WRITE_EMPTY_TILES_SYNCHRONOUSLY", FALSE);
}

/* GTiff never compares 64-bit integers with a nodata value. */
static void set_nodata(struct rt_tile_format *format, const char *text)
{
    if (text == NULL)
        return;
    if (format->type == GDT_Int64 || format->type == GDT_UInt64) {
        format->holes = false;
        return;
    }
    format->has_nodata = true;
    format->nodata = CPLAtofM(text);
}

static bool set_packing(struct rt_tile_format *format)
{
    const GDALDataType type = format->type;
    const uint32_t bits = format->bits;

    if (bits == 8 * format->sample_bytes)
        format->packing = RT_PACK_NONE;
    else if (type == GDT_Float32 && bits == 16 &&
             format->sample_format == SAMPLEFORMAT_IEEEFP)
        format->packing = RT_PACK_HALVES;
    else if (type == GDT_Byte && bits == 1 && format->samples == 1)
        format->packing = RT_PACK_FLAGS;
    else if ((type == GDT_Byte || type == GDT_UInt16 || type == GDT_UInt32) &&
             bits < 8 * format->sample_bytes)
        format->packing = RT_PACK_BITS;
    else
        return false;
    return true;
}

static bool is_complex(const struct rt_tile_format *format)
{
    return format->sample_format == SAMPLEFORMAT_COMPLEXINT ||
           format->sample_format == SAMPLEFORMAT_COMPLEXIEEEFP;
}

static bool is_predictable(const struct rt_tile_format *format)
{
    const uint32_t bits = format->bits;
    const bool whole = bits == 8 || bits == 16 || bits == 32 || bits == 64;

    if (format->predictor == PREDICTOR_FLOATINGPOINT)
        return whole && bits != 8 &&
               format->sample_format == SAMPLEFORMAT_IEEEFP;
    return format->predictor == PREDICTOR_NONE ||
           (format->predictor == PREDICTOR_HORIZONTAL && whole);
}

static void set_codec(struct rt_tile_format *format)
{
    switch (format->compression) {
    case COMPRESSION_NONE:
        format->codec = RT_CODEC_STORED;
        break;
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
        format->codec = RT_CODEC_DEFLATE;
        break;
    case COMPRESSION_ZSTD:
        format->codec = RT_CODEC_ZSTD;
        break;
    case COMPRESSION_LERC:
        format->codec = RT_CODEC_LERC;
        break;
    default:
        format->codec = RT_CODEC_LIBTIFF;
        break;
    }
    format->prepared = format->codec != RT_CODEC_LIBTIFF ||
                       format->compression == COMPRESSION_LZW ||
                       format->compression == COMPRESSION_LZMA ||
                       format->compression == COMPRESSION_PACKBITS;
    /* libtiff does not take CFloat16 for two numbers. */
    if (format->sample_format == SAMPLEFORMAT_COMPLEXIEEEFP &&
        format->bits == 32)
        format->swap_bytes = 4;
    else if (format->bits % 8 == 0)
        format->swap_bytes = format->bits / (is_complex(format) ? 16U : 8U);
    else
        format->swap_bytes = 1;
}

static enum rt_status set_sizes(struct rt_tile_format *format,
                                struct rt_error *err)
{
    const uint64_t row_samples =
        (uint64_t)format->w_px * (uint64_t)format->samples;

    format->row_bytes = rt_packed_row_bytes(row_samples, format->bits);
    if (!rt_mul_u64(row_samples, (uint64_t)format->h_px,
                    &format->pixel_bytes) ||
        !rt_mul_u64(format->pixel_bytes, format->sample_bytes,
                    &format->pixel_bytes) ||
        format->pixel_bytes > INT32_MAX)
        return rt_error_set(err, RT_ERR_RANGE,
                            "a tile of %d x %d pixels takes over 2 GB: write "
                            "smaller BLOCKXSIZE and BLOCKYSIZE",
                            (int)format->w_px, (int)format->h_px);
    format->packed_bytes = format->row_bytes * (uint64_t)format->h_px;
    return RT_OK;
}

static enum rt_status set_discard(struct rt_tile_format *format,
                                  CSLConstList options, struct rt_error *err)
{
    const char *text = CSLFetchNameValue(options, "DISCARD_LSB");
    enum rt_sample_kind kind;

    if (text == NULL || format->photometric == PHOTOMETRIC_PALETTE)
        return RT_OK;
    if (format->sample_format == SAMPLEFORMAT_UINT)
        kind = RT_SAMPLE_UNSIGNED;
    else if (format->sample_format == SAMPLEFORMAT_INT)
        kind = RT_SAMPLE_SIGNED;
    else if (format->sample_format == SAMPLEFORMAT_IEEEFP)
        kind = RT_SAMPLE_FLOAT;
    else
        return RT_OK;
    return rt_discard_lsb_create(text, format->bands, kind, format->bits,
                                 format->has_nodata, format->nodata,
                                 &format->discard, err);
}

static enum rt_status settle(struct rt_tile_format *format,
                             CSLConstList options, struct rt_error *err)
{
    enum rt_status status;

    if (!set_packing(format))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "pixels of type %s cannot be written with "
                            "%u bits in sample format %u",
                            GDALGetDataTypeName(format->type),
                            (unsigned)format->bits,
                            (unsigned)format->sample_format);
    if (!is_predictable(format))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "predictor %u is not possible with %u bits in "
                            "sample format %u",
                            (unsigned)format->predictor, (unsigned)format->bits,
                            (unsigned)format->sample_format);
    status = set_sizes(format, err);
    if (status != RT_OK)
        return status;
    set_codec(format);
    status = set_discard(format, options, err);
    if (status == RT_OK)
        status = rt_tile_codec_measure(format, err);
    if (format->predictor == PREDICTOR_FLOATINGPOINT)
        format->state_bytes += format->row_bytes;
    return status;
}

enum rt_status rt_tile_format_open(const char *path, int directory,
                                   CSLConstList options, GDALDataType type,
                                   const char *nodata,
                                   struct rt_tile_format **format,
                                   struct rt_error *err)
{
    struct rt_tile_format *made = calloc(1, sizeof(*made));
    char *recorded = NULL;
    enum rt_status status;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    made->type = type;
    made->sample_bytes = (uint32_t)GDALGetDataTypeSizeBytes(type);
    status = rt_tags_read(path, directory, made, &recorded, err);
    if (status == RT_OK) {
        read_options(made, options);
        set_nodata(made, nodata != NULL ? nodata : recorded);
        status = settle(made, options, err);
    }
    free(recorded);
    if (status != RT_OK) {
        rt_tile_format_close(made);
        return status;
    }
    *format = made;
    return RT_OK;
}

void rt_tile_format_close(struct rt_tile_format *format)
{
    if (format == NULL)
        return;
    rt_discard_lsb_destroy(format->discard);
    free(format->extra_samples);
    free(format->jpeg_tables);
    free(format);
}

int32_t rt_tile_format_w_px(const struct rt_tile_format *format)
{
    return format->w_px;
}

int32_t rt_tile_format_h_px(const struct rt_tile_format *format)
{
    return format->h_px;
}

void rt_tile_format_set_raster(struct rt_tile_format *format, int32_t w_px,
                               int32_t h_px)
{
    format->raster_w_px = w_px;
    format->raster_h_px = h_px;
}

int32_t rt_tile_format_raster_w_px(const struct rt_tile_format *format)
{
    return format->raster_w_px;
}

int32_t rt_tile_format_raster_h_px(const struct rt_tile_format *format)
{
    return format->raster_h_px;
}

int32_t rt_tile_format_cols(const struct rt_tile_format *format)
{
    return (format->raster_w_px - 1) / format->w_px + 1;
}

int32_t rt_tile_format_rows(const struct rt_tile_format *format)
{
    return (format->raster_h_px - 1) / format->h_px + 1;
}

int32_t rt_tile_format_samples(const struct rt_tile_format *format)
{
    return format->samples;
}

int32_t rt_tile_format_planes(const struct rt_tile_format *format)
{
    return format->planes;
}

bool rt_tile_format_is_compressed(const struct rt_tile_format *format)
{
    return format->compression != COMPRESSION_NONE;
}

uint32_t rt_tile_format_sample_bytes(const struct rt_tile_format *format)
{
    return format->sample_bytes;
}

uint64_t rt_tile_format_state_bytes(const struct rt_tile_format *format)
{
    return format->state_bytes;
}

uint64_t rt_tile_format_bound_bytes(const struct rt_tile_format *format)
{
    return format->bound_bytes;
}
