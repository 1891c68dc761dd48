/* copy_source.c - see copy_source.h.
 *
 * rt_copy_source_read does what all ways of reading share: it maps planes to
 * bands, sets the caller's configuration options, lets in one reader if only
 * one may read at a time, and checks that the files have not changed.
 */
#include <stdlib.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "io/copy_source/copy_choose.h"
#include "io/copy_source/copy_decoder.h"
#include "io/copy_source/copy_source_internal.h"
#include "io/dataset/gdal_dataset.h"
#include "io/vrt/files.h"

/* A dataset that is open for update is written to while it is read, whenever
 * GDAL's cache evicts a changed block. All other datasets must not change. */
static enum rt_status settle(struct rt_copy_source *source, const char *name,
                             struct rt_error *err)
{
    if (source->origins.of[0].name == NULL &&
        GDALGetAccess(source->dataset) == GA_Update) {
        rt_gdal_flush(source->dataset, 0);
        return RT_OK;
    }
    source->version = rt_vrt_version(
        source->dataset,
        name != NULL ? name : GDALGetDescription(source->dataset), false);
    if (source->version == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    return RT_OK;
}

enum rt_status rt_copy_source_open(const struct rt_copy_request *request,
                                   struct rt_copy_source **source,
                                   struct rt_error *err)
{
    struct rt_copy_source *made = calloc(1, sizeof(*made));
    enum rt_status status = RT_OK;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    pthread_mutex_init(&made->one_lock, NULL);
    pthread_mutex_init(&made->cache_lock, NULL);
    pthread_mutex_init(&made->warnings_lock, NULL);
    made->dataset = request->dataset;
    made->type = request->type;
    made->n_slots = request->n_slots;
    made->slots = calloc((size_t)request->n_slots, sizeof(*made->slots));
    if (made->slots == NULL)
        status = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    if (status == RT_OK)
        status = rt_copy_choose(request, &made->origins, err);
    if (status == RT_OK)
        status = settle(made, request->name, err);
    made->config = CSLSetNameValue(CPLGetThreadLocalConfigOptions(),
                                   "GDAL_NUM_THREADS", "1");
    if (status != RT_OK) {
        rt_copy_source_close(made);
        return status;
    }
    made->cache_limit_bytes =
        GDALGetCacheUsed64() +
        (GIntBig)(made->origins.kept_bytes * (uint64_t)made->n_slots);
    *source = made;
    return RT_OK;
}

void rt_copy_source_close(struct rt_copy_source *source)
{
    if (source == NULL)
        return;
    if (source->slots != NULL) {
        for (int i = 0; i < source->n_slots; i++)
            rt_tiff_reader_close(source->slots[i].reader);
        rt_copy_source_close_handles(source);
    }
    rt_copy_origins_free(&source->origins);
    rt_source_version_free(source->version);
    CSLDestroy(source->config);
    rt_gdal_warnings_report(&source->warnings);
    pthread_mutex_destroy(&source->warnings_lock);
    pthread_mutex_destroy(&source->cache_lock);
    pthread_mutex_destroy(&source->one_lock);
    free(source->slots);
    free(source);
}

const struct rt_copy_layer *
rt_copy_source_layer(const struct rt_copy_source *source, bool masks)
{
    return &source->origins.layers[masks];
}

bool rt_copy_source_shrink(struct rt_copy_source *source)
{
    const uint64_t kept_bytes = source->origins.kept_bytes;
    const bool shrunk = rt_copy_decoder_shrink(&source->origins);

    source->cache_limit_bytes -=
        (GIntBig)((kept_bytes - source->origins.kept_bytes) *
                  (uint64_t)source->n_slots);
    return shrunk;
}

const struct rt_copy_origin *
rt_copy_source_origin(const struct rt_copy_source *source, bool masks)
{
    return &source->origins.of[masks];
}

const char *rt_copy_source_how(const struct rt_copy_source *source)
{
    return source->origins.how;
}

uint64_t rt_copy_source_reads(const struct rt_copy_source *source)
{
    return source->reads;
}

void rt_copy_source_count_files(const struct rt_copy_source *source,
                                uint64_t *decoded_px, uint64_t *touched_px)
{
    *decoded_px = *touched_px = 0;
    if (source->origins.mosaic != NULL)
        rt_mosaic_source_count(source->origins.mosaic, decoded_px, touched_px);
}

uint64_t rt_copy_source_pixels(const struct rt_copy_source *source)
{
    return source->pixels;
}

/* Reads under the options of the caller's thread, with the slot of one_lock if
 * only one may read at a time. On the caller's thread the options are in
 * force. */
static enum rt_status read_alone(struct rt_copy_source *source,
                                 struct rt_copy_read *read, void *pixels,
                                 struct rt_error *err)
{
    const struct rt_copy_layer *layer = &source->origins.layers[read->masks];
    char **before = NULL;
    enum rt_status status;

    if (!layer->on_caller) {
        before = CPLGetThreadLocalConfigOptions();
        CPLSetThreadLocalConfigOptions((const char *const *)source->config);
    }
    if (!layer->parallel) {
        read->slot = 0;
        pthread_mutex_lock(&source->one_lock);
    }
    status = rt_copy_source_is_native(source, read->masks)
                 ? rt_copy_source_read_native(source, read, pixels, err)
                 : rt_copy_source_read_gdal(source, read, pixels, err);
    if (!layer->parallel)
        pthread_mutex_unlock(&source->one_lock);
    if (!layer->on_caller) {
        CPLSetThreadLocalConfigOptions((const char *const *)before);
        CSLDestroy(before);
    }
    rt_gdal_trim(rt_copy_layer_blocks_held(layer, read->window));
    return status;
}

bool rt_copy_source_mask_is_band(const struct rt_copy_source *source)
{
    return source->origins.masks_are_band;
}

/* Pixels decoded while a file changed may be of either version. */
static enum rt_status check_version(const struct rt_copy_source *source,
                                    struct rt_error *err)
{
    if (source->version == NULL)
        return RT_OK;
    return rt_source_version_check(source->version,
                                   GDALGetDescription(source->dataset), err);
}

static int band_of(const struct rt_copy_source *source, bool masks,
                   int32_t plane)
{
    const int *map = source->origins.of[masks].bands;

    return map != NULL ? map[plane] : plane + 1;
}

/* Reads the planes of an image or of masks, or those of an image and the mask
 * of its first one. */
static enum rt_status read_planes(struct rt_copy_source *source, int slot,
                                  bool masks, bool with_mask,
                                  const int32_t *planes, int32_t n_planes,
                                  const struct rt_window *window, void *pixels,
                                  struct rt_error *err)
{
    const struct rt_copy_layer *layer = &source->origins.layers[masks];
    struct rt_copy_read read = {
        .slot = slot,
        .masks = masks,
        .packed = !with_mask && rt_copy_layer_packs(layer, planes, n_planes),
        .n_planes = n_planes + with_mask,
        .window = window,
    };
    enum rt_status status, unchanged;
    struct rt_gdal_errors errors;
    int *bands;

    if (slot < 0 || slot >= source->n_slots ||
        !rt_copy_layer_contains(layer, planes, n_planes, window))
        return rt_error_set(err, RT_ERR_INTERNAL,
                            "a read outside of the source");
    read.bands = bands = malloc(((size_t)n_planes + 1) * sizeof(*bands));
    if (bands == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t i = 0; i < n_planes; i++)
        bands[i] = band_of(source, masks, planes[i]);
    bands[n_planes] = band_of(source, true, 0);
    rt_gdal_errors_begin(&errors);
    status = read_alone(source, &read, pixels, err);
    pthread_mutex_lock(&source->warnings_lock);
    rt_gdal_errors_end_into(&errors, &source->warnings);
    pthread_mutex_unlock(&source->warnings_lock);
    free(bands);
    source->reads++;
    source->pixels += rt_window_area(window) * (uint64_t)read.n_planes;
    unchanged = check_version(source, err);
    return unchanged != RT_OK ? unchanged : status;
}

enum rt_status rt_copy_source_read(struct rt_copy_source *source, int slot,
                                   bool masks, const int32_t *planes,
                                   int32_t n_planes,
                                   const struct rt_window *window, void *pixels,
                                   struct rt_error *err)
{
    return read_planes(source, slot, masks, false, planes, n_planes, window,
                       pixels, err);
}

enum rt_status rt_copy_source_read_with_mask(struct rt_copy_source *source,
                                             int slot, const int32_t *planes,
                                             int32_t n_planes,
                                             const struct rt_window *window,
                                             void *pixels, struct rt_error *err)
{
    if (!source->origins.masks_are_band)
        return rt_error_set(err, RT_ERR_INTERNAL, "the mask is no band");
    return read_planes(source, slot, false, true, planes, n_planes, window,
                       pixels, err);
}
