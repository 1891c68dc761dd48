/* tiff_origin.c - see tiff_origin.h.
 *
 * In doubt it finds no TIFF: decoding is never wrong. A mosaic is looked
 * through part by part, so that only one file at a time is open.
 */
#include "io/copy/tiff_origin.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "io/dataset/file_stat.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/gdal_errors.h"
#include "io/vrt/mosaic.h"
#include "io/vrt/open_xml.h"
#include "io/vrt/window.h"

#define MAX_DEPTH 8
#define OVERVIEW "OVERVIEW_LEVEL"

/* What is looked for, and who is told. */
struct search {
    int32_t n_planes;
    GDALDataType type;
    rt_tiff_origin_found on_found;
    void *context;
};

/* A dataset on the way to a TIFF. */
struct level {
    char *name;
    char **options;
    GDALDatasetH dataset;
    int depth;
    struct rt_window shown; /* of the layer */
    int32_t x_px, y_px;     /* in the dataset */
    int *bands;             /* of the dataset, by plane, from 1 */
};

/* The first open option that is not known to leave pixels and bands unchanged,
 * or NULL. Options whose effect the opened dataset shows are known too. */
static const char *unknown_option(CSLConstList options)
{
    static const char *const known[] = {
        "NUM_THREADS", "GEOREF_SOURCES", "SPARSE_OK", "ROOT_PATH",
        "BLOCKXSIZE",  "BLOCKYSIZE",     "PAD_EDGES", "PAD_VALUE",
        "CACHE",       "CACHE_MAX",      OVERVIEW,    NULL};

    for (int i = 0; options != NULL && options[i] != NULL; i++) {
        char *key = NULL;
        bool is_known;

        (void)CPLParseNameValue(options[i], &key);
        is_known = rt_gdal_in_list(key, known);
        CPLFree(key);
        if (!is_known)
            return options[i];
    }
    return NULL;
}

static void set_level(struct level *level, const char *name,
                      CSLConstList options)
{
    char *name_copy = CPLStrdup(name);
    char **options_copy = CSLDuplicate(options);

    if (level->dataset != NULL)
        GDALClose(level->dataset);
    CPLFree(level->name);
    CSLDestroy(level->options);
    level->name = name_copy;
    level->options = options_copy;
    level->dataset = NULL;
}

static void free_level(struct level *level)
{
    if (level->dataset != NULL)
        GDALClose(level->dataset);
    CPLFree(level->name);
    CSLDestroy(level->options);
    CPLFree(level->bands);
}

static enum rt_status open_level(struct level *level, struct rt_error *err)
{
    const char *option = unknown_option((CSLConstList)level->options);
    struct rt_gdal_errors errors;

    if (option != NULL)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the source is opened with the option %s", option);
    rt_gdal_errors_begin(&errors);
    level->dataset =
        rt_gdal_open(level->name, (CSLConstList)level->options, NULL);
    rt_gdal_errors_forget_warnings(&errors);
    rt_gdal_errors_end(&errors);
    if (level->dataset == NULL)
        return rt_error_set(err, RT_ERR_ARGUMENT, "'%s' cannot be opened again",
                            level->name);
    return RT_OK;
}

/* Checks that the level shows the wanted window and bands, unconverted. */
static enum rt_status check_level(const struct level *level,
                                  const struct search *search,
                                  struct rt_error *err)
{
    const int n_bands = GDALGetRasterCount(level->dataset);

    if ((int64_t)level->x_px + level->shown.w_px >
            GDALGetRasterXSize(level->dataset) ||
        (int64_t)level->y_px + level->shown.h_px >
            GDALGetRasterYSize(level->dataset))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the window reaches beyond '%s'", level->name);
    for (int32_t i = 0; i < search->n_planes; i++) {
        GDALDataType shown;

        if (level->bands[i] < 1 || level->bands[i] > n_bands)
            return rt_error_set(err, RT_ERR_ARGUMENT, "'%s' has no band %d",
                                level->name, level->bands[i]);
        shown = GDALGetRasterDataType(
            GDALGetRasterBand(level->dataset, level->bands[i]));
        if (search->type != GDT_Unknown && shown != search->type)
            return rt_error_set(
                err, RT_ERR_ARGUMENT, "pixels are converted from %s to %s",
                GDALGetDataTypeName(shown), GDALGetDataTypeName(search->type));
    }
    return RT_OK;
}

static enum rt_status go_through_view(struct level *level, struct rt_error *err)
{
    CSLConstList items = GDALGetMetadata(level->dataset, "RETILE");
    const char *source = CSLFetchNameValue(items, "SOURCE");
    const char *options = CSLFetchNameValue(items, "SOURCE_OPEN_OPTIONS");

    if (CPLFetchBool(items, "PAD_EDGES", TRUE) || source == NULL)
        return rt_error_set(err, RT_ERR_ARGUMENT, "the view '%s' is padded",
                            level->name);
    if (CSLFetchNameValue(items, "FOCAL") != NULL)
        return rt_error_set(err, RT_ERR_ARGUMENT, "the view '%s' computes",
                            level->name);
    if (atoi(CSLFetchNameValueDef(items, "OVERLAP", "0")) != 0)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the blocks of the view of '%s' overlap", source);
    if (options != NULL)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the view '%s' opens its source with %s",
                            level->name, options);
    set_level(level, source, NULL);
    return RT_OK;
}

static void move(struct level *level, const struct rt_vrt_window *window,
                 int32_t n_planes)
{
    level->x_px += window->x_px;
    level->y_px += window->y_px;
    for (int32_t i = 0; i < n_planes; i++)
        level->bands[i] = window->bands[level->bands[i] - 1];
}

static bool go_through_window(struct level *level, const char *xml,
                              const char *folder, int32_t n_planes)
{
    struct rt_vrt_window window = {0};
    const bool plain = rt_vrt_window_parse(xml, folder, &window) &&
                       window.plain &&
                       window.n_bands == GDALGetRasterCount(level->dataset);

    if (plain) {
        move(level, &window, n_planes);
        set_level(level, window.name, (CSLConstList)window.open_options);
    }
    rt_vrt_window_free(&window);
    return plain;
}

/* Whether the part shows all its pixels: those that are its nodata value would
 * show what lies below, which is the same value if nothing does. */
static bool shows_all(const struct rt_mosaic *mosaic,
                      const struct rt_mosaic_part *part)
{
    for (int32_t i = 0; part->nodata >= 0 && i < mosaic->n_bands; i++)
        if (mosaic->fills[i] != mosaic->nodata[part->nodata])
            return false;
    return true;
}

static enum rt_status go_down(struct level *level, const struct search *search,
                              struct rt_error *err);

/* Follows one part of the mosaic that level shows, if it is wanted. */
static enum rt_status go_into_part(const struct level *level,
                                   const struct rt_mosaic *mosaic, size_t index,
                                   const struct search *search,
                                   struct rt_error *err)
{
    const struct rt_mosaic_part *part = &mosaic->layers[0].parts[index];
    const int32_t *bands =
        &mosaic->layers[0].bands[index * (size_t)mosaic->n_bands];
    const struct rt_mosaic_file *file = &mosaic->files[part->file];
    const struct rt_window wanted = {level->x_px, level->y_px,
                                     level->shown.w_px, level->shown.h_px};
    struct level below = {.depth = level->depth + 1};
    struct rt_window common;
    enum rt_status status;

    if (!rt_window_intersect(&part->shown, &wanted, &common))
        return RT_OK;
    if (!shows_all(mosaic, part))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "pixels of '%s' are taken for nodata", file->name);
    below.shown = common;
    below.shown.x_px += level->shown.x_px - level->x_px;
    below.shown.y_px += level->shown.y_px - level->y_px;
    below.x_px = part->x_px + (common.x_px - part->shown.x_px);
    below.y_px = part->y_px + (common.y_px - part->shown.y_px);
    below.bands = CPLMalloc((size_t)search->n_planes * sizeof(*below.bands));
    for (int32_t i = 0; i < search->n_planes; i++)
        below.bands[i] = bands[level->bands[i] - 1];
    set_level(&below, file->name, (CSLConstList)file->options);
    status = go_down(&below, search, err);
    free_level(&below);
    return status;
}

/* *is_mosaic: whether all parts have been followed, or one of them failed. */
static enum rt_status go_into_mosaic(const struct level *level, const char *xml,
                                     const char *folder,
                                     const struct search *search,
                                     bool *is_mosaic, struct rt_error *err)
{
    struct rt_mosaic *mosaic = rt_mosaic_parse(xml, folder);
    enum rt_status status = RT_OK;

    *is_mosaic = mosaic != NULL && mosaic->n_layers == 1;
    for (size_t i = 0;
         *is_mosaic && status == RT_OK && i < mosaic->layers[0].n_parts; i++)
        status = go_into_part(level, mosaic, i, search, err);
    rt_mosaic_free(mosaic);
    return status;
}

/* *done: whether all that the VRT shows has been followed. Otherwise level is
 * what is under the VRT. */
static enum rt_status go_through_vrt(struct level *level,
                                     const struct search *search, bool *done,
                                     struct rt_error *err)
{
    char *folder = NULL;
    char *xml =
        rt_vrt_xml(level->dataset, (CSLConstList)level->options, &folder);
    enum rt_status status = RT_OK;
    bool plain = false;

    *done = false;
    if (xml != NULL)
        plain = go_through_window(level, xml, folder, search->n_planes);
    if (xml != NULL && !plain)
        status = go_into_mosaic(level, xml, folder, search, done, err);
    CPLFree(xml);
    CPLFree(folder);
    if (plain || *done)
        return status;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "the source is a VRT that is more than a window on "
                        "one file or a mosaic of whole pixels");
}

/* The name of a page or subdataset is not a file's name. */
static enum rt_status check_file(const char *path, struct rt_error *err)
{
    if (rt_file_is_random(path))
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "'%s' is not the name of a file that can be read at "
                        "any place",
                        path);
}

static enum rt_status tell(const struct level *level,
                           const struct search *search, struct rt_error *err)
{
    const struct rt_tiff_origin found = {
        .path = level->name,
        .dataset = level->dataset,
        .is_overview = CSLFetchNameValue(level->options, OVERVIEW) != NULL,
        .shown = level->shown,
        .x_px = level->x_px,
        .y_px = level->y_px,
        .bands = level->bands};
    const enum rt_status status = check_file(level->name, err);

    return status == RT_OK ? search->on_found(search->context, &found, err)
                           : status;
}

/* Follows level to all TIFFs that it shows. */
static enum rt_status go_down(struct level *level, const struct search *search,
                              struct rt_error *err)
{
    enum rt_status status = RT_OK;
    bool done = false;

    for (; status == RT_OK && !done && level->depth < MAX_DEPTH;
         level->depth++) {
        const char *driver;

        status = open_level(level, err);
        if (status == RT_OK)
            status = check_level(level, search, err);
        if (status != RT_OK)
            return status;
        driver = rt_gdal_driver_name(level->dataset);
        if (driver != NULL && EQUAL(driver, "GTiff"))
            return tell(level, search, err);
        if (CSLFetchNameValue(level->options, OVERVIEW) != NULL)
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "the source is an overview of '%s', which is "
                                "not a GeoTIFF",
                                level->name);
        if (driver != NULL && EQUAL(driver, "RETILE"))
            status = go_through_view(level, err);
        else if (driver != NULL && EQUAL(driver, "VRT"))
            status = go_through_vrt(level, search, &done, err);
        else
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "the source is not a GeoTIFF but %s",
                                driver != NULL ? driver : "of no driver");
    }
    if (status != RT_OK || done)
        return status;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "over %d datasets lie on top of each other", MAX_DEPTH);
}

enum rt_status rt_tiff_origins_find(const struct rt_copy_origin *origin,
                                    const struct rt_copy_layer *layer,
                                    GDALDataType type,
                                    rt_tiff_origin_found on_found,
                                    void *context, struct rt_error *err)
{
    const struct search search = {layer->n_planes, type, on_found, context};
    struct level level = {.shown = {0, 0, layer->w_px, layer->h_px},
                          .x_px = origin->x_px,
                          .y_px = origin->y_px};
    enum rt_status status;

    level.bands = rt_copy_origin_bands(origin, layer->n_planes);
    set_level(&level, origin->name, (CSLConstList)origin->options);
    status = go_down(&level, &search, err);
    free_level(&level);
    return status;
}
