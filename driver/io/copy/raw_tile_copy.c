/* raw_tile_copy.c - see raw_tile_copy.h. Here: whether tiles can be copied raw.
 *
 * The arrays of the source's tiles are read twice, here and during the copy.
 * libtiff keeps them, so the second time costs no read.
 */
#include "io/copy/raw_tile_copy_internal.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "io/dataset/gdal_errors.h"
#include "io/tiff/tiles.h"
#include "io/tile/match.h"
#include "io/tile/tag_reader.h"
#include "io/vrt/files.h"

#define RUN_BYTES (UINT64_C(8) << 20)
/* No codec makes a tile grow more than this. libtiff chose the type of the
 * file's byte counts accordingly. */
#define MOST_GROWTH 10

uint64_t rt_raw_tile_copy_tiles(const struct rt_raw_tile_copy *raw)
{
    return (uint64_t)raw->cols * raw->rows * raw->planes;
}

bool rt_raw_tile_copy_locate(const struct rt_raw_tile_copy *raw, uint64_t tile,
                             uint64_t *at, uint64_t *n_bytes)
{
    const uint64_t col = tile % raw->cols;
    const uint64_t row = tile / raw->cols % raw->rows;
    const uint64_t plane = tile / raw->cols / raw->rows;
    /* If tiles hold all bands, bands[plane] is 1. */
    const uint64_t number =
        (uint64_t)(raw->bands[plane] - 1) * raw->source_plane_tiles +
        (row + raw->first_row) * raw->source_cols + col + raw->first_col;
    int failed_at = 0, failed_n = 0;

    *at = TIFFGetStrileOffsetWithErr(raw->tiff, (uint32_t)number, &failed_at);
    *n_bytes =
        TIFFGetStrileByteCountWithErr(raw->tiff, (uint32_t)number, &failed_n);
    return !failed_at && !failed_n && (*at != 0 || *n_bytes == 0);
}

/* Finds the directory of the mask that GDAL shows: the first one of full
 * size. */
static enum rt_status find_mask(struct rt_raw_tile_copy *made,
                                struct rt_error *err)
{
    GDALRasterBandH band = GDALGetRasterBand(made->origin.dataset, 1);
    const int n = (int)TIFFNumberOfDirectories(made->tiff);

    for (int i = 1; GDALGetMaskFlags(band) == GMF_PER_DATASET && i < n; i++) {
        uint32_t type = 0;

        if (!TIFFSetDirectory(made->tiff, (tdir_t)i))
            break;
        TIFFGetField(made->tiff, TIFFTAG_SUBFILETYPE, &type);
        if ((type & (FILETYPE_MASK | FILETYPE_REDUCEDIMAGE)) == FILETYPE_MASK) {
            made->directory = i;
            return RT_OK;
        }
    }
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "the source's mask is not in its file");
}

static enum rt_status open_source(struct rt_raw_tile_copy *made,
                                  struct rt_error *err)
{
    const struct rt_image_copy *copy = made->copy;
    const struct rt_copy_origin *origin =
        rt_copy_source_origin(copy->source, copy->masks);
    enum rt_status status;

    if (copy->focal != NULL)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the pixels are computed by an operator");
    if (origin->name == NULL)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the source cannot be opened again: %s",
                            rt_copy_source_how(copy->source));
    status = rt_tiff_origin_find(
        origin, rt_copy_source_layer(copy->source, copy->masks),
        copy->masks ? GDT_Unknown : copy->format->type, &made->origin, err);
    if (status != RT_OK)
        return status;
    if (copy->masks && strcmp(made->origin.path, origin->name) != 0)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "masks are copied raw from the source itself only");
    made->version =
        rt_vrt_version(made->origin.dataset, made->origin.path, false);
    made->file = VSIFOpenL(made->origin.path, "rb");
    made->tiff = rt_tiff_open_file(made->origin.path, &made->messages);
    if (made->version == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    if (made->file == NULL || made->tiff == NULL ||
        VSIFSeekL(made->file, 0, SEEK_END) != 0)
        return rt_error_set(
            err, RT_ERR_ARGUMENT, "'%s' cannot be opened as TIFF: %s",
            made->origin.path,
            rt_tiff_messages_text(&made->messages, "no reason given"));
    made->file_bytes = VSIFTellL(made->file);
    return copy->masks ? find_mask(made, err) : RT_OK;
}

/* Checks that the dataset shows what the tags say, and not, for example,
 * colours converted by GDAL or libtiff. */
static enum rt_status check_shown(const struct rt_raw_tile_copy *made,
                                  const struct rt_tile_format *source,
                                  struct rt_error *err)
{
    GDALDatasetH dataset = made->origin.dataset;
    GDALRasterBandH band = GDALGetRasterBand(dataset, 1);
    int w_px, h_px;

    if (made->copy->masks)
        band = GDALGetMaskBand(band);
    GDALGetBlockSize(band, &w_px, &h_px);
    if (source->raster_w_px == GDALGetRasterXSize(dataset) &&
        source->raster_h_px == GDALGetRasterYSize(dataset) &&
        w_px == source->w_px && h_px == source->h_px &&
        source->bands == (made->copy->masks ? 1 : GDALGetRasterCount(dataset)))
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "GDAL shows the source otherwise than it is stored");
}

/* Sets the source's band for each plane of the file. */
static enum rt_status set_bands(struct rt_raw_tile_copy *made,
                                struct rt_error *err)
{
    const struct rt_image_copy *copy = made->copy;

    made->bands = malloc((size_t)copy->n_planes * sizeof(*made->bands));
    if (made->bands == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t i = 0; i < copy->n_planes; i++) {
        if (copy->planes[i] < 0 || (copy->masks && copy->n_planes > 1))
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "the bands have masks of their own");
        made->bands[i] = copy->masks ? 1 : made->origin.bands[copy->planes[i]];
    }
    return RT_OK;
}

static enum rt_status set_grid(struct rt_raw_tile_copy *made,
                               const struct rt_tile_format *source,
                               struct rt_error *err)
{
    const struct rt_tile_format *target = made->copy->format;

    if (made->origin.x_px % source->w_px != 0 ||
        made->origin.y_px % source->h_px != 0)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the window begins at %d,%d, inside a tile of the "
                            "source",
                            (int)made->origin.x_px, (int)made->origin.y_px);
    made->first_col = (uint32_t)(made->origin.x_px / source->w_px);
    made->first_row = (uint32_t)(made->origin.y_px / source->h_px);
    made->cols = (uint32_t)rt_tile_format_cols(target);
    made->rows = (uint32_t)rt_tile_format_rows(target);
    made->planes = (uint32_t)target->planes;
    made->source_cols = (uint32_t)rt_tile_format_cols(source);
    made->source_plane_tiles =
        made->source_cols * (uint32_t)rt_tile_format_rows(source);
    return RT_OK;
}

/* The value that GDAL reads if a tile of band is absent. */
static double hole_value(GDALRasterBandH band)
{
    int has = FALSE;
    const double value = GDALGetRasterNoDataValue(band, &has);

    return has ? value : 0;
}

static int64_t signed_hole_value(GDALRasterBandH band)
{
    int has = FALSE;
    const int64_t value = GDALGetRasterNoDataValueAsInt64(band, &has);

    return has ? value : 0;
}

static uint64_t unsigned_hole_value(GDALRasterBandH band)
{
    int has = FALSE;
    const uint64_t value = GDALGetRasterNoDataValueAsUInt64(band, &has);

    return has ? value : 0;
}

static bool same_holes(GDALRasterBandH a, GDALRasterBandH b)
{
    if (GDALGetRasterDataType(a) == GDT_Int64)
        return signed_hole_value(a) == signed_hole_value(b);
    if (GDALGetRasterDataType(a) == GDT_UInt64)
        return unsigned_hole_value(a) == unsigned_hole_value(b);
    const double value_a = hole_value(a), value_b = hole_value(b);

    return value_a == value_b || (isnan(value_a) && isnan(value_b));
}

/* Holes read as the nodata value of the file that they are in. */
static enum rt_status check_holes(const struct rt_raw_tile_copy *made,
                                  struct rt_error *err)
{
    static const char *const drivers[] = {"GTiff", NULL};
    const struct rt_image_copy *copy = made->copy;
    struct rt_gdal_errors errors;
    GDALDatasetH target;
    bool same = true;

    rt_gdal_errors_begin(&errors);
    target = GDALOpenEx(copy->path, GDAL_OF_RASTER, drivers, NULL, NULL);
    for (int32_t i = 0; target != NULL && i < copy->n_planes; i++)
        same = same && same_holes(GDALGetRasterBand(made->origin.dataset,
                                                    made->bands[i]),
                                  GDALGetRasterBand(target, i + 1));
    if (target != NULL)
        GDALClose(target);
    rt_gdal_errors_forget_warnings(&errors);
    rt_gdal_errors_end(&errors);
    if (target != NULL && same)
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "holes of the source would read as another value");
}

static enum rt_status check_tile(struct rt_raw_tile_copy *made,
                                 const struct rt_tile_format *source,
                                 uint64_t tile, struct rt_error *err)
{
    const uint64_t decoded_bytes = TIFFTileSize64(made->tiff);
    uint64_t at, n_bytes;

    if (!rt_raw_tile_copy_locate(made, tile, &at, &n_bytes))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the source's table of tiles is damaged");
    if (n_bytes == 0) {
        made->n_holes++;
        return RT_OK;
    }
    if (n_bytes > made->file_bytes || at > made->file_bytes - n_bytes)
        return rt_error_set(err, RT_ERR_SOURCE,
                            "source '%s' is cut off: a tile of it ends at byte "
                            "%llu, and the file at %llu",
                            made->origin.path, (unsigned long long)at + n_bytes,
                            (unsigned long long)made->file_bytes);
    if (source->compression == COMPRESSION_NONE
            ? n_bytes != decoded_bytes
            : n_bytes / MOST_GROWTH > decoded_bytes)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "a tile of the source has an unlikely size of %llu "
                            "bytes",
                            (unsigned long long)n_bytes);
    if (n_bytes > made->largest_bytes)
        made->largest_bytes = n_bytes;
    return RT_OK;
}

static enum rt_status set_buffer(struct rt_raw_tile_copy *made,
                                 struct rt_error *err)
{
    const uint64_t budget_bytes = made->copy->budget_bytes;
    /* libtiff holds the source's arrays as well. */
    const uint64_t table_bytes =
        RT_TIFF_TILES_TABLE_BYTES *
        (rt_raw_tile_copy_tiles(made) + TIFFNumberOfTiles(made->tiff));

    made->buffer_bytes =
        made->largest_bytes > RUN_BYTES ? made->largest_bytes : RUN_BYTES;
    if (budget_bytes < table_bytes + made->buffer_bytes)
        made->buffer_bytes =
            budget_bytes > table_bytes ? budget_bytes - table_bytes : 0;
    if (made->buffer_bytes >= made->largest_bytes)
        return RT_OK;
    return rt_error_set(
        err, RT_ERR_ARGUMENT,
        "the largest tile takes %llu bytes, and tables of tiles %llu: at "
        "least MEMORY_MAX=%lluMB is needed",
        (unsigned long long)made->largest_bytes,
        (unsigned long long)table_bytes,
        (unsigned long long)((made->largest_bytes + table_bytes) >> 20) + 1);
}

static enum rt_status check_tiles(struct rt_raw_tile_copy *made,
                                  const struct rt_tile_format *source,
                                  struct rt_error *err)
{
    enum rt_status status = RT_OK;

    for (uint64_t i = 0; status == RT_OK && i < rt_raw_tile_copy_tiles(made);
         i++)
        status = check_tile(made, source, i, err);
    if (status == RT_OK && made->n_holes > 0 && !made->copy->masks)
        status = check_holes(made, err);
    return status != RT_OK ? status : set_buffer(made, err);
}

static enum rt_status check(struct rt_raw_tile_copy *made, bool any_loss,
                            struct rt_error *err)
{
    struct rt_tile_format *source = calloc(1, sizeof(*source));
    char *nodata = NULL;
    enum rt_status status;

    if (source == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status =
        rt_tags_read(made->origin.path, made->directory, source, &nodata, err);
    if (status == RT_ERR_SOURCE || status == RT_ERR_RANGE)
        status = err->status = RT_ERR_ARGUMENT;
    if (status == RT_OK)
        status = check_shown(made, source, err);
    if (status == RT_OK)
        status = rt_tile_match(source, made->copy->format, made->bands,
                               any_loss, err);
    if (status == RT_OK)
        status = set_grid(made, source, err);
    if (status == RT_OK)
        status = check_tiles(made, source, err);
    free(nodata);
    rt_tile_format_close(source);
    return status;
}

enum rt_status rt_raw_tile_copy_open(const struct rt_image_copy *copy,
                                     bool any_loss,
                                     struct rt_raw_tile_copy **raw,
                                     struct rt_error *err)
{
    struct rt_raw_tile_copy *made = calloc(1, sizeof(*made));
    enum rt_status status;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    made->copy = copy;
    status = open_source(made, err);
    if (status == RT_OK)
        status = set_bands(made, err);
    if (status == RT_OK)
        status = check(made, any_loss, err);
    if (status != RT_OK) {
        rt_raw_tile_copy_close(made);
        return status;
    }
    *raw = made;
    return RT_OK;
}

void rt_raw_tile_copy_close(struct rt_raw_tile_copy *raw)
{
    if (raw == NULL)
        return;
    if (raw->tiff != NULL)
        TIFFClose(raw->tiff);
    if (raw->file != NULL)
        (void)VSIFCloseL(raw->file);
    rt_source_version_free(raw->version);
    rt_tiff_origin_free(&raw->origin);
    free(raw->bands);
    free(raw);
}

const char *rt_raw_tile_copy_path(const struct rt_raw_tile_copy *raw)
{
    return raw->origin.path;
}
