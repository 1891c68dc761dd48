/* gdal_source.c - see gdal_source.h.
 *
 * A decoder that only goes forward has one handle, and so has what cannot be
 * opened twice.
 *
 * A raster that (through a VRT, say) reads from itself would recurse for
 * ever: each thread knows the names that it is reading.
 */
#include "io/gdal_source.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_multiproc.h"
#include "cpl_string.h"
#include "io/gdal_dataset.h"
#include "io/gdal_errors.h"
#include "io/gdal_handles.h"
#include "io/source_version.h"

struct rt_gdal_source {
    /* Fixed after open. */
    struct rt_source core;
    struct rt_layer *layers;
    struct rt_gdal_band *bands; /* level by level */
    uint32_t *px_bytes;         /* layer by layer */
    const char *name;           /* borrowed from handles */
    struct rt_gdal_handles *handles;
    struct rt_gdal_handle *first; /* whoever has claimed it may touch this */
    struct rt_source_version *version;
    int n_bands, n_levels;
    bool resamples;
    pthread_mutex_t lock;
    /* Guarded by lock. */
    int32_t *next_row; /* SEQUENTIAL layers; the one handle's position */
};

struct reading {
    const char *name;
    const struct reading *outer;
};

static _Thread_local const struct reading *reading_now;

/* Drivers with a RasterIO of their own for requests that resample. */
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
        return true; /* by the reduced sizes that JPEG decodes itself */
    return rt_gdal_in_list(rt_gdal_driver_name(dataset), names) ||
           GDALHasArbitraryOverviews(GDALGetRasterBand(dataset, 1));
}

GDALRasterBandH rt_gdal_level_band(GDALDatasetH dataset, int level, int band)
{
    GDALRasterBandH full = GDALGetRasterBand(dataset, band + 1);

    return level == 0 || full == NULL ? full : GDALGetOverview(full, level - 1);
}

/* The overviews that all bands have, each of one size. */
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

static enum rt_status init_layer(struct rt_gdal_source *source, int i_layer,
                                 GDALRasterBandH band, enum rt_access access,
                                 bool interleaved, struct rt_error *err)
{
    struct rt_layer *layer = &source->layers[i_layer];
    const int w_px = GDALGetRasterBandXSize(band);
    const int h_px = GDALGetRasterBandYSize(band);
    int block_w_px, block_h_px;

    GDALGetBlockSize(band, &block_w_px, &block_h_px);
    if (block_w_px > w_px)
        block_w_px = w_px;
    if (block_h_px > h_px)
        block_h_px = h_px;
    layer->interleaved = interleaved;
    layer->n_planes = source->n_bands;
    layer->px_bytes = source->px_bytes + i_layer * source->n_bands;
    layer->access = access;
    if (block_w_px < w_px)
        layer->access = RT_ACCESS_RANDOM;
    else if (access == RT_ACCESS_RANDOM)
        layer->access = RT_ACCESS_ROWS;
    if (rt_grid_init(&layer->natural, w_px, h_px, block_w_px, block_h_px,
                     NULL) != RT_OK)
        return rt_error_set(err, RT_ERR_RANGE,
                            "source '%s' has more than 2147483647 blocks of "
                            "its own (%d x %d pixels in blocks of %d x %d)",
                            source->name, w_px, h_px, block_w_px, block_h_px);
    return RT_OK;
}

/* The bands of an .ovr file have overviews themselves: the levels that
 * follow. GDAL looks at those when it reads an overview at a reduced size. */
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

static void init_band(struct rt_gdal_source *source, GDALDatasetH dataset,
                      int level, int i, GDALRasterBandH band)
{
    struct rt_gdal_band *info = &source->bands[level * source->n_bands + i];
    GDALRasterBandH mask = GDALGetMaskBand(band);
    uint32_t *px = source->px_bytes + 2 * level * source->n_bands + i;

    info->type = GDALGetRasterDataType(band);
    info->mask_flags = GDALGetMaskFlags(band);
    info->mask_type = mask ? GDALGetRasterDataType(mask) : GDT_Byte;
    info->shares_mask =
        mask == GDALGetMaskBand(rt_gdal_level_band(dataset, level, 0));
    info->mask_overviews = mask ? GDALGetOverviewCount(mask) : 0;
    px[0] = (uint32_t)GDALGetDataTypeSizeBytes(info->type);
    px[source->n_bands] = (uint32_t)GDALGetDataTypeSizeBytes(info->mask_type);
}

static enum rt_status init_level(struct rt_gdal_source *source,
                                 GDALDatasetH dataset, int level,
                                 bool interleaved, struct rt_error *err)
{
    GDALRasterBandH band = rt_gdal_level_band(dataset, level, 0);
    GDALRasterBandH mask = GDALGetMaskBand(band);
    const enum rt_access access = rt_gdal_is_sequential(dataset)
                                      ? RT_ACCESS_SEQUENTIAL
                                      : RT_ACCESS_RANDOM;
    enum rt_status status;

    for (int i = 0; i < source->n_bands; i++) {
        GDALRasterBandH other = rt_gdal_level_band(dataset, level, i);

        init_band(source, dataset, level, i, other);
        source->bands[level * source->n_bands + i].own_overviews =
            count_own_overviews(dataset, level, source->n_levels, i);
        if (source->px_bytes[2 * level * source->n_bands + i] == 0)
            return rt_error_set(err, RT_ERR_SOURCE,
                                "source '%s': band %d has no known data type",
                                source->name, i + 1);
    }
    status = init_layer(source, 2 * level, band, access, interleaved, err);
    if (status != RT_OK)
        return status;
    return init_layer(source, 2 * level + 1, mask ? mask : band,
                      RT_ACCESS_RANDOM, false, err);
}

static enum rt_status init_levels(struct rt_gdal_source *source,
                                  GDALDatasetH dataset, struct rt_error *err)
{
    const bool interleaved = rt_gdal_is_interleaved(dataset);
    const size_t n_levels = (size_t)source->n_levels;
    const size_t n_bands = (size_t)source->n_bands;
    enum rt_status status = RT_OK;

    source->layers = calloc(2 * n_levels, sizeof(*source->layers));
    source->bands = calloc(n_levels * n_bands, sizeof(*source->bands));
    source->px_bytes = calloc(2 * n_levels * n_bands, sizeof(uint32_t));
    source->next_row = calloc(2 * n_levels, sizeof(*source->next_row));
    if (source->layers == NULL || source->bands == NULL ||
        source->px_bytes == NULL || source->next_row == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int level = 0; status == RT_OK && level < source->n_levels; level++)
        status = init_level(source, dataset, level, interleaved, err);
    return status;
}

static void begin_reading(struct reading *reading,
                          const struct rt_gdal_source *source)
{
    reading->name = source->name;
    reading->outer = reading_now;
    reading_now = reading;
}

static bool reads_itself(const struct rt_gdal_source *source)
{
    const struct reading *reading;

    for (reading = reading_now; reading != NULL; reading = reading->outer)
        if (strcmp(reading->name, source->name) == 0)
            return true;
    return false;
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

/* The dataset whose bands are those of an overview level, in order; NULL
 * where there is none. */
static GDALDatasetH level_dataset(GDALDatasetH dataset, int level,
                                  const int32_t *planes, int32_t n_planes)
{
    GDALDatasetH reduced = dataset;

    for (int32_t i = 0; level > 0 && i < n_planes; i++) {
        GDALRasterBandH band = rt_gdal_level_band(dataset, level, planes[i]);

        if (i == 0)
            reduced = GDALGetBandDataset(band);
        if (reduced == NULL || GDALGetRasterCount(reduced) <= planes[i] ||
            GDALGetRasterBand(reduced, planes[i] + 1) != band)
            return NULL;
    }
    return reduced;
}

/* Whether the planes lie one behind the other and are of one type. */
static bool one_buffer(const struct rt_layer *layer, const int32_t *planes,
                       int32_t n_planes, uint64_t area, void *const *pixels)
{
    for (int32_t i = 1; i < n_planes; i++)
        if (layer->px_bytes[planes[i]] != layer->px_bytes[planes[0]] ||
            (unsigned char *)pixels[i] !=
                (unsigned char *)pixels[0] +
                    (uint64_t)i * area * layer->px_bytes[planes[0]])
            return false;
    return true;
}

/* Whether window is whole natural blocks one below the other, each as large
 * as GDAL has it: they can then be decoded straight to where they belong. */
static bool reads_blocks(GDALRasterBandH band, const struct rt_window *window)
{
    int block_w_px, block_h_px;

    GDALGetBlockSize(band, &block_w_px, &block_h_px);
    return window->w_px == block_w_px && window->h_px % block_h_px == 0;
}

static CPLErr read_blocks(GDALRasterBandH band, const struct rt_window *window,
                          uint64_t px_bytes, unsigned char *pixels)
{
    int block_w_px, block_h_px;
    CPLErr failed = CE_None;

    GDALGetBlockSize(band, &block_w_px, &block_h_px);
    for (int y = 0; failed == CE_None && y < window->h_px; y += block_h_px)
        failed = GDALReadBlock(
            band, window->x_px / block_w_px, (window->y_px + y) / block_h_px,
            pixels + (uint64_t)y * (uint64_t)window->w_px * px_bytes);
    return failed;
}

static CPLErr read_bands(struct rt_gdal_source *source, GDALDatasetH dataset,
                         int layer, const int32_t *planes, int32_t n_planes,
                         const struct rt_window *window, void *const *pixels)
{
    const int level = layer / 2;
    const struct rt_gdal_band *bands = &source->bands[level * source->n_bands];
    const struct rt_layer *info = &source->layers[layer];
    const bool alone = !info->interleaved || source->n_bands == 1;
    CPLErr failed = CE_None;

    for (int32_t i = 0; failed == CE_None && i < n_planes; i++) {
        GDALRasterBandH band = rt_gdal_level_band(dataset, level, planes[i]);
        GDALDataType type = bands[planes[i]].type;

        if (layer % 2 == 1) {
            band = GDALGetMaskBand(band);
            type = bands[planes[i]].mask_type;
        }
        if (alone && reads_blocks(band, window)) {
            failed =
                read_blocks(band, window, info->px_bytes[planes[i]], pixels[i]);
            continue;
        }
        failed = GDALRasterIOEx(band, GF_Read, window->x_px, window->y_px,
                                window->w_px, window->h_px, pixels[i],
                                window->w_px, window->h_px, type, 0, 0, NULL);
        if (layer % 2 == 1)
            GDALFlushRasterCache(band);
    }
    return failed;
}

static CPLErr read_planes(struct rt_gdal_source *source, GDALDatasetH dataset,
                          int layer, const int32_t *planes, int32_t n_planes,
                          const struct rt_window *window, void *const *pixels)
{
    const struct rt_layer *info = &source->layers[layer];
    const struct rt_gdal_band *bands =
        &source->bands[layer / 2 * source->n_bands];
    const uint64_t area = rt_window_area(window);
    GDALDatasetH reduced =
        layer % 2 == 1 ? NULL
                       : level_dataset(dataset, layer / 2, planes, n_planes);
    bool same_type = true;
    int *numbers;
    CPLErr failed;

    for (int32_t i = 1; i < n_planes; i++)
        same_type &= bands[planes[i]].type == bands[planes[0]].type;
    if (n_planes == 1 || reduced == NULL || !same_type ||
        !one_buffer(info, planes, n_planes, area, pixels))
        return read_bands(source, dataset, layer, planes, n_planes, window,
                          pixels);
    numbers = CPLMalloc((size_t)n_planes * sizeof(*numbers));
    for (int32_t i = 0; i < n_planes; i++)
        numbers[i] = planes[i] + 1;
    failed = GDALDatasetRasterIOEx(
        reduced, GF_Read, window->x_px, window->y_px, window->w_px,
        window->h_px, pixels[0], window->w_px, window->h_px,
        bands[planes[0]].type, n_planes, numbers, 0, 0,
        (GSpacing)(area * info->px_bytes[planes[0]]), NULL);
    CPLFree(numbers);
    return failed;
}

static void set_next_row(struct rt_gdal_source *source, int layer, int32_t row)
{
    pthread_mutex_lock(&source->lock);
    source->next_row[layer] = row;
    pthread_mutex_unlock(&source->lock);
}

static enum rt_status read_claimed(struct rt_gdal_source *source,
                                   GDALDatasetH dataset, int layer,
                                   const int32_t *planes, int32_t n_planes,
                                   const struct rt_window *window,
                                   void *const *pixels, struct rt_error *err)
{
    struct rt_gdal_errors errors;
    struct reading reading;
    CPLErr failed;

    begin_reading(&reading, source);
    rt_gdal_errors_begin(&errors);
    failed =
        read_planes(source, dataset, layer, planes, n_planes, window, pixels);
    rt_gdal_flush(dataset, layer / 2);
    rt_gdal_errors_end(&errors);
    reading_now = reading.outer;

    rt_gdal_trim(rt_window_area(window) * (uint64_t)n_planes *
                 source->layers[layer].px_bytes[0]);
    set_next_row(source, layer,
                 failed == CE_None ? window->y_px + window->h_px : 0);
    if (failed == CE_None)
        return RT_OK;
    return rt_error_set(err, RT_ERR_SOURCE, "source '%s': %s", source->name,
                        rt_gdal_errors_text(&errors, "cannot be read"));
}

static enum rt_status read_source(void *context, int32_t layer,
                                  const int32_t *planes, int32_t n_planes,
                                  const struct rt_window *window,
                                  void *const *pixels, struct rt_error *err)
{
    struct rt_gdal_source *source = context;
    const char *changed;
    struct rt_gdal_handle *handle;
    enum rt_status status;

    if (reads_itself(source))
        return rt_error_set(err, RT_ERR_SOURCE, "source '%s' refers to itself",
                            source->name);
    handle = rt_gdal_handles_claim(source->handles, err);
    if (handle == NULL)
        return RT_ERR_SOURCE;
    status = read_claimed(source, rt_gdal_handle_dataset(handle), layer, planes,
                          n_planes, window, pixels, err);
    rt_gdal_handles_give_back(source->handles, handle);
    /* What was decoded while a file changed may be of either version. */
    changed = rt_source_version_changed(source->version);
    if (changed != NULL)
        return rt_error_set(err, RT_ERR_SOURCE,
                            "source '%s': '%s' has changed since it was "
                            "opened; open it again",
                            source->name, changed);
    return status;
}

static int32_t next_row(void *context, int32_t layer)
{
    struct rt_gdal_source *source = context;
    int32_t row;

    pthread_mutex_lock(&source->lock);
    row = source->next_row[layer];
    pthread_mutex_unlock(&source->lock);
    return row;
}

/* How many handles may be open at once. */
static int handle_limit(GDALDatasetH dataset, const char *name)
{
    const int cpus = CPLGetNumCPUs();

    if (rt_gdal_is_sequential(dataset) || strncmp(name, "/vsistdin", 9) == 0)
        return 1;
    return cpus < 2 ? 2 : cpus;
}

static enum rt_status describe(struct rt_gdal_source *source,
                               GDALDatasetH dataset, struct rt_error *err)
{
    struct rt_gdal_errors errors;
    enum rt_status status;

    source->n_bands = GDALGetRasterCount(dataset);
    if (source->n_bands == 0)
        return no_bands(dataset, source->name, err);
    rt_gdal_errors_begin(&errors);
    source->n_levels = count_levels(dataset);
    source->resamples = resamples_itself(dataset);
    rt_gdal_handles_set_limit(source->handles,
                              handle_limit(dataset, source->name));
    status = init_levels(source, dataset, err);
    rt_gdal_errors_end(&errors);
    source->core.n_layers = 2 * source->n_levels;
    source->core.layers = source->layers;
    source->core.context = source;
    source->core.read = read_source;
    source->core.next_row = next_row;
    return status;
}

enum rt_status rt_gdal_source_open(const char *name, CSLConstList open_options,
                                   struct rt_gdal_source **source,
                                   struct rt_error *err)
{
    struct rt_gdal_source *made = calloc(1, sizeof(*made));
    enum rt_status status;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    pthread_mutex_init(&made->lock, NULL);
    status = rt_gdal_handles_open(name, open_options, &made->handles, err);
    if (status == RT_OK) {
        made->name = rt_gdal_handles_name(made->handles);
        GDALDatasetH dataset = rt_gdal_source_lock(made);

        status = describe(made, dataset, err);
        made->version = rt_source_version_take(dataset, name);
        rt_gdal_source_unlock(made);
    }
    if (status == RT_OK && made->version == NULL)
        status = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    if (status != RT_OK) {
        rt_gdal_source_close(made);
        return status;
    }
    *source = made;
    return RT_OK;
}

void rt_gdal_source_close(struct rt_gdal_source *source)
{
    if (source == NULL)
        return;
    rt_gdal_handles_close(source->handles);
    rt_source_version_free(source->version);
    pthread_mutex_destroy(&source->lock);
    free(source->next_row);
    free(source->px_bytes);
    free(source->bands);
    free(source->layers);
    free(source);
}

const struct rt_source *rt_gdal_source_core(struct rt_gdal_source *source)
{
    return &source->core;
}

const char *rt_gdal_source_name(const struct rt_gdal_source *source)
{
    return source->name;
}

int rt_gdal_source_bands(const struct rt_gdal_source *source)
{
    return source->n_bands;
}

int rt_gdal_source_levels(const struct rt_gdal_source *source)
{
    return source->n_levels;
}

const struct rt_gdal_band *
rt_gdal_source_band(const struct rt_gdal_source *source, int level, int band)
{
    return &source->bands[level * source->n_bands + band];
}

GDALDatasetH rt_gdal_source_lock(struct rt_gdal_source *source)
{
    source->first = rt_gdal_handles_claim_first(source->handles);
    return rt_gdal_handle_dataset(source->first);
}

void rt_gdal_source_unlock(struct rt_gdal_source *source)
{
    rt_gdal_handles_give_back(source->handles, source->first);
}

bool rt_gdal_source_resamples(const struct rt_gdal_source *source)
{
    return source->resamples;
}
