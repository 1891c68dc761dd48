/* source.c - see source.h.
 *
 * GDAL's view of the file and libtiff's have to agree in everything. If they
 * differ, GDAL treats the file in a way of its own.
 */
#include "io/tiff/source.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "io/dataset/file_stat.h"
#include "io/dataset/gdal_dataset.h"
#include "io/tiff/handle.h"
#include "io/tiff/source_internal.h"

/* Small blocks that are adjacent in the file are read together, up to this
 * size. */
#define READ_BYTES (UINT64_C(128) << 10)
/* A handle's tags, the tables of DEFLATE and LZW, ZSTD's without its window. */
#define HANDLE_BYTES (UINT64_C(384) << 10)

/* Options that change no pixel. */
static bool harmless(CSLConstList options)
{
    static const char *const names[] = {"NUM_THREADS", "GEOREF_SOURCES",
                                        "SPARSE_OK", NULL};

    for (; options != NULL && *options != NULL; options++) {
        char *key = NULL;
        bool known = false;

        (void)CPLParseNameValue(*options, &key);
        for (int i = 0; key != NULL && names[i] != NULL; i++)
            known = known || EQUAL(key, names[i]);
        CPLFree(key);
        if (!known)
            return false;
    }
    return true;
}

/* Whether configuration options make GTiff read differently. */
static bool configured(void)
{
    static const char *const names[] = {"GTIFF_IGNORE_READ_ERRORS",
                                        "GTIFF_DIRECT_IO",
                                        "GTIFF_VIRTUAL_MEM_IO", NULL};

    for (int i = 0; names[i] != NULL; i++)
        if (CPLGetConfigOption(names[i], NULL) != NULL)
            return true;
    return false;
}

/* A file of GTiff's under its plain name. Remote files are left to GDAL, which
 * requests several blocks at once. */
static bool is_plain_file(GDALDatasetH dataset, const char *name)
{
    static const char *const drivers[] = {"GTiff", NULL};

    return rt_gdal_in_list(rt_gdal_driver_name(dataset), drivers) &&
           VSIIsLocal(name) && rt_file_is_random(name);
}

static bool has_type(GDALDatasetH dataset, GDALDataType type)
{
    const int n = GDALGetRasterCount(dataset);

    for (int i = 1; i <= n; i++)
        if (GDALGetRasterDataType(GDALGetRasterBand(dataset, i)) != type)
            return false;
    return n > 0;
}

/* A 16-bit tag, or a default if the file lacks it. */
static uint16_t short_tag(TIFF *tiff, uint32_t tag, uint16_t otherwise)
{
    uint16_t value;

    return TIFFGetField(tiff, tag, &value) ? value : otherwise;
}

static bool is_known_codec(TIFF *tiff)
{
    switch (short_tag(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE)) {
    case COMPRESSION_NONE:
    case COMPRESSION_LZW:
    case COMPRESSION_PACKBITS:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_ZSTD:
    case COMPRESSION_LZMA:
        return true;
    default:
        return false;
    }
}

/* Photometrics that GDAL neither converts nor reads through libtiff's RGBA. */
static bool is_raw_photometric(TIFF *tiff)
{
    switch (short_tag(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK)) {
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_RGB:
    case PHOTOMETRIC_PALETTE:
        return true;
    default:
        return false;
    }
}

static bool is_raw(TIFF *tiff, GDALDataType type)
{
    const int bits = short_tag(tiff, TIFFTAG_BITSPERSAMPLE, 1);
    const int format = short_tag(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
    const int predictor = short_tag(tiff, TIFFTAG_PREDICTOR, 1);
    const bool is_complex = format == SAMPLEFORMAT_COMPLEXINT ||
                            format == SAMPLEFORMAT_COMPLEXIEEEFP;
    const bool is_float = format == SAMPLEFORMAT_IEEEFP;
    uint32_t depth = 1;

    (void)TIFFGetFieldDefaulted(tiff, TIFFTAG_IMAGEDEPTH, &depth);
    return bits == 8 * GDALGetDataTypeSizeBytes(type) && depth == 1 &&
           is_complex == (GDALDataTypeIsComplex(type) != 0) &&
           !(is_float && bits < 32) &&
           short_tag(tiff, TIFFTAG_FILLORDER, FILLORDER_MSB2LSB) ==
               FILLORDER_MSB2LSB &&
           (predictor == 1 || (predictor <= 3 && bits <= 64)) &&
           is_known_codec(tiff) && is_raw_photometric(tiff);
}

/* Sets the blocks as GDAL sees them; false if libtiff sees others. */
static bool set_grid(struct rt_tiff_source *source, GDALDatasetH dataset,
                     TIFF *tiff)
{
    uint32_t w_px = 0, h_px = 0, block_h_px = UINT32_MAX;
    uint32_t block_w_px;
    int gdal_w_px, gdal_h_px;

    (void)TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &w_px);
    (void)TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &h_px);
    block_w_px = w_px;
    if (TIFFIsTiled(tiff)) {
        (void)TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &block_w_px);
        (void)TIFFGetField(tiff, TIFFTAG_TILELENGTH, &block_h_px);
    } else {
        (void)TIFFGetField(tiff, TIFFTAG_ROWSPERSTRIP, &block_h_px);
        if (block_h_px > h_px)
            block_h_px = h_px;
    }
    GDALGetBlockSize(GDALGetRasterBand(dataset, 1), &gdal_w_px, &gdal_h_px);
    return w_px == (uint32_t)GDALGetRasterXSize(dataset) &&
           h_px == (uint32_t)GDALGetRasterYSize(dataset) &&
           block_w_px == (uint32_t)gdal_w_px &&
           block_h_px == (uint32_t)gdal_h_px &&
           rt_grid_init(&source->grid, (int32_t)w_px, (int32_t)h_px, gdal_w_px,
                        gdal_h_px, NULL) == RT_OK;
}

/* Sets samples and sizes; false if the file contradicts the grid. */
static bool set_sizes(struct rt_tiff_source *source, GDALDatasetH dataset,
                      TIFF *tiff)
{
    const struct rt_grid *grid = &source->grid;
    const uint64_t px = (uint64_t)grid->block_w_px * (uint64_t)grid->block_h_px;
    const bool contiguous =
        short_tag(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) ==
        PLANARCONFIG_CONTIG;
    const uint64_t file_bytes =
        TIFFIsTiled(tiff) ? TIFFTileSize64(tiff)
                          : TIFFVStripSize64(tiff, (uint32_t)grid->block_h_px);
    const uint64_t n_blocks =
        TIFFIsTiled(tiff) ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff);

    source->n_bands = GDALGetRasterCount(dataset);
    source->samples = contiguous ? source->n_bands : 1;
    source->sample_bytes = (uint32_t)GDALGetDataTypeSizeBytes(source->type);
    source->px_bytes = source->sample_bytes * (uint32_t)source->samples;
    source->block_bytes = px * source->px_bytes;
    source->n_blocks = (uint64_t)grid->cols * (uint64_t)grid->rows *
                       (uint64_t)(contiguous ? 1 : source->n_bands);
    return short_tag(tiff, TIFFTAG_SAMPLESPERPIXEL, 1) == source->n_bands &&
           px <= INT_MAX && source->block_bytes <= INT_MAX &&
           file_bytes == source->block_bytes && n_blocks == source->n_blocks;
}

/* Decoded bytes that ZSTD and LZMA keep: no more than a block, whatever the
 * window size is. */
static uint64_t window_bytes(const struct rt_tiff_source *source, TIFF *tiff)
{
    switch (short_tag(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE)) {
    case COMPRESSION_ZSTD:
    case COMPRESSION_LZMA:
        return source->block_bytes;
    default:
        return 0;
    }
}

/* The fewest bytes that a stored block can have: all its samples if they are
 * not encoded. */
static uint64_t least_bytes(const struct rt_tiff_source *source, uint64_t i)
{
    const struct rt_grid *grid = &source->grid;
    const uint64_t row = i / (uint64_t)grid->cols % (uint64_t)grid->rows;
    const struct rt_window block = rt_grid_block(grid, 0, (int32_t)row);

    if (source->encoded)
        return 1;
    return (uint64_t)block.h_px * (uint64_t)grid->block_w_px * source->px_bytes;
}

/* Reads the blocks' offsets and byte counts. libtiff refuses byte counts far
 * above the block's size, and GDAL reports that, so such files are left to
 * GDAL. */
static bool set_blocks(struct rt_tiff_source *source, TIFF *tiff)
{
    const uint64_t far_bytes = 10 * source->block_bytes + 4096;
    const uint64_t most_bytes = far_bytes > READ_BYTES ? far_bytes : READ_BYTES;
    uint64_t sum_bytes = 0;
    int failed = 0;

    source->blocks = malloc((size_t)source->n_blocks * sizeof(*source->blocks));
    if (source->blocks == NULL)
        return false;
    for (uint64_t i = 0; i < source->n_blocks; i++) {
        struct rt_tiff_block *block = &source->blocks[i];

        block->at_bytes =
            TIFFGetStrileOffsetWithErr(tiff, (uint32_t)i, &failed);
        block->n_bytes =
            TIFFGetStrileByteCountWithErr(tiff, (uint32_t)i, &failed);
        if (failed || block->at_bytes > INT64_MAX ||
            block->n_bytes > most_bytes)
            return false;
        if (block->n_bytes == 0)
            continue;
        if (block->at_bytes == 0 || block->n_bytes < least_bytes(source, i))
            return false;
        sum_bytes += block->n_bytes;
        if (block->n_bytes > source->raw_bytes)
            source->raw_bytes = block->n_bytes;
    }
    if (source->raw_bytes < READ_BYTES)
        source->raw_bytes = sum_bytes < READ_BYTES ? sum_bytes : READ_BYTES;
    if (!source->encoded)
        source->raw_bytes = 0;
    return true;
}

/* Sets the sample of a missing block to the value that GTiff uses. GDAL 3.6
 * shows signed bytes as Byte, so a negative nodata value is converted to that
 * type. */
static void set_missing(const struct rt_tiff_source *source,
                        GDALRasterBandH band, bool is_signed, void *sample)
{
    const int size = (int)source->sample_bytes;
    int has = FALSE;

    if (source->type == GDT_Int64) {
        const int64_t value = GDALGetRasterNoDataValueAsInt64(band, &has);

        if (has)
            GDALCopyWords(&value, GDT_Int64, 0, sample, source->type, size, 1);
    } else if (source->type == GDT_UInt64) {
        const uint64_t value = GDALGetRasterNoDataValueAsUInt64(band, &has);

        if (has)
            GDALCopyWords(&value, GDT_UInt64, 0, sample, source->type, size, 1);
    } else {
        double value = GDALGetRasterNoDataValue(band, &has);

        if (source->type == GDT_Byte && is_signed && value < 0 &&
            value >= -128 && (int)value == value)
            value += 256;
        if (has)
            GDALCopyWords(&value, GDT_Float64, 0, sample, source->type, size,
                          1);
    }
}

static bool set_missing_pixel(struct rt_tiff_source *source,
                              GDALDatasetH dataset, TIFF *tiff)
{
    const bool is_signed = short_tag(tiff, TIFFTAG_SAMPLEFORMAT,
                                     SAMPLEFORMAT_UINT) == SAMPLEFORMAT_INT;

    source->missing = calloc((size_t)source->n_bands, source->sample_bytes);
    if (source->missing == NULL)
        return false;
    for (int32_t i = 0; i < source->n_bands; i++)
        set_missing(source, GDALGetRasterBand(dataset, i + 1), is_signed,
                    source->missing + (size_t)i * source->sample_bytes);
    return true;
}

static bool fill_in(struct rt_tiff_source *source, GDALDatasetH dataset,
                    TIFF *tiff)
{
    if (!is_raw(tiff, source->type) || !set_grid(source, dataset, tiff) ||
        !set_sizes(source, dataset, tiff))
        return false;
    source->encoded = short_tag(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE) !=
                      COMPRESSION_NONE;
    source->codec_bytes = HANDLE_BYTES + window_bytes(source, tiff);
    return set_blocks(source, tiff) && set_missing_pixel(source, dataset, tiff);
}

struct rt_tiff_source *rt_tiff_source_open(GDALDatasetH dataset,
                                           const char *name,
                                           CSLConstList options,
                                           GDALDataType type)
{
    struct rt_tiff_messages messages;
    struct rt_tiff_source *source;
    TIFF *tiff;
    bool good;

    if (!is_plain_file(dataset, name) || !has_type(dataset, type) ||
        !harmless(options) || configured())
        return NULL;
    source = calloc(1, sizeof(*source));
    tiff = rt_tiff_open_file(name, &messages);
    good = source != NULL && tiff != NULL;
    if (good) {
        source->type = type;
        source->path = CPLStrdup(name);
        good = fill_in(source, dataset, tiff);
    }
    if (tiff != NULL)
        TIFFClose(tiff);
    if (good)
        return source;
    rt_tiff_source_close(source);
    return NULL;
}

void rt_tiff_source_close(struct rt_tiff_source *source)
{
    if (source == NULL)
        return;
    CPLFree(source->path);
    free(source->blocks);
    free(source->missing);
    free(source);
}

bool rt_tiff_source_is_packed(const struct rt_tiff_source *source,
                              const int *bands, int32_t n_bands)
{
    if (source->samples == 1 || n_bands != source->n_bands)
        return false;
    for (int32_t i = 0; i < n_bands; i++)
        if (bands[i] != i + 1)
            return false;
    return true;
}

bool rt_tiff_source_is_direct(const struct rt_tiff_source *source,
                              const struct rt_window *window, bool packed)
{
    const struct rt_grid *grid = &source->grid;

    return (packed || source->samples == 1) &&
           window->w_px == grid->block_w_px &&
           window->x_px % grid->block_w_px == 0 &&
           window->y_px % grid->block_h_px == 0;
}

uint64_t rt_tiff_source_table_bytes(const struct rt_tiff_source *source)
{
    return source->n_blocks * sizeof(*source->blocks);
}

uint64_t rt_tiff_source_held_bytes(const struct rt_tiff_source *source,
                                   const struct rt_window *window, bool packed)
{
    const bool direct = rt_tiff_source_is_direct(source, window, packed);

    return source->raw_bytes + (direct ? 0 : source->block_bytes) +
           source->codec_bytes;
}
