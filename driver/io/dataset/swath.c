/* swath.c - see swath.h.
 *
 * GDAL starts with one row of blocks, as wide as the raster. From there it
 * looks for a size near what a quarter of its cache holds: fewer lines if a row
 * is too large, more lines if it is small, part of the width if the blocks of
 * source and target share their edges, and whole tiles if each is to be
 * compressed only once.
 */
#include "io/dataset/swath.h"

#include <limits.h>
#include <stdlib.h>

#include "core/base/min_max.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "io/dataset/gdal_dataset.h"

#define LEAST_BYTES 1000000 /* the minimum size of a swath, whatever is set */
#define GOOD_BYTES 10000000 /* rows of blocks are added up to this size */

/* Everything that the size depends on. */
struct question {
    int w_px, h_px;     /* the raster */
    int from_w, from_h; /* the source's blocks */
    int to_w, to_h;     /* the tiles */
    int most_w, most_h; /* the larger of source block and tile */
    int64_t px_bytes;   /* of the bands that are moved together */
    int64_t bytes;      /* the size of a swath to aim at */
    bool compressed, jp2;
};

static bool divides(int part, int whole)
{
    return whole % part == 0;
}

static int64_t bytes_to_aim_at(const struct question *q)
{
    const char *text = CPLGetConfigOption("GDAL_SWATH_SIZE", NULL);
    int64_t bytes, ideal;

    if (text != NULL) {
        bytes = rt_min_i64(INT_MAX, CPLAtoGIntBig(text));
        return rt_max_i64(bytes, LEAST_BYTES);
    }
    bytes = rt_min_i64(INT_MAX, GDALGetCacheMax64() / 4);
    ideal = (int64_t)q->w_px * q->most_h * q->px_bytes;
    if (ideal < bytes && ideal < GOOD_BYTES)
        ideal = GOOD_BYTES;
    if (q->jp2 && (!q->compressed || (divides(q->to_w, q->from_w) &&
                                      divides(q->to_h, q->from_h))))
        ideal = rt_max_i64((int64_t)q->w_px * q->from_h * q->px_bytes, ideal);
    return rt_max_i64(rt_min_i64(bytes, ideal), LEAST_BYTES);
}

/* As many whole blocks side by side as fit into the bytes, but at least one. */
static int columns(const struct question *q, int block_w_px, int64_t unit)
{
    const int64_t w_px = q->bytes / unit / block_w_px * block_w_px;

    return (int)rt_min_i64(rt_max_i64(w_px, block_w_px), q->w_px);
}

/* Part of a row, if blocks and tiles share their edges. */
static void try_part(const struct question *q, struct rt_gdal_swath *swath)
{
    const int64_t unit = q->most_h * q->px_bytes;

    if (q->to_w == q->w_px || q->from_w == q->w_px ||
        !divides(q->to_w, q->most_w) || !divides(q->from_w, q->most_w) ||
        !divides(q->to_h, q->most_h) || !divides(q->from_h, q->most_h) ||
        q->most_w * unit > q->bytes)
        return;
    swath->w_px = columns(q, q->most_w, unit);
    if (swath->w_px * unit > q->bytes) {
        swath->w_px = q->w_px;
        swath->h_px = q->to_h;
    }
}

static void fit_lines(const struct question *q, struct rt_gdal_swath *swath)
{
    const int64_t line = swath->w_px * q->px_bytes;
    const int64_t lines = rt_max_i32(1, (int)(q->bytes / line));

    if (line * swath->h_px > q->bytes) {
        swath->h_px = (int32_t)lines;
    } else if (swath->h_px == 1 || line * swath->h_px < q->bytes / 10) {
        swath->h_px = (int32_t)rt_min_i64(lines, q->h_px);
        if (swath->h_px > q->most_h && divides(q->to_h, q->most_h) &&
            divides(q->from_h, q->most_h))
            swath->h_px -= swath->h_px % q->most_h;
    }
}

/* Rounds to whole blocks. The swath keeps the full width only if it is high
 * enough for a block. per_column: the pixels that GDAL counts for a column. */
static void fit_blocks(const struct question *q, int block_w_px, int block_h_px,
                       int64_t per_column, struct rt_gdal_swath *swath)
{
    if (swath->h_px < block_h_px) {
        swath->h_px = block_h_px;
        swath->w_px = columns(q, block_w_px, per_column * q->px_bytes);
    } else {
        swath->h_px -= swath->h_px % block_h_px;
    }
}

static struct rt_gdal_swath answer(struct question *q)
{
    struct rt_gdal_swath swath = {q->w_px, 0, false};

    q->most_w = rt_max_i32(q->from_w, q->to_w);
    q->most_h = rt_max_i32(q->from_h, q->to_h);
    q->bytes = bytes_to_aim_at(q);
    swath.h_px = q->most_h;
    try_part(q, &swath);
    fit_lines(q, &swath);
    if (q->jp2 && (!q->compressed || (divides(q->to_w, q->from_w) &&
                                      divides(q->to_h, q->from_h))))
        fit_blocks(q, q->from_w, q->from_h, q->from_w, &swath);
    else if (q->compressed)
        fit_blocks(q, q->to_w, q->to_h, q->to_h, &swath);
    if (swath.h_px > q->h_px)
        swath.h_px = q->h_px;
    return swath;
}

static struct question ask(GDALRasterBandH band,
                           const struct rt_gdal_target *target,
                           int64_t px_bytes, bool jp2)
{
    struct question q = {.w_px = GDALGetRasterBandXSize(band),
                         .h_px = GDALGetRasterBandYSize(band),
                         .to_w = target->tile_w_px,
                         .to_h = target->tile_h_px,
                         .px_bytes = px_bytes,
                         .compressed = target->compressed,
                         .jp2 = jp2};

    rt_gdal_named_blocks(band, &q.from_w, &q.from_h);
    return q;
}

static bool names_one_of(const char *interleave)
{
    return interleave != NULL &&
           (EQUAL(interleave, "PIXEL") || EQUAL(interleave, "LINE"));
}

static bool is_jp2(GDALDatasetH source, GDALRasterBandH band)
{
    const char *name =
        GDALGetMetadataItem(band, "COMPRESSION", "IMAGE_STRUCTURE");

    if (name == NULL && source != NULL)
        name = GDALGetMetadataItem(source, "COMPRESSION", "IMAGE_STRUCTURE");
    return name != NULL && EQUAL(name, "JPEG2000");
}

static struct rt_gdal_swath by_tiles(const struct rt_gdal_target *target,
                                     int w_px, int h_px)
{
    const struct rt_gdal_swath swath = {rt_min_i32(target->tile_w_px, w_px),
                                        rt_min_i32(target->tile_h_px, h_px),
                                        true};

    return swath;
}

struct rt_gdal_swath rt_gdal_swath_of(GDALDatasetH source,
                                      const struct rt_gdal_target *target)
{
    GDALRasterBandH band = GDALGetRasterBand(source, 1);
    const int n_bands = GDALGetRasterCount(source);
    const bool together = (target->interleaved && n_bands > 1) ||
                          names_one_of(GDALGetMetadataItem(source, "INTERLEAVE",
                                                           "IMAGE_STRUCTURE"));
    struct rt_gdal_swath swath;
    struct question q;

    if (target->by_tiles)
        return by_tiles(target, GDALGetRasterXSize(source),
                        GDALGetRasterYSize(source));
    q = ask(band, target,
            (int64_t)GDALGetDataTypeSizeBytes(target->type) *
                (together ? n_bands : 1),
            is_jp2(source, band));
    swath = answer(&q);
    swath.interleaved = together;
    return swath;
}

struct rt_gdal_swath rt_gdal_swath_of_mask(GDALRasterBandH mask,
                                           const struct rt_gdal_target *target)
{
    struct question q;

    if (target->by_tiles)
        return by_tiles(target, GDALGetRasterBandXSize(mask),
                        GDALGetRasterBandYSize(mask));
    q = ask(mask, target, 1, is_jp2(GDALGetBandDataset(mask), mask));
    q.compressed = true; /* as GTiff requests for masks */
    return answer(&q);
}
