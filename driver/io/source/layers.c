/* layers.c - see layers.h. */
#include "io/source/layers.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_string.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/gdal_errors.h"

/* Drivers that have their own RasterIO for resampled requests. */
static bool resamples_itself(GDALDatasetH dataset)
{
    static const char *const names[] = {
        "VRT",      "DERIVED",   "WMS",       "WMTS",
        "WCS",      "OGCAPI",    "DAAS",      "EEDAI",
        "PLMOSAIC", "STACTA",    "STACIT",    "ECW",
        "JP2ECW",   "JP2KAK",    "JP2MrSID",  "MrSID",
        "JPIPKAK",  "JP2Lura",   "GeoRaster", "PostGISRaster",
        "Rasdaman", "SENTINEL2", "DIMAP",     "TIL",
        "NITF",     "RPFTOC",    "ECRGTOC",   "PDF",
        "RETILE",   "TileDB",    "MBTiles",   "KMLSUPEROVERLAY",
        "GPKG",     "ISIS3",     "PDS4",      "VICAR",
        NULL};

    const char *compression =
        GDALGetMetadataItem(dataset, "COMPRESSION", "IMAGE_STRUCTURE");

    if (compression != NULL && strstr(compression, "JPEG") != NULL &&
        EQUAL(rt_gdal_driver_name(dataset), "GTiff"))
        return true; /* through the reduced sizes that JPEG decodes itself */
    return rt_gdal_in_list(rt_gdal_driver_name(dataset), names) ||
           GDALHasArbitraryOverviews(GDALGetRasterBand(dataset, 1));
}

/* 1 + the number of leading overviews that all bands have in one size. */
static int count_levels(GDALDatasetH dataset)
{
    const int n_bands = GDALGetRasterCount(dataset);
    int n = GDALGetOverviewCount(GDALGetRasterBand(dataset, 1));

    for (int level = 1; level <= n; level++) {
        GDALRasterBandH first = rt_gdal_level_band(dataset, level, 0);

        for (int i = 0; first != NULL && i < n_bands; i++) {
            GDALRasterBandH band = rt_gdal_level_band(dataset, level, i);

            if (band == NULL ||
                GDALGetRasterBandXSize(band) != GDALGetRasterBandXSize(first) ||
                GDALGetRasterBandYSize(band) != GDALGetRasterBandYSize(first))
                first = NULL;
        }
        if (first == NULL)
            return level;
    }
    return n + 1;
}

static enum rt_status no_bands(GDALDatasetH dataset, const char *name,
                               struct rt_error *err)
{
    CSLConstList subdatasets = GDALGetMetadata(dataset, "SUBDATASETS");
    const char *first = CSLFetchNameValue(subdatasets, "SUBDATASET_1_NAME");

    if (first != NULL)
        return rt_error_set(err, RT_ERR_SOURCE,
                            "source '%s' has no bands of its own; open one "
                            "of its subdatasets, such as RETILE:%s",
                            name, first);
    return rt_error_set(err, RT_ERR_SOURCE, "source '%s' has no bands", name);
}

static enum rt_status init_layer(struct rt_source_layers *all, int i_layer,
                                 GDALRasterBandH band, enum rt_access access,
                                 bool interleaved, const char *name,
                                 struct rt_error *err)
{
    struct rt_layer *layer = &all->layers[i_layer];
    const int w_px = GDALGetRasterBandXSize(band);
    const int h_px = GDALGetRasterBandYSize(band);
    int32_t block_w_px, block_h_px;

    rt_gdal_block_size(band, &block_w_px, &block_h_px);
    layer->interleaved = interleaved;
    layer->n_planes = all->n_bands;
    layer->px_bytes = all->px_bytes + i_layer * all->n_bands;
    layer->access = access;
    if (block_w_px < w_px)
        layer->access = RT_ACCESS_RANDOM;
    else if (access == RT_ACCESS_RANDOM)
        layer->access = RT_ACCESS_ROWS;
    if (rt_grid_init(&layer->grid, w_px, h_px, block_w_px, block_h_px, NULL) !=
        RT_OK)
        return rt_error_set(err, RT_ERR_RANGE,
                            "source '%s' has more than 2147483647 blocks of "
                            "its own (%d x %d pixels in blocks of %d x %d)",
                            name, w_px, h_px, block_w_px, block_h_px);
    return RT_OK;
}

/* The bands of an .ovr file have overviews themselves: the levels that follow.
 * GDAL uses those when it reads an overview at a reduced size. */
static int count_own_overviews(GDALDatasetH dataset, int level, int n_levels,
                               int i)
{
    GDALRasterBandH band = rt_gdal_level_band(dataset, level, i);
    const int n = level == 0 ? 0 : GDALGetOverviewCount(band);

    for (int j = 0; j < n; j++) {
        GDALRasterBandH own = GDALGetOverview(band, j);
        GDALRasterBandH next =
            level + 1 + j < n_levels
                ? rt_gdal_level_band(dataset, level + 1 + j, i)
                : NULL;

        if (own == NULL || next == NULL ||
            GDALGetRasterBandXSize(own) != GDALGetRasterBandXSize(next) ||
            GDALGetRasterBandYSize(own) != GDALGetRasterBandYSize(next))
            return j;
    }
    return n;
}

static void init_band(struct rt_source_layers *all, GDALDatasetH dataset,
                      int level, int i, GDALRasterBandH band)
{
    struct rt_gdal_band *info = &all->bands[level * all->n_bands + i];
    GDALRasterBandH mask = all->only_image ? NULL : GDALGetMaskBand(band);
    uint32_t *px = all->px_bytes + 2 * level * all->n_bands + i;

    info->type = GDALGetRasterDataType(band);
    info->mask_flags = mask ? GDALGetMaskFlags(band) : GMF_ALL_VALID;
    info->mask_type = mask ? GDALGetRasterDataType(mask) : GDT_Byte;
    info->shares_mask =
        mask != NULL &&
        mask == GDALGetMaskBand(rt_gdal_level_band(dataset, level, 0));
    info->mask_overviews = mask ? GDALGetOverviewCount(mask) : 0;
    px[0] = (uint32_t)GDALGetDataTypeSizeBytes(info->type);
    px[all->n_bands] = (uint32_t)GDALGetDataTypeSizeBytes(info->mask_type);
}

static enum rt_status init_level(struct rt_source_layers *all,
                                 GDALDatasetH dataset, int level,
                                 const char *name, bool interleaved,
                                 struct rt_error *err)
{
    GDALRasterBandH band = rt_gdal_level_band(dataset, level, 0);
    GDALRasterBandH mask = all->only_image ? NULL : GDALGetMaskBand(band);
    const enum rt_access access = rt_gdal_is_sequential(dataset)
                                      ? RT_ACCESS_SEQUENTIAL
                                      : RT_ACCESS_RANDOM;
    enum rt_status status;

    for (int i = 0; i < all->n_bands; i++) {
        GDALRasterBandH other = rt_gdal_level_band(dataset, level, i);

        init_band(all, dataset, level, i, other);
        all->bands[level * all->n_bands + i].own_overviews =
            count_own_overviews(dataset, level, all->n_levels, i);
        if (all->px_bytes[2 * level * all->n_bands + i] == 0)
            return rt_error_set(err, RT_ERR_SOURCE,
                                "source '%s': band %d has no known data type",
                                name, i + 1);
    }
    status = init_layer(all, 2 * level, band, access, interleaved, name, err);
    if (status != RT_OK)
        return status;
    return init_layer(all, 2 * level + 1, mask ? mask : band, RT_ACCESS_RANDOM,
                      false, name, err);
}

static enum rt_status init_levels(struct rt_source_layers *all,
                                  GDALDatasetH dataset, const char *name,
                                  struct rt_error *err)
{
    const bool interleaved = rt_gdal_is_interleaved(dataset);
    const size_t n_levels = (size_t)all->n_levels;
    const size_t n_bands = (size_t)all->n_bands;
    enum rt_status status = RT_OK;

    all->layers = calloc(2 * n_levels, sizeof(*all->layers));
    all->bands = calloc(n_levels * n_bands, sizeof(*all->bands));
    all->px_bytes = calloc(2 * n_levels * n_bands, sizeof(uint32_t));
    if (all->layers == NULL || all->bands == NULL || all->px_bytes == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int level = 0; status == RT_OK && level < all->n_levels; level++)
        status = init_level(all, dataset, level, name, interleaved, err);
    return status;
}

static enum rt_status describe(struct rt_source_layers *all,
                               GDALDatasetH dataset, const char *name,
                               bool only_image, struct rt_error *err)
{
    struct rt_gdal_errors errors;
    enum rt_status status;

    memset(all, 0, sizeof(*all));
    all->only_image = only_image;
    all->n_bands = GDALGetRasterCount(dataset);
    if (all->n_bands == 0)
        return no_bands(dataset, name, err);
    rt_gdal_errors_begin(&errors);
    all->n_levels = only_image ? 1 : count_levels(dataset);
    all->resamples = resamples_itself(dataset);
    status = init_levels(all, dataset, name, err);
    rt_gdal_errors_end(&errors);
    return status;
}

enum rt_status rt_source_layers_describe(struct rt_source_layers *all,
                                         GDALDatasetH dataset, const char *name,
                                         struct rt_error *err)
{
    return describe(all, dataset, name, false, err);
}

enum rt_status rt_source_layers_describe_image(struct rt_source_layers *all,
                                               GDALDatasetH dataset,
                                               const char *name,
                                               struct rt_error *err)
{
    return describe(all, dataset, name, true, err);
}

void rt_source_layers_free(struct rt_source_layers *all)
{
    free(all->px_bytes);
    free(all->bands);
    free(all->layers);
    memset(all, 0, sizeof(*all));
}

const struct rt_gdal_band *
rt_source_layers_bands(const struct rt_source_layers *all, int level)
{
    return &all->bands[level * all->n_bands];
}
