/* raw_tile_copy.c - see raw_tile_copy.h. Here: whether tiles can be copied raw.
 *
 * Each TIFF that is found becomes a part. Every tile of the file must come from
 * exactly one of them.
 *
 * The arrays of a part's tiles are read twice, here and during the copy.
 * libtiff keeps them while the part is open, so the second time costs no read.
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

enum rt_status rt_raw_tile_copy_part(struct rt_raw_tile_copy *raw,
                                     uint64_t tile, struct rt_raw_part **part,
                                     struct rt_error *err)
{
    *part = raw->parts[raw->part_of[tile % (raw->cols * raw->rows)] - 1];
    return rt_raw_part_open(raw, *part, err);
}

bool rt_raw_tile_copy_locate(const struct rt_raw_tile_copy *raw,
                             const struct rt_raw_part *part, uint64_t tile,
                             uint64_t *at, uint64_t *n_bytes)
{
    const uint64_t col = tile % raw->cols - part->at_col;
    const uint64_t row = tile / raw->cols % raw->rows - part->at_row;
    const uint64_t plane = tile / raw->cols / raw->rows;
    /* If tiles hold all bands, bands[plane] is 1. */
    const uint64_t number =
        (uint64_t)(part->bands[plane] - 1) * part->source_plane_tiles +
        (row + part->first_row) * part->source_cols + col + part->first_col;
    int failed_at = 0, failed_n = 0;

    *at = TIFFGetStrileOffsetWithErr(part->tiff, (uint32_t)number, &failed_at);
    *n_bytes =
        TIFFGetStrileByteCountWithErr(part->tiff, (uint32_t)number, &failed_n);
    return !failed_at && !failed_n && (*at != 0 || *n_bytes == 0);
}

/* Whether the directory that tiff is at is an image, or a mask, of the
 * dataset's size. */
static bool is_wanted(TIFF *tiff, bool mask, GDALDatasetH dataset)
{
    const uint32_t wanted_type = mask ? FILETYPE_MASK : 0;
    uint32_t type = 0, w_px = 0, h_px = 0;

    TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &type);
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &w_px);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &h_px);
    return (type & FILETYPE_MASK) == wanted_type &&
           w_px == (uint32_t)GDALGetRasterXSize(dataset) &&
           h_px == (uint32_t)GDALGetRasterYSize(dataset) &&
           (TIFFCurrentDirectory(tiff) == 0 || mask ||
            (type & FILETYPE_REDUCEDIMAGE) != 0);
}

/* Finds the directory of the image, or of the mask, that GDAL shows. The image
 * of a file is its first directory; others are known by their sizes. */
static enum rt_status find_directory(struct rt_raw_part *part,
                                     const struct rt_tiff_origin *found,
                                     bool mask, struct rt_error *err)
{
    struct rt_tiff_messages messages;
    TIFF *tiff = rt_tiff_open_file(found->path, &messages);
    const int n = tiff != NULL ? (int)TIFFNumberOfDirectories(tiff) : 0;
    int n_wanted = 0;

    for (int i = 0; i < n && TIFFSetDirectory(tiff, (tdir_t)i); i++)
        if (is_wanted(tiff, mask, found->dataset) && n_wanted++ == 0)
            part->directory = i;
    if (tiff != NULL)
        TIFFClose(tiff);
    if (n_wanted == 1)
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT, "%s is not in its file",
                        mask ? "the source's mask" : "the source's overview");
}

static enum rt_status choose_directory(const struct rt_raw_tile_copy *made,
                                       struct rt_raw_part *part,
                                       const struct rt_tiff_origin *found,
                                       struct rt_error *err)
{
    const bool mask = made->copy->masks;

    if (mask && GDALGetMaskFlags(GDALGetRasterBand(found->dataset, 1)) !=
                    GMF_PER_DATASET)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the source's mask is not in its file");
    return mask || found->is_overview ? find_directory(part, found, mask, err)
                                      : RT_OK;
}

/* Checks that the dataset shows what the tags say, and not, for example,
 * colours converted by GDAL or libtiff. */
static enum rt_status check_shown(const struct rt_raw_tile_copy *made,
                                  GDALDatasetH dataset,
                                  const struct rt_tile_format *source,
                                  struct rt_error *err)
{
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

/* Sets the TIFF's band for each plane of the file. */
static enum rt_status set_bands(const struct rt_raw_tile_copy *made,
                                struct rt_raw_part *part,
                                const struct rt_tiff_origin *found,
                                struct rt_error *err)
{
    const struct rt_image_copy *copy = made->copy;

    part->bands = malloc((size_t)copy->n_planes * sizeof(*part->bands));
    if (part->bands == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t i = 0; i < copy->n_planes; i++) {
        if (copy->planes[i] < 0 || (copy->masks && copy->n_planes > 1))
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "the bands have masks of their own");
        part->bands[i] = copy->masks ? 1 : found->bands[copy->planes[i]];
    }
    return RT_OK;
}

/* Whether along one axis a part of n_px ends at the end of a tile, or at that
 * of the file. at_px: where it begins in the file, of all_px. */
static bool ends_on_tile(int32_t at_px, int32_t n_px, int32_t all_px,
                         int32_t tile_px)
{
    return at_px + n_px == all_px || n_px % tile_px == 0;
}

/* Checks that the part begins and ends between tiles, both in the TIFF and in
 * the file. */
static enum rt_status check_cut(const struct rt_tiff_origin *found,
                                const struct rt_tile_format *source,
                                const struct rt_tile_format *target,
                                struct rt_error *err)
{
    const struct rt_window *shown = &found->shown;

    if (found->x_px % source->w_px != 0 || found->y_px % source->h_px != 0)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the window begins at %d,%d, inside a tile of the "
                            "source",
                            (int)found->x_px, (int)found->y_px);
    if (shown->x_px % source->w_px == 0 && shown->y_px % source->h_px == 0 &&
        ends_on_tile(shown->x_px, shown->w_px, target->raster_w_px,
                     source->w_px) &&
        ends_on_tile(shown->y_px, shown->h_px, target->raster_h_px,
                     source->h_px))
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "'%s' begins or ends inside a tile of the copy",
                        found->path);
}

static uint32_t tiles_in(int32_t px, int32_t tile_px)
{
    return (uint32_t)(px / tile_px) + (px % tile_px > 0);
}

static enum rt_status set_grid(const struct rt_raw_tile_copy *made,
                               struct rt_raw_part *part,
                               const struct rt_tiff_origin *found,
                               const struct rt_tile_format *source,
                               struct rt_error *err)
{
    const struct rt_window *shown = &found->shown;
    const enum rt_status status =
        check_cut(found, source, made->copy->format, err);

    if (status != RT_OK)
        return status;
    part->at_col = (uint32_t)(shown->x_px / source->w_px);
    part->at_row = (uint32_t)(shown->y_px / source->h_px);
    part->cols = tiles_in(shown->w_px, source->w_px);
    part->rows = tiles_in(shown->h_px, source->h_px);
    part->first_col = (uint32_t)(found->x_px / source->w_px);
    part->first_row = (uint32_t)(found->y_px / source->h_px);
    part->source_cols = (uint32_t)rt_tile_format_cols(source);
    part->source_plane_tiles =
        part->source_cols * (uint32_t)rt_tile_format_rows(source);
    part->source_tiles = (uint64_t)part->source_plane_tiles *
                         (uint64_t)rt_tile_format_planes(source);
    return RT_OK;
}

/* Gives the part its tiles of the file. */
static enum rt_status claim(struct rt_raw_tile_copy *made,
                            const struct rt_raw_part *part,
                            struct rt_error *err)
{
    for (uint32_t row = 0; row < part->rows; row++)
        for (uint32_t col = 0; col < part->cols; col++) {
            uint32_t *of =
                &made->part_of[(size_t)(part->at_row + row) * made->cols +
                               part->at_col + col];

            if (*of != 0)
                return rt_error_set(err, RT_ERR_ARGUMENT, "'%s' lies on '%s'",
                                    part->path, made->parts[*of - 1]->path);
            *of = made->n_parts;
        }
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
                                  const struct rt_raw_part *part,
                                  GDALDatasetH dataset, struct rt_error *err)
{
    static const char *const drivers[] = {"GTiff", NULL};
    const struct rt_image_copy *copy = made->copy;
    struct rt_gdal_errors errors;
    GDALDatasetH target;
    bool same = true;

    rt_gdal_errors_begin(&errors);
    target = GDALOpenEx(copy->path, GDAL_OF_RASTER, drivers, NULL, NULL);
    for (int32_t i = 0; target != NULL && i < copy->n_planes; i++)
        same = same && same_holes(GDALGetRasterBand(dataset, part->bands[i]),
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
                                 const struct rt_raw_part *part,
                                 bool compressed, uint64_t file_bytes,
                                 uint64_t tile, struct rt_error *err)
{
    const uint64_t decoded_bytes = TIFFTileSize64(part->tiff);
    uint64_t at, n_bytes;

    if (!rt_raw_tile_copy_locate(made, part, tile, &at, &n_bytes))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the source's table of tiles is damaged");
    if (n_bytes == 0) {
        made->n_holes++;
        return RT_OK;
    }
    if (n_bytes > file_bytes || at > file_bytes - n_bytes)
        return rt_error_set(err, RT_ERR_SOURCE,
                            "source '%s' is cut off: a tile of it ends at byte "
                            "%llu, and the file at %llu",
                            part->path, (unsigned long long)at + n_bytes,
                            (unsigned long long)file_bytes);
    if (compressed ? n_bytes / MOST_GROWTH > decoded_bytes
                   : n_bytes != decoded_bytes)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "a tile of the source has an unlikely size of %llu "
                            "bytes",
                            (unsigned long long)n_bytes);
    if (n_bytes > made->largest_bytes)
        made->largest_bytes = n_bytes;
    return RT_OK;
}

/* Checks all tiles of the part in one plane of the file. */
static enum rt_status check_plane(struct rt_raw_tile_copy *made,
                                  const struct rt_raw_part *part,
                                  bool compressed, uint64_t file_bytes,
                                  uint64_t plane, struct rt_error *err)
{
    enum rt_status status = RT_OK;

    for (uint64_t row = part->at_row;
         status == RT_OK && row < (uint64_t)part->at_row + part->rows; row++)
        for (uint64_t col = part->at_col;
             status == RT_OK && col < (uint64_t)part->at_col + part->cols;
             col++)
            status =
                check_tile(made, part, compressed, file_bytes,
                           (plane * made->rows + row) * made->cols + col, err);
    return status;
}

static enum rt_status check_tiles(struct rt_raw_tile_copy *made,
                                  struct rt_raw_part *part,
                                  GDALDatasetH dataset, bool compressed,
                                  struct rt_error *err)
{
    const uint64_t n_holes = made->n_holes;
    enum rt_status status = rt_raw_part_open(made, part, err);
    uint64_t file_bytes;

    if (status != RT_OK)
        return err->status = RT_ERR_ARGUMENT;
    if (VSIFSeekL(part->file, 0, SEEK_END) != 0)
        return rt_error_set(err, RT_ERR_ARGUMENT, "'%s' has no end",
                            part->path);
    file_bytes = VSIFTellL(part->file);
    for (uint64_t plane = 0; status == RT_OK && plane < made->planes; plane++)
        status = check_plane(made, part, compressed, file_bytes, plane, err);
    if (status == RT_OK && made->n_holes > n_holes && !made->copy->masks)
        status = check_holes(made, part, dataset, err);
    return status;
}

static enum rt_status set_buffer(struct rt_raw_tile_copy *made,
                                 struct rt_error *err)
{
    const uint64_t budget_bytes = made->copy->budget_bytes;
    /* libtiff holds the source's arrays as well. */
    const uint64_t table_bytes =
        RT_TIFF_TILES_TABLE_BYTES *
            (rt_raw_tile_copy_tiles(made) + rt_raw_parts_open_tiles(made)) +
        sizeof(*made->part_of) * (uint64_t)made->cols * made->rows +
        made->copy->other_bytes;

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

static enum rt_status check(struct rt_raw_tile_copy *made,
                            struct rt_raw_part *part,
                            const struct rt_tiff_origin *found,
                            struct rt_error *err)
{
    struct rt_tile_format *source = calloc(1, sizeof(*source));
    char *nodata = NULL;
    enum rt_status status;

    if (source == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status = rt_tags_read(part->path, part->directory, source, &nodata, err);
    if (status == RT_ERR_SOURCE || status == RT_ERR_RANGE)
        status = err->status = RT_ERR_ARGUMENT;
    if (status == RT_OK)
        status = check_shown(made, found->dataset, source, err);
    if (status == RT_OK)
        status = rt_tile_match(source, made->copy->format, part->bands,
                               made->any_loss, err);
    if (status == RT_OK)
        status = set_grid(made, part, found, source, err);
    if (status == RT_OK)
        status = claim(made, part, err);
    if (status == RT_OK)
        status = check_tiles(made, part, found->dataset,
                             source->compression != COMPRESSION_NONE, err);
    free(nodata);
    rt_tile_format_close(source);
    return status;
}

static struct rt_raw_part *add_part(struct rt_raw_tile_copy *made)
{
    struct rt_raw_part **parts = realloc(
        made->parts, (made->n_parts + 1) * sizeof(struct rt_raw_part *));
    struct rt_raw_part *part = calloc(1, sizeof(*part));

    if (parts != NULL)
        made->parts = parts;
    if (parts == NULL || part == NULL) {
        free(part);
        return NULL;
    }
    made->parts[made->n_parts++] = part;
    return part;
}

/* Takes a TIFF that tiles come from. */
static enum rt_status on_found(void *context,
                               const struct rt_tiff_origin *found,
                               struct rt_error *err)
{
    struct rt_raw_tile_copy *made = context;
    struct rt_raw_part *part;
    enum rt_status status;

    if (made->copy->masks &&
        strcmp(found->path,
               rt_copy_source_origin(made->copy->source, true)->name) != 0)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "masks are copied raw from the source itself only");
    part = add_part(made);
    if (part == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    part->path = CPLStrdup(found->path);
    part->version = rt_vrt_version(found->dataset, found->path, false);
    if (part->version == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status = choose_directory(made, part, found, err);
    if (status == RT_OK)
        status = set_bands(made, part, found, err);
    return status == RT_OK ? check(made, part, found, err) : status;
}

static enum rt_status check_complete(const struct rt_raw_tile_copy *made,
                                     struct rt_error *err)
{
    for (size_t i = 0; i < (size_t)made->cols * made->rows; i++)
        if (made->part_of[i] == 0)
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "no file has the tile in column %llu, row %llu",
                                (unsigned long long)(i % made->cols),
                                (unsigned long long)(i / made->cols));
    return RT_OK;
}

static enum rt_status find_parts(struct rt_raw_tile_copy *made,
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
    status = rt_tiff_origins_find(
        origin, rt_copy_source_layer(copy->source, copy->masks),
        copy->masks ? GDT_Unknown : copy->format->type, on_found, made, err);
    return status == RT_OK ? check_complete(made, err) : status;
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
    made->any_loss = any_loss;
    made->cols = (uint32_t)rt_tile_format_cols(copy->format);
    made->rows = (uint32_t)rt_tile_format_rows(copy->format);
    made->planes = (uint32_t)copy->format->planes;
    made->part_of =
        calloc((size_t)made->cols * made->rows, sizeof(*made->part_of));
    status = made->part_of != NULL
                 ? find_parts(made, err)
                 : rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    if (status == RT_OK)
        status = set_buffer(made, err);
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
    for (uint32_t i = 0; i < raw->n_parts; i++)
        rt_raw_part_free(raw->parts[i]);
    free(raw->parts);
    free(raw->part_of);
    free(raw);
}

const char *rt_raw_tile_copy_path(const struct rt_raw_tile_copy *raw)
{
    return raw->parts[0]->path;
}

uint32_t rt_raw_tile_copy_files(const struct rt_raw_tile_copy *raw)
{
    return raw->n_parts;
}
