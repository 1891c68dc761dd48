/* copy_origin.c - see copy_origin.h.
 *
 * The layers are first described as the dataset itself shows them. If it is a
 * window on another dataset, they then get that dataset's blocks, and if there
 * is nothing but the window in between, its handle too. If what is opened in
 * the end is a plain TIFF or a JPEG 2000, the image is read without GDAL.
 */
#include "io/source/copy_origin.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/byte_size.h"
#include "cpl_conv.h"
#include "cpl_string.h"
#include "io/dataset/codec_memory.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/gdal_errors.h"
#include "io/vrt/mosaic.h"
#include "io/vrt/open_xml.h"
#include "io/vrt/reopen.h"
#include "io/vrt/sources.h"
#include "io/vrt/window.h"

/* A VRT computes in doubles, real or complex, in addition to the pixels. */
#define VRT_WORK_PX_BYTES 16
/* Room for the blocks that a mosaic or a resampling VRT decodes under it. It
 * does not say which blocks these are. */
#define MOSAIC_BYTES (UINT64_C(32) << 20)
/* The minimum, for budgets without that much room. Each block is then decoded
 * again. */
#define LEAST_MOSAIC_BYTES (UINT64_C(1) << 20)
/* A VRT's own blocks are 128x128; each would decode several of the blocks
 * below. */
#define MOSAIC_BLOCK_PX 512

static uint64_t px_bytes(GDALDatasetH dataset)
{
    uint64_t sum = 0;

    for (int i = 1; i <= GDALGetRasterCount(dataset); i++)
        sum += (uint64_t)GDALGetDataTypeSizeBytes(
            GDALGetRasterDataType(GDALGetRasterBand(dataset, i)));
    return sum;
}

/* Sets the layer's blocks to those of band. The layer's pixel 0,0 is x_px, y_px
 * of band. */
static void set_blocks(struct rt_copy_layer *layer, GDALRasterBandH band,
                       int32_t x_px, int32_t y_px, bool sequential)
{
    rt_gdal_block_size(band, &layer->source_block_w_px,
                       &layer->source_block_h_px);
    layer->source_block_x_px = x_px % layer->source_block_w_px;
    layer->source_block_y_px = y_px % layer->source_block_h_px;
    if ((int64_t)layer->source_block_x_px + layer->w_px >
        layer->source_block_w_px)
        layer->access = RT_ACCESS_RANDOM;
    else
        layer->access = sequential ? RT_ACCESS_SEQUENTIAL : RT_ACCESS_ROWS;
}

/* Describes the image layer, whose pixel 0,0 is x_px, y_px of dataset. */
static void set_image(struct rt_copy_layer *layer, GDALDatasetH dataset,
                      int band, int32_t x_px, int32_t y_px)
{
    set_blocks(layer, GDALGetRasterBand(dataset, band), x_px, y_px,
               rt_gdal_is_sequential(dataset));
    layer->interleaved = rt_gdal_is_interleaved(dataset);
    layer->held_px_bytes = px_bytes(dataset);
    layer->held_bytes = rt_codec_held_bytes(dataset);
}

/* Describes masks that are derived from the image. */
static void set_derived_masks(struct rt_copy_layer layers[2])
{
    layers[1] = layers[0];
    layers[1].held_px_bytes += VRT_WORK_PX_BYTES;
}

/* Describes masks of their own, read from mask. */
static void set_own_masks(struct rt_copy_layer *layer, GDALRasterBandH mask,
                          int32_t x_px, int32_t y_px)
{
    set_blocks(layer, mask, x_px, y_px, false);
    layer->interleaved = false;
    layer->held_px_bytes = (uint64_t)layer->n_planes;
    layer->held_bytes = 2 * (uint64_t)layer->source_block_w_px *
                        (uint64_t)layer->source_block_h_px;
}

static bool has_own_masks(GDALRasterBandH band)
{
    const int flags = GDALGetMaskFlags(band);

    return (flags & (GMF_ALL_VALID | GMF_ALPHA | GMF_NODATA)) == 0;
}

static int32_t grown(int32_t source_block_px, int32_t size_px)
{
    const int32_t n = (MOSAIC_BLOCK_PX + source_block_px - 1) / source_block_px;

    return source_block_px < size_px && n * source_block_px < size_px
               ? n * source_block_px
               : size_px;
}

/* Combines several blocks of a dataset that can be read in any parts into
 * one. */
static void grow_blocks(struct rt_copy_layer *layer)
{
    layer->source_block_w_px = grown(layer->source_block_w_px, layer->w_px);
    layer->source_block_h_px = grown(layer->source_block_h_px, layer->h_px);
    layer->access = layer->source_block_w_px < layer->w_px ? RT_ACCESS_RANDOM
                                                           : RT_ACCESS_ROWS;
}

/* Describes the layers as dataset shows them. */
static void describe(GDALDatasetH dataset, bool as_open,
                     struct rt_copy_origins *origins)
{
    struct rt_copy_layer *layers = origins->layers;
    GDALRasterBandH band = GDALGetRasterBand(dataset, 1);

    for (int i = 0; i < 2; i++) {
        layers[i].w_px = GDALGetRasterXSize(dataset);
        layers[i].h_px = GDALGetRasterYSize(dataset);
        layers[i].n_planes = GDALGetRasterCount(dataset);
    }
    set_image(&layers[0], dataset, 1, 0, 0);
    origins->wraps = as_open || rt_gdal_wraps(dataset);
    /* The view's creator counts the memory that it holds. */
    if (strncmp(GDALGetDescription(dataset), RT_COPY_VIEW_PREFIX,
                sizeof(RT_COPY_VIEW_PREFIX) - 1) == 0)
        layers[0].held_px_bytes = layers[0].held_bytes = 0;
    if (origins->wraps) {
        grow_blocks(&layers[0]);
        origins->kept_bytes = MOSAIC_BYTES;
        /* Its sources may be interleaved: reading all bands at once is never
         * wrong. */
        layers[0].interleaved = true;
        layers[0].held_px_bytes += px_bytes(dataset) + VRT_WORK_PX_BYTES;
        layers[0].held_bytes += MOSAIC_BYTES;
    }
    if (has_own_masks(band))
        set_own_masks(&layers[1], GDALGetMaskBand(band), 0, 0);
    else
        set_derived_masks(layers);
}

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

/* Gives the VRT's layers the blocks of the dataset under it. */
static void take_blocks(struct rt_copy_layer layers[2],
                        const struct rt_vrt_window *window, GDALDatasetH under)
{
    const int mask_band = abs(window->mask_band);

    set_image(&layers[0], under, window->bands[0], window->x_px, window->y_px);
    if (!window->own_masks) {
        set_derived_masks(layers);
    } else if (mask_band > 0) {
        GDALRasterBandH band = GDALGetRasterBand(under, mask_band);
        const bool own = window->mask_band > 0 && has_own_masks(band);

        layers[1] = layers[0];
        if (own)
            set_own_masks(&layers[1], GDALGetMaskBand(band), window->x_px,
                          window->y_px);
        else
            set_derived_masks(layers);
    }
}

static void set_origin(struct rt_copy_origin *origin, const char *name,
                       CSLConstList options)
{
    CPLFree(origin->name);
    CSLDestroy(origin->options);
    origin->name = CPLStrdup(name);
    origin->options = CSLDuplicate(options);
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

        set_origin(origin, window->name, (CSLConstList)window->open_options);
        origin->x_px = window->x_px;
        origin->y_px = window->y_px;
        origin->bands = CPLMalloc(n * sizeof(*origin->bands));
        for (size_t j = 0; j < n; j++)
            origin->bands[j] = i == 0 ? window->bands[j] : window->mask_band;
    }
}

int *rt_copy_origin_bands(const struct rt_copy_origin *origin, int32_t n_planes)
{
    int *bands = CPLMalloc((size_t)n_planes * sizeof(*bands));

    for (int32_t i = 0; i < n_planes; i++)
        bands[i] = origin->bands != NULL ? origin->bands[i] : i + 1;
    return bands;
}

/* Reads the image, whose origin is dataset, by libtiff if that gives the same
 * pixels. how: the text for origins->how in that case. */
static void try_tiff(struct rt_copy_origins *origins, GDALDatasetH dataset,
                     GDALDataType type, const char *how)
{
    const struct rt_copy_origin *origin = &origins->of[0];
    struct rt_copy_layer *layer = &origins->layers[0];
    const struct rt_window window = {origin->x_px, origin->y_px, layer->w_px,
                                     layer->h_px};
    int *bands = rt_copy_origin_bands(origin, layer->n_planes);

    origins->tiff = rt_tiff_source_open(dataset, origin->name,
                                        (CSLConstList)origin->options, type);
    if (origins->tiff != NULL) {
        layer->packed =
            rt_tiff_source_is_packed(origins->tiff, bands, layer->n_planes);
        layer->held_px_bytes = 0;
        layer->held_bytes =
            rt_tiff_source_held_bytes(origins->tiff, &window, layer->packed);
        layer->fixed_bytes = rt_tiff_source_table_bytes(origins->tiff);
        origins->how = how;
    }
    CPLFree(bands);
}

/* Gives masks that are a band of the image the layer of the image. */
static void share_with_masks(struct rt_copy_origins *origins)
{
    if (!origins->masks_are_band)
        return;
    origins->layers[1] = origins->layers[0];
    origins->layers[1].packed = false;
}

/* Reads masks that are a band of the dataset under the window as the image is
 * read: without GDAL. */
static void try_masks_of_band(struct rt_copy_origins *origins,
                              const struct rt_vrt_window *window,
                              GDALDataType type)
{
    struct rt_copy_origin *origin = &origins->of[1];
    const size_t n = (size_t)window->n_bands;

    if (window->mask_band >= 0 || type != GDT_Byte ||
        (origins->tiff == NULL && origins->jp2 == NULL))
        return;
    origin->bands = CPLMalloc(n * sizeof(*origin->bands));
    for (size_t i = 0; i < n; i++)
        origin->bands[i] = -window->mask_band;
    origins->masks_are_band = true;
    share_with_masks(origins);
}

/* Sets the image layer's blocks to those of the decoder's current step. */
static bool set_jp2_blocks(struct rt_copy_origins *origins)
{
    const struct rt_copy_origin *origin = &origins->of[0];
    struct rt_copy_layer *layer = &origins->layers[0];
    struct rt_jp2_cut cut;

    if (!rt_jp2_source_cut(origins->jp2, origins->jp2_step, &cut))
        return false;
    layer->source_block_w_px = cut.w_px;
    layer->source_block_h_px = cut.h_px;
    layer->source_block_x_px = origin->x_px % cut.w_px;
    layer->source_block_y_px = origin->y_px % cut.h_px;
    layer->access = (int64_t)layer->source_block_x_px + layer->w_px > cut.w_px
                        ? RT_ACCESS_RANDOM
                        : RT_ACCESS_ROWS;
    layer->most_reads = cut.n_decoders;
    layer->parallel = cut.n_decoders > 1;
    layer->fixed_bytes =
        (uint64_t)cut.n_decoders * rt_jp2_source_held_bytes(origins->jp2);
    layer->held_bytes = 0;
    share_with_masks(origins);
    return true;
}

/* Reads the image, whose origin is dataset, by OpenJPEG if that gives the same
 * pixels. An image of one tile gets one decoder with its own threads: each
 * further decoder would hold all packets, and search them all. */
static void try_jp2(struct rt_copy_origins *origins, GDALDatasetH dataset,
                    GDALDataType type)
{
    const struct rt_copy_origin *origin = &origins->of[0];
    struct rt_copy_layer *layer = &origins->layers[0];
    static const char *const drivers[] = {"JP2OpenJPEG", NULL};
    struct rt_error why;

    if (!rt_gdal_in_list(rt_gdal_driver_name(dataset), drivers))
        return;
    if (rt_jp2_source_open(dataset, origin->name, (CSLConstList)origin->options,
                           origins->n_slots, &origins->jp2, &why) == RT_OK &&
        rt_jp2_source_type(origins->jp2) != type) {
        rt_jp2_source_close(origins->jp2);
        origins->jp2 = NULL;
        (void)rt_error_set(&why, RT_ERR_SOURCE, "its pixels are converted");
    }
    if (origins->jp2 == NULL) {
        CPLDebug("RETILE", "source '%s' is decoded by GDAL: %s", origin->name,
                 why.text);
        return;
    }
    layer->parallel = !rt_jp2_source_is_one_tile(origins->jp2);
    layer->held_px_bytes = rt_jp2_source_held_px_bytes(origins->jp2);
    layer->held_bytes = rt_jp2_source_held_bytes(origins->jp2);
    origins->how = layer->parallel
                       ? "decoded by OpenJPEG, each thread on its own"
                       : "decoded by OpenJPEG, one tile by all threads";
    (void)set_jp2_blocks(origins);
}

/* Halves the part of GDAL's cache that is left to the datasets under a VRT. */
static bool keep_less(struct rt_copy_origins *origins)
{
    const uint64_t less_bytes = origins->kept_bytes / 2;

    if (less_bytes < LEAST_MOSAIC_BYTES)
        return false;
    origins->kept_bytes -= less_bytes;
    for (int i = 0; i < 2; i++)
        if (origins->layers[i].held_bytes >= less_bytes)
            origins->layers[i].held_bytes -= less_bytes;
    return true;
}

/* The size of the mosaic's cache counts as long as the copy lasts. */
static void set_mosaic_cache(struct rt_copy_origins *origins, uint64_t bytes)
{
    origins->cache_bytes = bytes;
    origins->layers[0].fixed_bytes =
        bytes + rt_mosaic_source_table_bytes(origins->mosaic);
    rt_mosaic_source_set_cache(origins->mosaic, bytes);
}

/* Makes blocks narrower before it makes the cache smaller, because that costs
 * nothing. */
static bool shrink_mosaic(struct rt_copy_origins *origins)
{
    struct rt_copy_layer *layer = &origins->layers[0];
    const int32_t half_px =
        layer->source_block_w_px / 2 / MOSAIC_BLOCK_PX * MOSAIC_BLOCK_PX;

    if (half_px > 0) {
        layer->source_block_w_px = half_px;
        layer->access = RT_ACCESS_RANDOM;
        return true;
    }
    if (origins->cache_bytes <= RT_CACHE_MIN_BYTES)
        return false;
    set_mosaic_cache(origins, origins->cache_bytes / 2 > RT_CACHE_MIN_BYTES
                                  ? origins->cache_bytes / 2
                                  : RT_CACHE_MIN_BYTES);
    return true;
}

bool rt_copy_origins_shrink(struct rt_copy_origins *origins)
{
    if (origins->mosaic != NULL)
        return shrink_mosaic(origins);
    if (origins->jp2 == NULL)
        return keep_less(origins);
    origins->jp2_step++;
    if (set_jp2_blocks(origins))
        return true;
    origins->jp2_step--;
    return false;
}

/* Reads the image from the files of a mosaic, without GDAL's VRT. vrt: what is
 * shown or, if that is a window, what is under it, opened with open_options. */
static void try_mosaic(struct rt_copy_origins *origins, GDALDatasetH vrt,
                       CSLConstList open_options,
                       const struct rt_copy_request *request,
                       const struct rt_vrt_nature *nature)
{
    struct rt_copy_layer *layer = &origins->layers[0];
    struct rt_mosaic *mosaic =
        rt_mosaic_of(vrt, open_options, request->type, nature);

    if (mosaic == NULL)
        return;
    layer->interleaved = mosaic->n_layers == 1;
    origins->mosaic = rt_mosaic_source_create(mosaic, request);
    if (origins->mosaic == NULL)
        return;
    layer->source_block_w_px = layer->w_px;
    layer->source_block_h_px = grown(MOSAIC_BLOCK_PX, layer->h_px);
    layer->source_block_x_px = layer->source_block_y_px = 0;
    layer->access = RT_ACCESS_ROWS;
    layer->held_px_bytes = layer->held_bytes = 0;
    origins->kept_bytes = 0;
    set_mosaic_cache(origins, rt_mosaic_source_good_cache(origins->mosaic));
    origins->how = "a mosaic, read from its files";
}

/* Decides how a VRT that is a window on under is read. */
static void use_under(struct rt_copy_origins *origins, GDALDatasetH vrt,
                      const struct rt_vrt_window *window, GDALDatasetH under,
                      const struct rt_copy_request *request,
                      const struct rt_vrt_nature *nature)
{
    const GDALDataType type = request->type;
    const bool sequential = rt_gdal_is_sequential(under);

    take_blocks(origins->layers, window, under);
    origins->kept_bytes = rt_gdal_wraps(under) ? MOSAIC_BYTES : 0;
    origins->layers[0].held_bytes += origins->kept_bytes;
    origins->layers[0].held_px_bytes += VRT_WORK_PX_BYTES;
    if (origins->of[0].name == NULL)
        return;
    origins->how = "a window on a dataset, read through the VRT";
    if (window->plain && (same_types(window, vrt, under) ||
                          only_widens(window, vrt, under, type))) {
        const GDALDataType own = type_under(window, under);

        origins->native_type = own != GDT_Unknown ? own : type;
        look_through(origins, window);
        origins->by_bands = false;
        origins->layers[0].held_px_bytes -= VRT_WORK_PX_BYTES;
        origins->wraps = rt_gdal_wraps(under) || !origins->same;
        origins->how = "a window on a dataset, which is read itself";
        if (!sequential)
            try_tiff(origins, under, origins->native_type,
                     "a window on a dataset, which is read itself: decoded by "
                     "libtiff, each thread on its own");
        if (!sequential && origins->tiff == NULL)
            try_jp2(origins, under, origins->native_type);
        try_masks_of_band(origins, window, type);
        if (!request->by_window && rt_gdal_wraps(under))
            try_mosaic(origins, under, (CSLConstList)window->open_options,
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
        origins->layers[0].held_bytes -= MOSAIC_BYTES;
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
        try_mosaic(origins, vrt, request->open_options, request, nature);
    }
    CPLFree(xml);
    CPLFree(folder);
}

/* Makes the layer be read in GDAL's windows. */
static void set_swath(struct rt_copy_layer *layer,
                      const struct rt_gdal_swath *swath)
{
    layer->source_block_w_px = swath->w_px;
    layer->source_block_h_px = swath->h_px;
    layer->source_block_x_px = layer->source_block_y_px = 0;
    layer->access =
        swath->w_px < layer->w_px ? RT_ACCESS_RANDOM : RT_ACCESS_ROWS;
}

/* For pixels that depend on the windows in which they are requested. */
static void use_swaths(struct rt_copy_origins *origins, GDALDatasetH shown,
                       const struct rt_gdal_target *target)
{
    const struct rt_gdal_swath swath = rt_gdal_swath_of(shown, target);
    GDALRasterBandH band = GDALGetRasterBand(shown, 1);

    origins->by_blocks = true;
    origins->by_bands = !swath.interleaved;
    origins->layers[0].interleaved = swath.interleaved;
    set_swath(&origins->layers[0], &swath);
    if (has_own_masks(band)) {
        const struct rt_gdal_swath masks =
            rt_gdal_swath_of_mask(GDALGetMaskBand(band), target);

        set_swath(&origins->layers[1], &masks);
    } else {
        set_swath(&origins->layers[1], &swath);
    }
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

    describe(shown, request->as_open, origins);
    origins->native_type = request->type;
    origins->same = true;
    for (int i = 0; i < 2; i++) {
        origins->layers[i].parallel = reopen->name != NULL && !one;
        origins->layers[i].on_caller =
            reopen->name == NULL || reopen->nature.by_thread;
        if (again)
            set_origin(&origins->of[i], reopen->name,
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
    try_tiff(origins, shown, request->type,
             "decoded by libtiff, each thread on its own");
    if (origins->tiff == NULL)
        try_jp2(origins, shown, request->type);
}

enum rt_status rt_copy_origins_choose(const struct rt_copy_request *request,
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

void rt_copy_origins_free(struct rt_copy_origins *origins)
{
    rt_mosaic_source_destroy(origins->mosaic);
    rt_tiff_source_close(origins->tiff);
    rt_jp2_source_close(origins->jp2);
    for (int i = 0; i < 2; i++) {
        CPLFree(origins->of[i].name);
        CSLDestroy(origins->of[i].options);
        CPLFree(origins->of[i].bands);
    }
    memset(origins, 0, sizeof(*origins));
}
