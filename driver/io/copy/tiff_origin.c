/* tiff_origin.c - see tiff_origin.h.
 *
 * In doubt it finds no TIFF: decoding is never wrong.
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
#include "io/vrt/open_xml.h"
#include "io/vrt/window.h"

#define MAX_DEPTH 8

/* A dataset on the way to the TIFF. */
struct level {
    char *name;
    char **options;
    GDALDatasetH dataset;
};

/* The first open option that is not known to leave pixels and bands unchanged,
 * or NULL. Options whose effect the opened dataset shows are known too. */
static const char *unknown_option(CSLConstList options)
{
    static const char *const known[] = {
        "NUM_THREADS", "GEOREF_SOURCES", "SPARSE_OK", "ROOT_PATH",
        "BLOCKXSIZE",  "BLOCKYSIZE",     "PAD_EDGES", "PAD_VALUE",
        "CACHE",       "CACHE_MAX",      NULL};

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
                                  const struct rt_copy_layer *layer,
                                  const struct rt_tiff_origin *found,
                                  GDALDataType type, struct rt_error *err)
{
    const int n_bands = GDALGetRasterCount(level->dataset);

    if ((int64_t)found->x_px + layer->w_px >
            GDALGetRasterXSize(level->dataset) ||
        (int64_t)found->y_px + layer->h_px > GDALGetRasterYSize(level->dataset))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "the window reaches beyond '%s'", level->name);
    for (int32_t i = 0; i < layer->n_planes; i++) {
        GDALDataType shown;

        if (found->bands[i] < 1 || found->bands[i] > n_bands)
            return rt_error_set(err, RT_ERR_ARGUMENT, "'%s' has no band %d",
                                level->name, found->bands[i]);
        shown = GDALGetRasterDataType(
            GDALGetRasterBand(level->dataset, found->bands[i]));
        if (type != GDT_Unknown && shown != type)
            return rt_error_set(
                err, RT_ERR_ARGUMENT, "pixels are converted from %s to %s",
                GDALGetDataTypeName(shown), GDALGetDataTypeName(type));
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

static void move(struct rt_tiff_origin *found,
                 const struct rt_vrt_window *window, int32_t n_planes)
{
    found->x_px += window->x_px;
    found->y_px += window->y_px;
    for (int32_t i = 0; i < n_planes; i++)
        found->bands[i] = window->bands[found->bands[i] - 1];
}

static enum rt_status go_through_vrt(struct level *level, int32_t n_planes,
                                     struct rt_tiff_origin *found,
                                     struct rt_error *err)
{
    struct rt_vrt_window window = {0};
    char *folder = NULL;
    char *xml =
        rt_vrt_xml(level->dataset, (CSLConstList)level->options, &folder);
    const bool plain =
        xml != NULL && rt_vrt_window_parse(xml, folder, &window) &&
        window.plain && window.n_bands == GDALGetRasterCount(level->dataset);

    if (plain) {
        move(found, &window, n_planes);
        set_level(level, window.name, (CSLConstList)window.open_options);
    }
    rt_vrt_window_free(&window);
    CPLFree(xml);
    CPLFree(folder);
    if (plain)
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "the source is a VRT that is more than a window on "
                        "one file");
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

static enum rt_status go_down(struct level *level,
                              const struct rt_copy_layer *layer,
                              GDALDataType type, struct rt_tiff_origin *found,
                              struct rt_error *err)
{
    enum rt_status status = RT_OK;

    for (int depth = 0; status == RT_OK && depth < MAX_DEPTH; depth++) {
        const char *driver;

        status = open_level(level, err);
        if (status == RT_OK)
            status = check_level(level, layer, found, type, err);
        if (status != RT_OK)
            return status;
        driver = rt_gdal_driver_name(level->dataset);
        if (driver != NULL && EQUAL(driver, "GTiff"))
            return check_file(level->name, err);
        if (driver != NULL && EQUAL(driver, "RETILE"))
            status = go_through_view(level, err);
        else if (driver != NULL && EQUAL(driver, "VRT"))
            status = go_through_vrt(level, layer->n_planes, found, err);
        else
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "the source is not a GeoTIFF but %s",
                                driver != NULL ? driver : "of no driver");
    }
    if (status != RT_OK)
        return status;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "over %d datasets lie on top of each other", MAX_DEPTH);
}

enum rt_status rt_tiff_origin_find(const struct rt_copy_origin *origin,
                                   const struct rt_copy_layer *layer,
                                   GDALDataType type,
                                   struct rt_tiff_origin *found,
                                   struct rt_error *err)
{
    struct level level = {0};
    enum rt_status status;

    memset(found, 0, sizeof(*found));
    found->x_px = origin->x_px;
    found->y_px = origin->y_px;
    found->bands = rt_copy_origin_bands(origin, layer->n_planes);
    set_level(&level, origin->name, (CSLConstList)origin->options);
    status = go_down(&level, layer, type, found, err);
    CSLDestroy(level.options);
    found->path = level.name;
    found->dataset = level.dataset;
    if (status != RT_OK)
        rt_tiff_origin_free(found);
    return status;
}

void rt_tiff_origin_free(struct rt_tiff_origin *found)
{
    if (found->dataset != NULL)
        GDALClose(found->dataset);
    CPLFree(found->path);
    CPLFree(found->bands);
    memset(found, 0, sizeof(*found));
}
