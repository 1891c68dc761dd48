/* match.c - see match.h.
 *
 * The photometric interpretation matters if libtiff or GDAL uses it for
 * decoding: in JPEG, and if GDAL shows RGB instead of the stored samples.
 */
#include "io/tile/match.h"

#include <string.h>

#include <tiffio.h>

#define DEFAULT_JPEG_QUALITY 75

static enum rt_status differ(struct rt_error *err, const char *what,
                             int32_t source, int32_t target)
{
    return rt_error_set(err, RT_ERR_ARGUMENT, "the source's %s is %d, not %d",
                        what, (int)source, (int)target);
}

static enum rt_status match_bands(const struct rt_tile_format *source,
                                  const struct rt_tile_format *target,
                                  const int *bands, struct rt_error *err)
{
    bool all = source->samples == target->bands;

    if (source->samples > 1 && target->samples != target->bands)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the source's bands are interleaved by pixel, "
                            "those asked for are not");
    if (source->samples == 1 && target->samples > 1)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the source's bands are not interleaved by pixel, "
                            "those asked for are");
    for (int32_t i = 0; i < target->bands; i++)
        all = all && bands[i] == i + 1;
    if (source->samples > 1 && !all)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the source's tiles hold %d bands, and others are "
                            "asked for",
                            (int)source->samples);
    return RT_OK;
}

static enum rt_status match_layout(const struct rt_tile_format *source,
                                   const struct rt_tile_format *target,
                                   const int *bands, struct rt_error *err)
{
    if (source->w_px != target->w_px || source->h_px != target->h_px)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the source's tiles are of %dx%d pixels, not %dx%d",
                            (int)source->w_px, (int)source->h_px,
                            (int)target->w_px, (int)target->h_px);
    return match_bands(source, target, bands, err);
}

/* Whether libtiff swaps the bytes of decoded samples if the file has the other
 * byte order. */
static bool has_byte_order(const struct rt_tile_format *format)
{
    return format->bits > 8 && format->bits % 8 == 0 &&
           format->compression != COMPRESSION_JPEG;
}

static enum rt_status match_samples(const struct rt_tile_format *source,
                                    const struct rt_tile_format *target,
                                    struct rt_error *err)
{
    if (source->bits != target->bits)
        return differ(err, "number of bits", source->bits, target->bits);
    if (source->sample_format != target->sample_format)
        return differ(err, "sample format", source->sample_format,
                      target->sample_format);
    if (target->discard != NULL)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "DISCARD_LSB changes the pixels");
    if (source->fill_order != target->fill_order)
        return differ(err, "fill order", source->fill_order,
                      target->fill_order);
    if (has_byte_order(source) && source->big_endian != target->big_endian)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the source's byte order is %s-endian",
                            source->big_endian ? "big" : "little");
    return RT_OK;
}

/* One number for codecs that have two. */
static uint16_t canonical(uint16_t compression)
{
    return compression == COMPRESSION_DEFLATE ? COMPRESSION_ADOBE_DEFLATE
                                              : compression;
}

static const char *codec_name(uint16_t compression)
{
    const TIFFCodec *codec = TIFFFindCODEC(canonical(compression));

    return codec != NULL ? codec->name : "unknown";
}

static bool shows_other_colours(const struct rt_tile_format *format)
{
    switch (format->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_RGB:
    case PHOTOMETRIC_PALETTE:
    case PHOTOMETRIC_MASK:
        return false;
    case PHOTOMETRIC_YCBCR:
        return format->compression != COMPRESSION_JPEG;
    default:
        return true;
    }
}

static enum rt_status match_colours(const struct rt_tile_format *source,
                                    const struct rt_tile_format *target,
                                    struct rt_error *err)
{
    const bool ycbcr = source->photometric == PHOTOMETRIC_YCBCR;

    if (shows_other_colours(source) || shows_other_colours(target))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "colours are converted (photometric "
                            "interpretations %d and %d)",
                            source->photometric, target->photometric);
    if ((source->samples > 1 && source->compression == COMPRESSION_JPEG &&
         source->photometric != target->photometric) ||
        ycbcr != (target->photometric == PHOTOMETRIC_YCBCR))
        return differ(err, "photometric interpretation", source->photometric,
                      target->photometric);
    if (ycbcr && memcmp(source->subsampling, target->subsampling,
                        sizeof(source->subsampling)) != 0)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the source's chroma is subsampled otherwise");
    return RT_OK;
}

/* Whether JPEG tables contain a quantization table, which determines the
 * quality. Walks the markers by their lengths, up to the end of the image. */
static bool has_quantization(const struct rt_tile_format *format)
{
    const uint8_t *tables = format->jpeg_tables;
    uint32_t at = 2;

    while (at + 4 <= format->n_jpeg_tables && tables[at] == 0xFF) {
        if (tables[at + 1] == 0xDB)
            return true;
        at += 2 + (uint32_t)tables[at + 2] * 256 + tables[at + 3];
    }
    return false;
}

static enum rt_status match_jpeg(const struct rt_tile_format *source,
                                 const struct rt_tile_format *target,
                                 bool any_loss, struct rt_error *err)
{
    const uint32_t n = source->n_jpeg_tables;

    if (n != target->n_jpeg_tables ||
        (n > 0 && memcmp(source->jpeg_tables, target->jpeg_tables, n) != 0))
        return rt_error_set(
            err, RT_ERR_ARGUMENT,
            "the source's JPEG tables differ from those of JPEG_QUALITY=%d",
            target->jpeg_quality > 0 ? target->jpeg_quality
                                     : DEFAULT_JPEG_QUALITY);
    if (!any_loss && !has_quantization(source))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the quality of the source's JPEG tiles is not "
                            "recorded in its tables");
    return RT_OK;
}

static enum rt_status match_lerc(const struct rt_tile_format *source,
                                 const struct rt_tile_format *target,
                                 bool any_loss, struct rt_error *err)
{
    if (memcmp(source->lerc_parameters, target->lerc_parameters,
               sizeof(source->lerc_parameters)) != 0)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the source's LERC tiles are compressed further "
                            "in another way");
    /* A mask may replace an alpha band. */
    if (source->n_extra_samples != target->n_extra_samples ||
        memcmp(source->extra_samples, target->extra_samples,
               source->n_extra_samples * sizeof(*source->extra_samples)) != 0)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the source's extra samples mean something else");
    if (!any_loss && target->max_z_error > 0)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the source's MAX_Z_ERROR is not recorded");
    return RT_OK;
}

static enum rt_status match_codec(const struct rt_tile_format *source,
                                  const struct rt_tile_format *target,
                                  bool any_loss, struct rt_error *err)
{
    if (canonical(source->compression) != canonical(target->compression))
        return rt_error_set(
            err, RT_ERR_ARGUMENT, "the source's compression is %s, not %s",
            codec_name(source->compression), codec_name(target->compression));
    if (source->predictor != target->predictor)
        return differ(err, "predictor", source->predictor, target->predictor);
    switch (canonical(source->compression)) {
    case COMPRESSION_NONE:
    case COMPRESSION_LZW:
    case COMPRESSION_PACKBITS:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_LZMA:
    case COMPRESSION_ZSTD:
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTFAX4:
        return RT_OK;
    case COMPRESSION_CCITTFAX3:
        if (source->fax_options != target->fax_options)
            return differ(err, "GROUP3OPTIONS", (int32_t)source->fax_options,
                          (int32_t)target->fax_options);
        return RT_OK;
    case COMPRESSION_JPEG:
        return match_jpeg(source, target, any_loss, err);
    case COMPRESSION_LERC:
        return match_lerc(source, target, any_loss, err);
    case COMPRESSION_WEBP:
        if (any_loss || target->webp_lossless)
            return RT_OK;
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the quality of the source's WEBP tiles is not "
                            "recorded");
    default:
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "tiles of compression %s are not copied raw",
                            codec_name(source->compression));
    }
}

enum rt_status rt_tile_match(const struct rt_tile_format *source,
                             const struct rt_tile_format *target,
                             const int *bands, bool any_loss,
                             struct rt_error *err)
{
    enum rt_status status = match_layout(source, target, bands, err);

    if (status == RT_OK)
        status = match_samples(source, target, err);
    if (status == RT_OK)
        status = match_colours(source, target, err);
    if (status == RT_OK)
        status = match_codec(source, target, any_loss, err);
    return status;
}
