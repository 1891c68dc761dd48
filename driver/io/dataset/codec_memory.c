/* codec_memory.c - see codec_memory.h.
 *
 * The numbers are fitted to measurements: how much reading one source block,
 * and a row of them, adds to the peak of resident memory. The rasters had 3000
 * to 6000 pixels a side and one or three bands of bytes.
 */
#include "io/dataset/codec_memory.h"

#include <stdbool.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "io/dataset/file_stat.h"
#include "io/dataset/gdal_dataset.h"

#define MIB (UINT64_C(1) << 20)
/* Tables, windows of the entropy coders, and holes in the heap. */
#define BASE_BYTES (3 * MIB)
#define HEADER_BYTES (1 << 16)

struct shape {
    uint64_t block_px;    /* of a source block */
    uint64_t block_bytes; /* of its pixels, all bands */
    uint64_t raster_px;
    uint64_t n_bands;
    bool interleaved;
};

static struct shape shape_of(GDALDatasetH dataset)
{
    GDALRasterBandH band = GDALGetRasterBand(dataset, 1);
    struct shape shape = {0};
    int block_w_px, block_h_px;

    GDALGetBlockSize(band, &block_w_px, &block_h_px);
    shape.n_bands = (uint64_t)GDALGetRasterCount(dataset);
    shape.block_px = (uint64_t)block_w_px * (uint64_t)block_h_px;
    shape.raster_px = (uint64_t)GDALGetRasterXSize(dataset) *
                      (uint64_t)GDALGetRasterYSize(dataset);
    shape.interleaved = rt_gdal_is_interleaved(dataset);
    shape.block_bytes =
        shape.block_px * shape.n_bands *
        (uint64_t)GDALGetDataTypeSizeBytes(GDALGetRasterDataType(band));
    return shape;
}

/* Reads the first bytes of the file and returns its size; 0 if it cannot be
 * opened. */
static uint64_t read_header(const char *name, unsigned char *header,
                            size_t *length)
{
    VSIStatBufL stat;
    VSILFILE *file = VSIFOpenL(name, "rb");

    *length = 0;
    if (file == NULL)
        return 0;
    *length = VSIFReadL(header, 1, HEADER_BYTES, file);
    (void)VSIFCloseL(file);
    return rt_file_stat(name, &stat) == 0 ? (uint64_t)stat.st_size : 0;
}

/* libtiff's raw block, GDAL's decoded copy of a block that holds all bands, and
 * LERC's own copies. */
static uint64_t tiff_bytes(GDALDatasetH dataset, const struct shape *shape)
{
    const char *compression =
        GDALGetMetadataItem(dataset, "COMPRESSION", "IMAGE_STRUCTURE");
    const uint64_t block_bytes = shape->interleaved
                                     ? shape->block_bytes
                                     : shape->block_bytes / shape->n_bands;
    const uint64_t whole_strip_bytes = rt_gdal_whole_strip_bytes(dataset);
    uint64_t bytes = BASE_BYTES;

    if (whole_strip_bytes > 0)
        return bytes + whole_strip_bytes;
    if (shape->interleaved && shape->n_bands > 1)
        bytes += block_bytes;
    if (compression == NULL)
        return bytes;
    if (strstr(compression, "LERC") != NULL)
        return bytes + block_bytes * 5 / 2;
    if (strstr(compression, "JPEG") != NULL || EQUAL(compression, "WEBP"))
        return bytes + block_bytes / 4;
    return bytes + block_bytes;
}

/* An interlaced PNG is decoded as a whole. */
static uint64_t png_bytes(const unsigned char *header, size_t length,
                          const struct shape *shape)
{
    const size_t interlace_at = 28;

    if (length > interlace_at && header[interlace_at] == 0)
        return BASE_BYTES;
    return BASE_BYTES +
           shape->raster_px * (shape->block_bytes / shape->block_px);
}

/* The frame header of a JPEG, from its type on. NULL unless all of it is
 * there. */
static const unsigned char *jpeg_frame(const unsigned char *header,
                                       size_t length)
{
    for (size_t at = 2; at + 9 < length && header[at] == 0xFF;) {
        const unsigned char type = header[at + 1];

        if (type >= 0xC0 && type <= 0xC3)
            return at + 10 + 3 * (size_t)header[at + 9] < length
                       ? header + at + 1
                       : NULL;
        at += 2 + ((size_t)header[at + 2] << 8 | header[at + 3]);
    }
    return NULL;
}

/* Samples of all components of a frame, per pixel of the image. */
static double jpeg_samples(const unsigned char *frame)
{
    const int n = frame[8];
    int sum = 0, w_max = 1, h_max = 1;

    for (int i = 0; i < n; i++) {
        const int factors = frame[10 + 3 * i];
        const int w = factors >> 4, h = factors & 15;

        sum += w * h;
        w_max = w > w_max ? w : w_max;
        h_max = h > h_max ? h : h_max;
    }
    return (double)sum / (w_max * h_max);
}

/* A progressive JPEG keeps all its coefficients, two bytes each. */
static uint64_t jpeg_bytes(const unsigned char *header, size_t length,
                           const struct shape *shape)
{
    const unsigned char *frame = jpeg_frame(header, length);

    if (frame == NULL)
        return BASE_BYTES + 2 * shape->raster_px * shape->n_bands;
    if (frame[0] != 0xC2)
        return BASE_BYTES;
    return BASE_BYTES +
           (uint64_t)(2 * (double)shape->raster_px * jpeg_samples(frame));
}

static uint64_t big_endian(const unsigned char *bytes)
{
    return (uint64_t)bytes[0] << 24 | (uint64_t)bytes[1] << 16 |
           (uint64_t)bytes[2] << 8 | bytes[3];
}

/* Pixels of a tile of a JPEG 2000 codestream, or 0. */
static uint64_t jp2_tile_px(const unsigned char *header, size_t length)
{
    static const unsigned char start[] = {0xFF, 0x4F, 0xFF, 0x51};

    for (size_t at = 0; at + 32 < length; at++)
        if (memcmp(header + at, start, sizeof(start)) == 0)
            return big_endian(header + at + 24) * big_endian(header + at + 28);
    return 0;
}

/* OpenJPEG decodes into 32-bit integers. It keeps the code-blocks of a tile
 * that it decodes in parts. */
static uint64_t jp2_bytes(const unsigned char *header, size_t length,
                          uint64_t file_bytes, const struct shape *shape)
{
    const uint64_t planes_bytes = 4 * shape->block_px * shape->n_bands;

    if (length == 0 || jp2_tile_px(header, length) <= shape->block_px)
        return BASE_BYTES + planes_bytes + shape->block_bytes;
    return 2 * file_bytes + (6 + 12 * shape->n_bands) * MIB + 3 * planes_bytes;
}

uint64_t rt_codec_held_bytes(GDALDatasetH dataset)
{
    static const char *const known[] = {"PNG", "JPEG", "JP2OpenJPEG", NULL};
    const char *driver = rt_gdal_driver_name(dataset);
    const struct shape shape = shape_of(dataset);
    unsigned char *header;
    uint64_t file_bytes, bytes;
    size_t length;

    if (driver != NULL && EQUAL(driver, "GTiff"))
        return tiff_bytes(dataset, &shape);
    if (!rt_gdal_in_list(driver, known))
        return BASE_BYTES + 2 * shape.block_bytes;
    header = CPLMalloc(HEADER_BYTES);
    file_bytes = read_header(GDALGetDescription(dataset), header, &length);
    if (EQUAL(driver, "PNG"))
        bytes = png_bytes(header, length, &shape);
    else if (EQUAL(driver, "JPEG"))
        bytes = jpeg_bytes(header, length, &shape);
    else
        bytes = jp2_bytes(header, length, file_bytes, &shape);
    CPLFree(header);
    return bytes;
}
