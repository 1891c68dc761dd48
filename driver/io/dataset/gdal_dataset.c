/* gdal_dataset.c - see gdal_dataset.h. */
#include "io/dataset/gdal_dataset.h"

#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "cpl_conv.h"
#include "cpl_string.h"
#include "io/dataset/gdal_errors.h"

#define TRIM_BYTES (UINT64_C(2) << 20)
/* A dataset may have thousands of bands; comparing the first ones is enough. */
#define COMPARED_BANDS 64

GDALDatasetH rt_gdal_open(const char *name, CSLConstList options,
                          struct rt_error *err)
{
    struct rt_gdal_errors errors;
    GDALDatasetH dataset;

    rt_gdal_errors_begin(&errors);
    dataset = GDALOpenEx(name, GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR, NULL,
                         (const char *const *)options, NULL);
    rt_gdal_errors_end(&errors);
    if (dataset == NULL)
        (void)rt_error_set(
            err, RT_ERR_SOURCE, "cannot open source '%s': %s", name,
            rt_gdal_errors_text(&errors, "GDAL does not know it as a raster"));
    return dataset;
}

bool rt_gdal_same_raster(GDALDatasetH a, GDALDatasetH b)
{
    const int n_bands = GDALGetRasterCount(a);

    if (GDALGetRasterXSize(a) != GDALGetRasterXSize(b) ||
        GDALGetRasterYSize(a) != GDALGetRasterYSize(b) ||
        n_bands != GDALGetRasterCount(b))
        return false;
    for (int i = 1; i <= n_bands; i++)
        if (GDALGetRasterDataType(GDALGetRasterBand(a, i)) !=
            GDALGetRasterDataType(GDALGetRasterBand(b, i)))
            return false;
    return true;
}

bool rt_gdal_same_numbers(double a, double b)
{
    return a == b || (a != a && b != b);
}

static bool same_places(GDALDatasetH a, GDALDatasetH b)
{
    double at[6] = {0}, bt[6] = {0};
    const CPLErr a_has = GDALGetGeoTransform(a, at);

    if (a_has != GDALGetGeoTransform(b, bt) ||
        GDALGetGCPCount(a) != GDALGetGCPCount(b))
        return false;
    for (int i = 0; a_has == CE_None && i < 6; i++)
        if (!rt_gdal_same_numbers(at[i], bt[i]))
            return false;
    return true;
}

static bool same_overviews(GDALRasterBandH a, GDALRasterBandH b)
{
    const int n = GDALGetOverviewCount(a);

    if (n != GDALGetOverviewCount(b))
        return false;
    for (int i = 0; i < n; i++) {
        GDALRasterBandH at = GDALGetOverview(a, i), bt = GDALGetOverview(b, i);

        if ((at == NULL) != (bt == NULL))
            return false;
        if (at != NULL &&
            (GDALGetRasterBandXSize(at) != GDALGetRasterBandXSize(bt) ||
             GDALGetRasterBandYSize(at) != GDALGetRasterBandYSize(bt)))
            return false;
    }
    return true;
}

static bool same_bands(GDALRasterBandH a, GDALRasterBandH b)
{
    int a_w_px, a_h_px, b_w_px, b_h_px, a_has, b_has;
    const double a_nodata = GDALGetRasterNoDataValue(a, &a_has);
    const double b_nodata = GDALGetRasterNoDataValue(b, &b_has);

    rt_gdal_named_blocks(a, &a_w_px, &a_h_px);
    rt_gdal_named_blocks(b, &b_w_px, &b_h_px);
    return a_w_px == b_w_px && a_h_px == b_h_px && !a_has == !b_has &&
           (!a_has || rt_gdal_same_numbers(a_nodata, b_nodata)) &&
           GDALGetRasterColorInterpretation(a) ==
               GDALGetRasterColorInterpretation(b) &&
           (GDALGetRasterColorTable(a) == NULL) ==
               (GDALGetRasterColorTable(b) == NULL) &&
           GDALGetMaskFlags(a) == GDALGetMaskFlags(b);
}

bool rt_gdal_has_components(GDALDriverH driver)
{
    const char *has =
        driver != NULL ? GDALGetMetadataItem(driver, GDAL_DMD_SUBDATASETS, NULL)
                       : NULL;

    return has != NULL && CPLTestBool(has);
}

/* The components that dataset lists, as metadata; NULL for none. */
static CSLConstList components_of(GDALDatasetH dataset)
{
    return rt_gdal_has_components(GDALGetDatasetDriver(dataset))
               ? (CSLConstList)GDALGetMetadata(dataset, "SUBDATASETS")
               : NULL;
}

static bool same_components(GDALDatasetH a, GDALDatasetH b)
{
    CSLConstList at = components_of(a), bt = components_of(b);
    const int n = CSLCount(at);

    if (n != CSLCount(bt))
        return false;
    for (int i = 0; i < n; i++)
        if (strcmp(at[i], bt[i]) != 0)
            return false;
    return true;
}

/* Whether the GeoTIFF driver converts the samples to RGBA for those who do not
 * ask for GTIFF_RAW. JPEG's own YCbCr is converted for both. */
static bool is_converted(GDALDatasetH dataset)
{
    const char *compression =
        GDALGetMetadataItem(dataset, "COMPRESSION", "IMAGE_STRUCTURE");

    return GDALGetMetadataItem(dataset, "SOURCE_COLOR_SPACE",
                               "IMAGE_STRUCTURE") != NULL &&
           (compression == NULL || !EQUAL(compression, "YCbCr JPEG"));
}

bool rt_gdal_shares_name(GDALDatasetH dataset)
{
    static const char *const names[] = {"GTiff", NULL};

    return CSLCount(components_of(dataset)) > 0 ||
           (rt_gdal_in_list(rt_gdal_driver_name(dataset), names) &&
            is_converted(dataset));
}

/* GDAL gives an overview that is opened as a dataset a driver object of its
 * own, with the name of the file's driver. */
static bool same_drivers(GDALDatasetH a, GDALDatasetH b)
{
    const char *at = rt_gdal_driver_name(a), *bt = rt_gdal_driver_name(b);

    return at == bt || (at != NULL && bt != NULL && strcmp(at, bt) == 0);
}

bool rt_gdal_same_dataset(GDALDatasetH a, GDALDatasetH b)
{
    const int n_bands = GDALGetRasterCount(a);

    if (!rt_gdal_same_raster(a, b) || !same_drivers(a, b) ||
        !same_places(a, b) || !same_components(a, b))
        return false;
    for (int i = 1; i <= n_bands && i <= COMPARED_BANDS; i++)
        if (!same_bands(GDALGetRasterBand(a, i), GDALGetRasterBand(b, i)))
            return false;
    return n_bands == 0 ||
           same_overviews(GDALGetRasterBand(a, 1), GDALGetRasterBand(b, 1));
}

bool rt_gdal_in_list(const char *name, const char *const *list)
{
    for (; name != NULL && *list != NULL; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

const char *rt_gdal_driver_name(GDALDatasetH dataset)
{
    GDALDriverH driver = GDALGetDatasetDriver(dataset);

    return driver != NULL ? GDALGetDriverShortName(driver) : NULL;
}

/* Whether GDAL may have split the strips of a TIFF into lines. */
static bool may_be_split(GDALDatasetH dataset)
{
    static const char *const names[] = {"GTiff", NULL};
    GDALRasterBandH band = GDALGetRasterBand(dataset, 1);
    int block_w_px, block_h_px;

    if (!rt_gdal_in_list(rt_gdal_driver_name(dataset), names) || band == NULL)
        return false;
    GDALGetBlockSize(band, &block_w_px, &block_h_px);
    return block_h_px == 1 && GDALGetRasterYSize(dataset) > 2000;
}

uint64_t rt_gdal_whole_strip_bytes(GDALDatasetH dataset)
{
    struct rt_gdal_errors errors;
    GDALDatasetH other;
    uint64_t bytes = 0;

    if (!may_be_split(dataset))
        return 0;
    rt_gdal_errors_begin(&errors);
    /* If a strip is split into lines, this question spoils the band that is
     * asked: GDAL 3.6 then takes the number of strips for the number of blocks.
     * So another handle is asked. */
    other = rt_gdal_open(GDALGetDescription(dataset), NULL, NULL);
    if (other != NULL && may_be_split(other)) {
        GDALRasterBandH band = GDALGetRasterBand(other, 1);
        const char *size = GDALGetMetadataItem(band, "BLOCK_SIZE_0_0", "TIFF");

        if (size != NULL)
            bytes = strtoull(size, NULL, 10);
        if (GDALGetMetadataItem(band, "BLOCK_SIZE_0_1", "TIFF") != NULL)
            bytes = 0;
    }
    if (other != NULL)
        GDALClose(other);
    rt_gdal_errors_forget_warnings(&errors);
    rt_gdal_errors_end(&errors);
    return bytes;
}

bool rt_gdal_is_sequential(GDALDatasetH dataset)
{
    static const char *const names[] = {"PNG", "JPEG", "GIF", "BIGGIF", NULL};

    return rt_gdal_in_list(rt_gdal_driver_name(dataset), names) ||
           STARTS_WITH(GDALGetDescription(dataset), "/vsistdin") ||
           rt_gdal_whole_strip_bytes(dataset) > 0;
}

bool rt_gdal_decodes_whole(GDALDatasetH dataset)
{
    static const char *const names[] = {"GRIB", "WEBP", "HEIF", "AVIF", NULL};

    return rt_gdal_in_list(rt_gdal_driver_name(dataset), names);
}

bool rt_gdal_wraps(GDALDatasetH dataset)
{
    static const char *const names[] = {
        "VRT",    "DERIVED",         "WMS",       "WMTS",   "WCS",    "OGCAPI",
        "DAAS",   "EEDAI",           "PLMOSAIC",  "STACTA", "STACIT", "NITF",
        "RPFTOC", "ECRGTOC",         "SENTINEL2", "DIMAP",  "TIL",    "MBTiles",
        "GPKG",   "KMLSUPEROVERLAY", NULL};

    return rt_gdal_in_list(rt_gdal_driver_name(dataset), names);
}

/* For bands that report no block size; small enough to be held. */
#define UNNAMED_BLOCK_PX 512

static int32_t side(int block_px, int size_px)
{
    const int named_px = block_px > 0 ? block_px : UNNAMED_BLOCK_PX;

    return named_px < size_px ? named_px : size_px;
}

void rt_gdal_named_blocks(GDALRasterBandH band, int *w_px, int *h_px)
{
    struct rt_gdal_errors errors;

    rt_gdal_errors_begin(&errors);
    GDALGetBlockSize(band, w_px, h_px);
    rt_gdal_errors_end(&errors);
}

void rt_gdal_block_size(GDALRasterBandH band, int32_t *w_px, int32_t *h_px)
{
    int block_w_px, block_h_px;

    rt_gdal_named_blocks(band, &block_w_px, &block_h_px);
    *w_px = side(block_w_px, GDALGetRasterBandXSize(band));
    *h_px = side(block_h_px, GDALGetRasterBandYSize(band));
}

bool rt_gdal_is_interleaved(GDALDatasetH dataset)
{
    const char *interleave =
        GDALGetMetadataItem(dataset, "INTERLEAVE", "IMAGE_STRUCTURE");

    return GDALGetRasterCount(dataset) == 1 ||
           (interleave != NULL &&
            (EQUAL(interleave, "PIXEL") || EQUAL(interleave, "LINE")));
}

GDALRasterBandH rt_gdal_level_band(GDALDatasetH dataset, int level, int band)
{
    GDALRasterBandH full = GDALGetRasterBand(dataset, band + 1);

    return level == 0 || full == NULL ? full : GDALGetOverview(full, level - 1);
}

void rt_gdal_flush(GDALDatasetH dataset, int level)
{
    const int n_bands = GDALGetRasterCount(dataset);

    for (int i = 0; i < n_bands; i++) {
        GDALRasterBandH band = rt_gdal_level_band(dataset, level, i);

        if (band != NULL)
            GDALFlushRasterCache(band);
    }
}

void rt_gdal_trim(uint64_t read_bytes)
{
#ifdef __GLIBC__
    if (read_bytes >= TRIM_BYTES)
        (void)malloc_trim(0);
#else
    (void)read_bytes;
#endif
}
