/* tag_reader.c - see tag_reader.h. */
#include "io/tile/tag_reader.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "io/tiff/handle.h"

#define TAG_GDAL_NODATA 42113

static enum rt_status read_sizes(TIFF *tiff, const char *path,
                                 struct rt_tile_format *format,
                                 struct rt_error *err)
{
    uint32_t w_px = 0, h_px = 0, raster_w_px = 0, raster_h_px = 0;
    uint16_t bands = 0;

    if (!TIFFIsTiled(tiff))
        return rt_error_set(err, RT_ERR_ARGUMENT, "'%s' is not tiled", path);
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &w_px);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &h_px);
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &raster_w_px);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &raster_h_px);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &bands);
    if (w_px == 0 || w_px > INT32_MAX || h_px == 0 || h_px > INT32_MAX ||
        raster_w_px == 0 || raster_w_px > INT32_MAX || raster_h_px == 0 ||
        raster_h_px > INT32_MAX || bands == 0)
        return rt_error_set(err, RT_ERR_RANGE, "'%s' has impossible sizes",
                            path);
    format->w_px = (int32_t)w_px;
    format->h_px = (int32_t)h_px;
    format->raster_w_px = (int32_t)raster_w_px;
    format->raster_h_px = (int32_t)raster_h_px;
    format->bands = bands;
    return RT_OK;
}

static void read_sample_tags(TIFF *tiff, struct rt_tile_format *format)
{
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &format->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format->sample_format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &format->compression);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &format->planar);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_FILLORDER, &format->fill_order);
    if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &format->photometric))
        format->photometric = PHOTOMETRIC_MINISBLACK;
    if (!TIFFGetField(tiff, TIFFTAG_PREDICTOR, &format->predictor))
        format->predictor = PREDICTOR_NONE;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_YCBCRSUBSAMPLING,
                          &format->subsampling[0], &format->subsampling[1]);
    if (format->planar == PLANARCONFIG_SEPARATE) {
        format->planes = format->bands;
        format->samples = 1;
    } else {
        format->planes = 1;
        format->samples = format->bands;
    }
    format->big_endian = TIFFIsBigEndian(tiff) != 0;
    format->swapped = TIFFIsByteSwapped(tiff) != 0;
}

/* A copy that outlives the handle; NULL only if out of memory. */
static void *duplicate(const void *bytes, size_t n)
{
    void *copy = malloc(n > 0 ? n : 1);

    if (copy != NULL && n > 0)
        memcpy(copy, bytes, n);
    return copy;
}

static bool read_codec_tags(TIFF *tiff, struct rt_tile_format *format)
{
    uint16_t n_extra = 0, *extra = NULL;
    uint32_t n_tables = 0;
    int n_lerc = 0;
    void *tables = NULL;
    uint32_t *lerc = NULL;

    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &n_extra, &extra);
    format->extra_samples = duplicate(extra, n_extra * sizeof(*extra));
    if (format->extra_samples == NULL)
        return false;
    format->n_extra_samples = n_extra;
    if (format->compression == COMPRESSION_CCITTFAX3)
        TIFFGetField(tiff, TIFFTAG_GROUP3OPTIONS, &format->fax_options);
    if (format->compression == COMPRESSION_LERC &&
        TIFFGetField(tiff, TIFFTAG_LERC_PARAMETERS, &n_lerc, &lerc) &&
        n_lerc >= 2)
        memcpy(format->lerc_parameters, lerc, sizeof(format->lerc_parameters));
    if (format->compression == COMPRESSION_JPEG &&
        TIFFGetField(tiff, TIFFTAG_JPEGTABLES, &n_tables, &tables)) {
        format->jpeg_tables = duplicate(tables, n_tables);
        if (format->jpeg_tables == NULL)
            return false;
        format->n_jpeg_tables = n_tables;
    }
    return true;
}

/* libtiff knows the tag only if the GTiff driver has been used. */
static char *read_nodata(TIFF *tiff)
{
    const TIFFField *field = TIFFFindField(tiff, TAG_GDAL_NODATA, TIFF_ANY);
    const char *text = NULL;
    uint32_t n32 = 0;
    uint16_t n16 = 0;
    int found;

    if (field == NULL)
        return NULL;
    if (!TIFFFieldPassCount(field))
        found = TIFFGetField(tiff, TAG_GDAL_NODATA, &text);
    else if (TIFFFieldReadCount(field) == TIFF_VARIABLE2)
        found = TIFFGetField(tiff, TAG_GDAL_NODATA, &n32, &text);
    else
        found = TIFFGetField(tiff, TAG_GDAL_NODATA, &n16, &text);
    return found && text != NULL ? strdup(text) : NULL;
}

enum rt_status rt_tags_read(const char *path, int directory,
                            struct rt_tile_format *format, char **nodata,
                            struct rt_error *err)
{
    struct rt_tiff_messages messages;
    TIFF *tiff = rt_tiff_open_file(path, &messages);
    enum rt_status status;

    if (tiff == NULL)
        return rt_error_set(err, RT_ERR_SOURCE, "cannot open '%s': %s", path,
                            rt_tiff_messages_text(&messages, "not a TIFF"));
    if (directory < 0 || directory > UINT16_MAX ||
        !TIFFSetDirectory(tiff, (tdir_t)directory)) {
        TIFFClose(tiff);
        return rt_error_set(err, RT_ERR_SOURCE, "no directory %d in '%s': %s",
                            directory, path,
                            rt_tiff_messages_text(&messages, "out of range"));
    }
    status = read_sizes(tiff, path, format, err);
    if (status == RT_OK) {
        read_sample_tags(tiff, format);
        if (!read_codec_tags(tiff, format))
            status = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
        *nodata = read_nodata(tiff);
    }
    TIFFClose(tiff);
    return status;
}
