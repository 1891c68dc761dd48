/* copy_choose.c - see copy_choose.h.
 *
 * The layers are first described as the dataset itself shows them. If it is a
 * window on another dataset, they then get that dataset's blocks, and if there
 * is nothing but the window in between, its handle too. If what is opened in
 * the end is a plain TIFF or a JPEG 2000, the image is read without GDAL.
 */
#include "io/copy_source/copy_choose.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "io/copy_source/copy_decoder.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/gdal_errors.h"
#include "io/vrt/open_xml.h"
#include "io/vrt/reopen.h"
#include "io/vrt/sources.h"
#include "io/vrt/window.h"

/* Room in GDAL's cache, for each slot, for the blocks that a mosaic or a
 * resampling VRT decodes under it. It does not say which blocks these are. */
#define KEPT_BYTES (UINT64_C(32) << 20)

/* Whether the window lies inside under, and all its bands exist there. */
static bool fits(const struct rt_vrt_window *window, GDALDatasetH under)
{
    const int n_bands = GDALGetRasterCount(under);

    if ((int64_t)window->x_px + window->w_px > GDALGetRasterXSize(under) ||
        (int64_t)window->y_px + window->h_px > GDALGetRasterYSize(under) ||
        abs(window->mask_band) > n_bands)
        return false;
    for (int i = 0; i < window->n_bands; i++)
        if (window->bands[i] > n_bands)
            return false;
    return true;
}

static bool types_are(GDALDatasetH dataset, GDALDataType type)
{
    for (int i = 1; i <= GDALGetRasterCount(dataset); i++)
        if (GDALGetRasterDataType(GDALGetRasterBand(dataset, i)) != type)
            return false;
    return true;
}

/* The type that under has in all bands of the window; GDT_Unknown if there are
 * several. */
static GDALDataType type_under(const struct rt_vrt_window *window,
                               GDALDatasetH under)
{
    GDALDataType type =
        GDALGetRasterDataType(GDALGetRasterBand(under, window->bands[0]));

    for (int i = 1; i < window->n_bands; i++)
        if (GDALGetRasterDataType(GDALGetRasterBand(under, window->bands[i])) !=
            type)
            type = GDT_Unknown;
    return type;
}

static bool same_types(const struct rt_vrt_window *window, GDALDatasetH vrt,
                       GDALDatasetH under)
{
    for (int i = 0; i < window->n_bands; i++)
        if (GDALGetRasterDataType(GDALGetRasterBand(vrt, i + 1)) !=
            GDALGetRasterDataType(GDALGetRasterBand(under, window->bands[i])))
            return false;
    return true;
}

/* Whether the window only gives pixels another type, the requested one, which
 * is not shorter than their own. */
static bool only_widens(const struct rt_vrt_window *window, GDALDatasetH vrt,
                        GDALDatasetH under, GDALDataType type)
{
    const GDALDataType own = type_under(window, under);

    return own != GDT_Unknown && types_are(vrt, type) &&
           !GDALDataTypeIsComplex(own) && !GDALDataTypeIsComplex(type) &&
           GDALGetDataTypeSizeBytes(own) <= GDALGetDataTypeSizeBytes(type);
}

/* Reads the dataset under a plain window instead of the VRT: the image, and
 * also the masks if they are those of one of its bands. */
static void look_through(struct rt_copy_origins *origins,
                         const struct rt_vrt_window *window)
{
    const size_t n = (size_t)window->n_bands;

    origins->same = window->mask_band > 0;
    for (int i = 0; i < (origins->same ? 2 : 1); i++) {
        struct rt_copy_origin *origin = &origins->of[i];

        rt_copy_origin_set(origin, window->name,
                           (CSLConstList)window->open_options);
        origin->x_px = window->x_px;
        origin->y_px = window->y_px;
        origin->bands = CPLMalloc(n * sizeof(*origin->bands));
        for (size_t j = 0; j < n; j++)
            origin->bands[j] = i == 0 ? window->bands[j] : window->mask_band;
    }
}

/* Decides how a VRT that is a window on under is read. */
static void use_under(struct rt_copy_origins *origins, GDALDatasetH vrt,
                      const struct rt_vrt_window *window, GDALDatasetH under,
                      const struct rt_copy_request *request,
                      const struct rt_vrt_nature *nature)
{
    const GDALDataType type = request->type;
    const bool sequential = rt_gdal_is_sequential(under);

    rt_copy_layers_take_blocks(origins->layers, window, under);
    origins->kept_bytes = rt_gdal_wraps(under) ? KEPT_BYTES : 0;
    origins->layers[0].held_bytes += origins->kept_bytes;
    origins->layers[0].held_px_bytes += RT_COPY_VRT_WORK_PX_BYTES;
    if (origins->of[0].name == NULL)
        return;
    origins->how = "a window on a dataset, read through the VRT";
    if (window->plain && (same_types(window, vrt, under) ||
                          only_widens(window, vrt, under, type))) {
        const GDALDataType own = type_under(window, under);

        origins->native_type = own != GDT_Unknown ? own : type;
        look_through(origins, window);
        origins->by_bands = false;
        origins->layers[0].held_px_bytes -= RT_COPY_VRT_WORK_PX_BYTES;
        origins->wraps = rt_gdal_wraps(under) || !origins->same;
        origins->how = "a window on a dataset, which is read itself";
        if (!sequential)
            rt_copy_decoder_try_tiff(
                origins, under, origins->native_type,
                "a window on a dataset, which is read itself: decoded by "
                "libtiff, each thread on its own");
        if (!sequential && origins->tiff == NULL)
            rt_copy_decoder_try_jp2(origins, under, origins->native_type);
        rt_copy_decoder_try_masks(origins, window, type);
        if (!request->by_window && rt_gdal_wraps(under))
            rt_copy_decoder_try_mosaic(origins, under,
                                       (CSLConstList)window->open_options,
                                       request, nature);
    }
    if (sequential || rt_gdal_decodes_whole(under)) {
        origins->layers[0].parallel = origins->layers[1].parallel = false;
        origins->how =
            sequential ? "a window on a dataset that is decoded from the top"
                       : "a window on a dataset that is decoded as a whole";
    }
}

/* Looks at the VRT's XML: it may be a window on one dataset, or a mosaic.
 * nature: its own. */
static void try_vrt(struct rt_copy_origins *origins, GDALDatasetH vrt,
                    const struct rt_copy_request *request,
                    const struct rt_vrt_nature *nature)
{
    char *folder = NULL;
    char *xml = rt_vrt_xml(vrt, request->open_options, &folder);
    struct rt_vrt_window window;

    origins->by_bands = xml != NULL && !rt_vrt_reads_together(xml);
    if (xml != NULL && origins->kept_bytes > 0 && rt_vrt_reads_views(xml)) {
        origins->layers[0].held_bytes -= KEPT_BYTES;
        origins->kept_bytes = 0;
    }
    if (xml != NULL && rt_vrt_window_parse(xml, folder, &window)) {
        GDALDatasetH under =
            rt_gdal_open(window.name, (CSLConstList)window.open_options, NULL);

        if (under != NULL && fits(&window, under))
            use_under(origins, vrt, &window, under, request, nature);
        if (under != NULL)
            GDALClose(under);
        rt_vrt_window_free(&window);
    } else if (!request->by_window && origins->of[0].name != NULL) {
        rt_copy_decoder_try_mosaic(origins, vrt, request->open_options, request,
                                   nature);
    }
    CPLFree(xml);
    CPLFree(folder);
}

/* For pixels that depend on the windows in which they are requested. */
static void use_swaths(struct rt_copy_origins *origins, GDALDatasetH shown,
                       const struct rt_gdal_target *target)
{
    rt_copy_layers_set_swaths(origins->layers, shown, target);
    origins->by_blocks = true;
    origins->by_bands = !origins->layers[0].interleaved;
}

/* Chooses for shown: the caller's dataset, or one opened by the name that the
 * caller gave. */
static void choose(const struct rt_copy_request *request, GDALDatasetH shown,
                   const struct rt_reopen *reopen,
                   struct rt_copy_origins *origins)
{
    const bool callers = shown == request->dataset;
    const bool sequential = rt_gdal_is_sequential(shown);
    const bool one =
        sequential || rt_gdal_decodes_whole(shown) || reopen->nature.by_thread;
    const bool again = reopen->name != NULL && !(one && callers);

    origins->wraps = request->as_open || rt_gdal_wraps(shown);
    origins->kept_bytes = origins->wraps ? KEPT_BYTES : 0;
    rt_copy_layers_describe(origins->layers, shown, origins->wraps,
                            origins->kept_bytes);
    origins->native_type = request->type;
    origins->same = true;
    for (int i = 0; i < 2; i++) {
        origins->layers[i].parallel = reopen->name != NULL && !one;
        origins->layers[i].on_caller =
            reopen->name == NULL || reopen->nature.by_thread;
        if (again)
            rt_copy_origin_set(&origins->of[i], reopen->name,
                               (CSLConstList)reopen->options);
    }
    if (reopen->name == NULL)
        origins->how = reopen->why_not;
    else if (sequential)
        origins->how = "decoded from the top";
    else if (reopen->nature.by_thread)
        origins->how = "computed on the caller's thread";
    else if (one)
        origins->how = "decoded as a whole, by one handle";
    else
        origins->how = "each thread has a handle of its own";
    try_vrt(origins, shown, request, &reopen->nature);
    if ((reopen->nature.by_window || request->by_window) &&
        request->target != NULL)
        use_swaths(origins, shown, request->target);
    if (origins->tiff != NULL || origins->jp2 != NULL ||
        !origins->layers[0].parallel || origins->mosaic != NULL)
        return;
    rt_copy_decoder_try_tiff(origins, shown, request->type,
                             "decoded by libtiff, each thread on its own");
    if (origins->tiff == NULL)
        rt_copy_decoder_try_jp2(origins, shown, request->type);
}

enum rt_status rt_copy_choose(const struct rt_copy_request *request,
                              struct rt_copy_origins *origins,
                              struct rt_error *err)
{
    struct rt_reopen reopen = {.why_not = "it has no name"};
    struct rt_gdal_errors errors;
    GDALDatasetH dataset = request->dataset, named = NULL;

    memset(origins, 0, sizeof(*origins));
    origins->n_slots = request->n_slots;
    if (GDALGetRasterCount(dataset) == 0)
        return rt_error_set(err, RT_ERR_SOURCE, "source '%s' has no bands",
                            GDALGetDescription(dataset));
    rt_gdal_errors_begin(&errors);
    if (request->as_open)
        reopen.nature = rt_vrt_nature_of(dataset, request->open_options);
    else
        rt_reopen_choose(dataset, request->name, request->open_options,
                         &reopen);
    if (request->name != NULL && reopen.name != NULL)
        named = rt_gdal_open(request->name, request->open_options, NULL);
    choose(request, named != NULL ? named : dataset, &reopen, origins);
    if (named != NULL)
        GDALClose(named);
    rt_reopen_free(&reopen);
    rt_gdal_errors_forget_warnings(&errors);
    rt_gdal_errors_end(&errors);
    return RT_OK;
}
