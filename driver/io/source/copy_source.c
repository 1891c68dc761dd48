/* copy_source.c - see copy_source.h.
 *
 * A slot opens its handles at its first read, on the thread that reads. Objects
 * that GDAL shares within a thread are then never shared between slots.
 *
 * Blocks that a handle's own bands leave in GDAL's cache are flushed by band.
 * Blocks of datasets under a VRT cannot be reached that way. They are evicted,
 * oldest first, until the cache holds no more than at open, plus the most that
 * the reads in progress may hold. This may evict blocks of other datasets too
 * and cost them a decode, as a full cache would.
 */
#include "io/source/copy_source.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/gdal_errors.h"
#include "io/dataset/version.h"
#include "io/source/copy_origin.h"

/* Protects the blocks of reads in progress if an estimate is a little low. */
#define SLACK_BYTES (1 << 20)

struct slot {
    GDALDatasetH handles[2];       /* for image and masks; NULL until needed */
    struct rt_tiff_reader *reader; /* for the image, instead of a handle */
};

struct rt_copy_source {
    /* Fixed after open. */
    GDALDatasetH dataset; /* borrowed */
    struct rt_copy_origins origins;
    struct rt_source_version *version; /* NULL: the pixels may change while they
                                        * are read */
    char **config; /* options of the caller's thread, for all that read; GDAL's
                    * own threads are off */
    GDALDataType type;
    int n_slots;
    struct slot *slots; /* one for each slot; [0] is guarded by one_lock if
                         * shared */
    pthread_mutex_t one_lock; /* held while reading if only one slot may read at
                               * a time */
    _Atomic uint64_t reads, pixels;
    pthread_mutex_t cache_lock;
    /* Guarded by cache_lock. */
    int n_reading;
    GIntBig cache_limit_bytes; /* limit for GDAL's cache: its content at open,
                                * kept_bytes of all slots, and what the reads in
                                * progress may add */
};

/* Grows window to whole source blocks and returns its area. Blocks at the edge
 * of the raster count in full, as GDAL holds them. */
static uint64_t grown_area(const struct rt_copy_layer *layer,
                           const struct rt_window *window)
{
    const int64_t x0 = (int64_t)layer->source_block_x_px + window->x_px;
    const int64_t y0 = (int64_t)layer->source_block_y_px + window->y_px;
    const int64_t cols = (x0 + window->w_px - 1) / layer->source_block_w_px -
                         x0 / layer->source_block_w_px + 1;
    const int64_t rows = (y0 + window->h_px - 1) / layer->source_block_h_px -
                         y0 / layer->source_block_h_px + 1;

    return (uint64_t)(cols * layer->source_block_w_px) *
           (uint64_t)(rows * layer->source_block_h_px);
}

uint64_t rt_copy_layer_held(const struct rt_copy_layer *layer,
                            const struct rt_window *window)
{
    return grown_area(layer, window) * layer->held_px_bytes + layer->held_bytes;
}

bool rt_copy_layer_packs(const struct rt_copy_layer *layer,
                         const int32_t *planes, int32_t n_planes)
{
    for (int32_t i = 0; i < n_planes; i++)
        if (planes[i] != i)
            return false;
    return layer->packed && n_planes == layer->n_planes;
}

static void flush(GDALDatasetH handle)
{
    for (int i = 1; i <= GDALGetRasterCount(handle); i++)
        GDALFlushRasterCache(GDALGetRasterBand(handle, i));
}

/* A dataset that is open for update is written to while it is read, whenever
 * GDAL's cache evicts a changed block. All other datasets must not change. */
static enum rt_status settle(struct rt_copy_source *source, const char *name,
                             struct rt_error *err)
{
    if (source->origins.of[0].name == NULL &&
        GDALGetAccess(source->dataset) == GA_Update) {
        flush(source->dataset);
        return RT_OK;
    }
    source->version = rt_source_version_take(
        source->dataset,
        name != NULL ? name : GDALGetDescription(source->dataset));
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
    made->dataset = request->dataset;
    made->type = request->type;
    made->n_slots = request->n_slots;
    made->slots = calloc((size_t)request->n_slots, sizeof(*made->slots));
    if (made->slots == NULL)
        status = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    if (status == RT_OK)
        status = rt_copy_origins_choose(request, &made->origins, err);
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

static void close_slot(struct slot *slot)
{
    rt_tiff_reader_close(slot->reader);
    if (slot->handles[1] != NULL && slot->handles[1] != slot->handles[0])
        GDALClose(slot->handles[1]);
    if (slot->handles[0] != NULL)
        GDALClose(slot->handles[0]);
}

/* Evicts blocks from GDAL's cache, oldest first, down to a limit. */
static void evict(GIntBig limit_bytes)
{
    while (GDALGetCacheUsed64() > limit_bytes && GDALFlushCacheBlock())
        continue;
}

/* Datasets under a VRT outlive its handles, in a pool of GDAL's. */
static void drop_kept(struct rt_copy_source *source)
{
    const uint64_t kept_bytes =
        source->origins.kept_bytes * (uint64_t)source->n_slots;

    if (kept_bytes == 0)
        return;
    if (source->origins.of[0].name == NULL)
        flush(source->dataset);
    evict(source->cache_limit_bytes - (GIntBig)kept_bytes);
}

void rt_copy_source_close(struct rt_copy_source *source)
{
    if (source == NULL)
        return;
    for (int i = 0; source->slots != NULL && i < source->n_slots; i++)
        close_slot(&source->slots[i]);
    drop_kept(source);
    rt_copy_origins_free(&source->origins);
    rt_source_version_free(source->version);
    CSLDestroy(source->config);
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
    const bool shrunk = rt_copy_origins_shrink(&source->origins);

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

/* The slot's handle for image or masks, opened if needed. */
static GDALDatasetH slot_handle(struct rt_copy_source *source,
                                struct slot *slot, bool masks,
                                struct rt_error *err)
{
    const struct rt_copy_origin *origin = &source->origins.of[masks];
    GDALDatasetH *handle = &slot->handles[masks && !source->origins.same];
    struct rt_gdal_errors errors;

    if (origin->name == NULL)
        return source->dataset;
    if (*handle != NULL)
        return *handle;
    rt_gdal_errors_begin(&errors);
    *handle = rt_gdal_open(origin->name, (CSLConstList)origin->options, err);
    rt_gdal_errors_forget_warnings(&errors);
    rt_gdal_errors_end(&errors);
    return *handle;
}

/* Reads a part of window, n_planes bands together, into its place among the
 * pixels of window. */
static CPLErr read_part(const struct rt_copy_source *source,
                        GDALDatasetH handle, const int *bands, int32_t n_planes,
                        const struct rt_window *window,
                        const struct rt_window *part, unsigned char *pixels)
{
    const GSpacing px_bytes = GDALGetDataTypeSizeBytes(source->type);
    const GSpacing line_bytes = window->w_px * px_bytes;
    unsigned char *at =
        pixels + rt_window_offset(window, part) * (uint64_t)px_bytes;

    if (source->origins.by_bands && !source->origins.by_blocks)
        return GDALRasterIOEx(GDALGetRasterBand(handle, bands[0]), GF_Read,
                              part->x_px, part->y_px, part->w_px, part->h_px,
                              at, part->w_px, part->h_px, source->type,
                              px_bytes, line_bytes, NULL);
    return GDALDatasetRasterIOEx(
        handle, GF_Read, part->x_px, part->y_px, part->w_px, part->h_px, at,
        part->w_px, part->h_px, source->type, n_planes, (int *)bands, px_bytes,
        line_bytes, line_bytes * window->h_px, NULL);
}

/* Steps through the parts in which window is read; false after the last.
 * Without by_blocks there is one part. */
static bool next_part(const struct rt_copy_source *source, bool masks,
                      const struct rt_window *window, struct rt_window *part)
{
    const struct rt_copy_layer *layer = &source->origins.layers[masks];
    const bool whole = !source->origins.by_blocks;
    const int32_t w_px = whole ? INT32_MAX : layer->source_block_w_px;
    const int32_t h_px = whole ? INT32_MAX : layer->source_block_h_px;
    const int32_t right = window->x_px + window->w_px;
    const int32_t below = window->y_px + window->h_px;

    if (part->w_px == 0) {
        part->x_px = window->x_px;
        part->y_px = window->y_px;
    } else if (part->x_px + part->w_px < right) {
        part->x_px += part->w_px;
    } else {
        part->x_px = window->x_px;
        part->y_px += part->h_px;
    }
    if (part->y_px >= below)
        return false;
    part->w_px = w_px - part->x_px % w_px;
    part->h_px = h_px - part->y_px % h_px;
    if (part->w_px > right - part->x_px)
        part->w_px = right - part->x_px;
    if (part->h_px > below - part->y_px)
        part->h_px = below - part->y_px;
    return true;
}

static CPLErr read_image(struct rt_copy_source *source, GDALDatasetH handle,
                         const int *bands, int32_t n_planes,
                         const struct rt_window *window, void *pixels)
{
    const uint64_t plane_bytes =
        rt_window_area(window) *
        (uint64_t)GDALGetDataTypeSizeBytes(source->type);
    const int32_t together = source->origins.by_bands ? 1 : n_planes;
    CPLErr failed = CE_None;

    for (int32_t i = 0; failed == CE_None && i < n_planes; i += together) {
        struct rt_window part = {0};

        while (failed == CE_None && next_part(source, false, window, &part))
            failed =
                read_part(source, handle, bands + i, together, window, &part,
                          (unsigned char *)pixels + (uint64_t)i * plane_bytes);
    }
    return failed;
}

static CPLErr read_masks(struct rt_copy_source *source, GDALDatasetH handle,
                         const int *bands, int32_t n_planes,
                         const struct rt_window *window, void *pixels)
{
    CPLErr failed = CE_None;

    for (int32_t i = 0; failed == CE_None && i < n_planes; i++) {
        GDALRasterBandH mask =
            GDALGetMaskBand(GDALGetRasterBand(handle, bands[i]));
        unsigned char *plane =
            (unsigned char *)pixels + (uint64_t)i * rt_window_area(window);
        struct rt_window part = {0};

        while (failed == CE_None && next_part(source, true, window, &part))
            failed = GDALRasterIOEx(
                mask, GF_Read, part.x_px, part.y_px, part.w_px, part.h_px,
                plane + rt_window_offset(window, &part), part.w_px, part.h_px,
                GDT_Byte, 1, window->w_px, NULL);
        GDALFlushRasterCache(mask);
    }
    return failed;
}

static void begin_caching(struct rt_copy_source *source, uint64_t held_bytes)
{
    pthread_mutex_lock(&source->cache_lock);
    source->n_reading++;
    source->cache_limit_bytes += (GIntBig)held_bytes;
    pthread_mutex_unlock(&source->cache_lock);
}

static void end_caching(struct rt_copy_source *source, uint64_t held_bytes)
{
    GIntBig limit_bytes;

    pthread_mutex_lock(&source->cache_lock);
    source->cache_limit_bytes -= (GIntBig)held_bytes;
    limit_bytes = source->cache_limit_bytes;
    if (--source->n_reading > 0)
        limit_bytes += SLACK_BYTES;
    pthread_mutex_unlock(&source->cache_lock);
    evict(limit_bytes);
}

/* Moves a window of a layer to its place in the dataset that is read. */
static struct rt_window in_origin(const struct rt_copy_origin *origin,
                                  const struct rt_window *window)
{
    const struct rt_window moved = {window->x_px + origin->x_px,
                                    window->y_px + origin->y_px, window->w_px,
                                    window->h_px};

    return moved;
}

/* Reads with handle, and frees what that left in GDAL's cache. */
static CPLErr read_and_flush(struct rt_copy_source *source, GDALDatasetH handle,
                             bool masks, const int *bands, int32_t n_planes,
                             const struct rt_window *window, void *pixels)
{
    const struct rt_copy_layer *layer = &source->origins.layers[masks];
    const uint64_t held_bytes = rt_copy_layer_held(layer, window);
    const struct rt_window moved =
        in_origin(&source->origins.of[masks], window);
    CPLErr failed;

    if (source->origins.wraps)
        begin_caching(source, held_bytes);
    failed = masks
                 ? read_masks(source, handle, bands, n_planes, &moved, pixels)
                 : read_image(source, handle, bands, n_planes, &moved, pixels);
    if (source->origins.kept_bytes == 0)
        flush(handle);
    if (source->origins.wraps)
        end_caching(source, held_bytes);
    return failed;
}

static enum rt_status read_slot(struct rt_copy_source *source,
                                struct slot *slot, bool masks, const int *bands,
                                int32_t n_planes,
                                const struct rt_window *window, void *pixels,
                                struct rt_error *err)
{
    GDALDatasetH handle = slot_handle(source, slot, masks, err);
    struct rt_gdal_errors errors;
    CPLErr failed;

    if (handle == NULL)
        return RT_ERR_SOURCE;
    rt_gdal_errors_begin(&errors);
    failed =
        read_and_flush(source, handle, masks, bands, n_planes, window, pixels);
    rt_gdal_errors_end(&errors);
    rt_gdal_trim(grown_area(&source->origins.layers[masks], window) *
                 source->origins.layers[masks].held_px_bytes);
    if (failed == CE_None)
        return RT_OK;
    return rt_error_set(err, RT_ERR_SOURCE, "source '%s': %s",
                        GDALGetDescription(source->dataset),
                        rt_gdal_errors_text(&errors, "cannot be read"));
}

/* Reads with the slot's own handles, or with those that all slots share, one
 * reader at a time. On the caller's thread the configuration options stay as
 * the caller has set them. */
static enum rt_status read_alone(struct rt_copy_source *source, int slot,
                                 bool masks, const int *bands, int32_t n_planes,
                                 const struct rt_window *window, void *pixels,
                                 struct rt_error *err)
{
    const bool parallel = source->origins.layers[masks].parallel;
    const bool on_caller = source->origins.layers[masks].on_caller;
    char **before = NULL;
    enum rt_status status;

    if (!parallel)
        pthread_mutex_lock(&source->one_lock);
    if (!on_caller) {
        before = CPLGetThreadLocalConfigOptions();
        CPLSetThreadLocalConfigOptions((const char *const *)source->config);
    }
    status = read_slot(source, &source->slots[parallel ? slot : 0], masks,
                       bands, n_planes, window, pixels, err);
    if (!on_caller) {
        CPLSetThreadLocalConfigOptions((const char *const *)before);
        CSLDestroy(before);
    }
    if (!parallel)
        pthread_mutex_unlock(&source->one_lock);
    return status;
}

/* Reads the image of a TIFF with the slot's own reader. */
static enum rt_status read_tiff(struct rt_copy_source *source,
                                struct slot *slot, const int *bands,
                                int32_t n_planes, bool packed,
                                const struct rt_window *window, void *pixels,
                                struct rt_error *err)
{
    const struct rt_window moved = in_origin(&source->origins.of[0], window);
    struct rt_gdal_errors errors;
    enum rt_status status = RT_OK;

    rt_gdal_errors_begin(&errors);
    if (slot->reader == NULL)
        status = rt_tiff_reader_open(source->origins.tiff, &slot->reader, err);
    if (status == RT_OK)
        status = rt_tiff_reader_read(slot->reader, bands, n_planes, packed,
                                     &moved, pixels, err);
    rt_gdal_errors_end(&errors);
    return status;
}

/* Reads the image of a JPEG 2000 with OpenJPEG. */
static enum rt_status read_jp2(struct rt_copy_source *source, const int *bands,
                               int32_t n_planes, const struct rt_window *window,
                               void *pixels, struct rt_error *err)
{
    const struct rt_copy_layer *layer = &source->origins.layers[0];
    const struct rt_window moved = in_origin(&source->origins.of[0], window);
    struct rt_gdal_errors errors;
    enum rt_status status;

    if (!layer->parallel)
        pthread_mutex_lock(&source->one_lock);
    rt_gdal_errors_begin(&errors);
    status = rt_jp2_source_read_bands(source->origins.jp2, bands, n_planes,
                                      &moved, pixels, err);
    rt_gdal_errors_end(&errors);
    if (!layer->parallel)
        pthread_mutex_unlock(&source->one_lock);
    rt_gdal_trim(grown_area(layer, window) * layer->held_px_bytes);
    return status;
}

/* Reads the files of a mosaic, under the options of the caller's thread. */
static enum rt_status read_mosaic(struct rt_copy_source *source,
                                  const int *bands, int32_t n_planes,
                                  const struct rt_window *window, void *pixels,
                                  struct rt_error *err)
{
    const struct rt_window moved = in_origin(&source->origins.of[0], window);
    char **before = CPLGetThreadLocalConfigOptions();
    enum rt_status status;

    CPLSetThreadLocalConfigOptions((const char *const *)source->config);
    status = rt_mosaic_source_read(source->origins.mosaic, bands, n_planes,
                                   &moved, pixels, err);
    CPLSetThreadLocalConfigOptions((const char *const *)before);
    CSLDestroy(before);
    return status;
}

/* Gives n_px pixels at the end of a buffer, of which they fill a part, the
 * type of the copy. A buffer of its own for each step: the pixels that are
 * written never reach those that are still to be read. */
static void widen(const struct rt_copy_source *source, void *pixels,
                  uint64_t n_px)
{
    const GDALDataType from = source->origins.native_type;
    const int from_bytes = GDALGetDataTypeSizeBytes(from);
    const int to_bytes = GDALGetDataTypeSizeBytes(source->type);
    const unsigned char *in =
        (unsigned char *)pixels + n_px * (uint64_t)(to_bytes - from_bytes);
    unsigned char *out = pixels;
    unsigned char step[4096];

    while (n_px > 0) {
        const uint64_t most = sizeof(step) / (uint64_t)from_bytes;
        const uint64_t n = n_px < most ? n_px : most;

        memcpy(step, in, n * (uint64_t)from_bytes);
        GDALCopyWords64(step, from, from_bytes, out, source->type, to_bytes,
                        (GPtrDiff_t)n);
        in += n * (uint64_t)from_bytes;
        out += n * (uint64_t)to_bytes;
        n_px -= n;
    }
}

/* Reads with libtiff or OpenJPEG, in the file's type. */
static enum rt_status read_native(struct rt_copy_source *source, int slot,
                                  const int *bands, int32_t n_planes,
                                  bool packed, const struct rt_window *window,
                                  void *pixels, struct rt_error *err)
{
    const uint64_t n_px = rt_window_area(window) * (uint64_t)n_planes;
    const uint64_t more_bytes =
        (uint64_t)(GDALGetDataTypeSizeBytes(source->type) -
                   GDALGetDataTypeSizeBytes(source->origins.native_type));
    unsigned char *at = (unsigned char *)pixels + n_px * more_bytes;
    const enum rt_status status =
        source->origins.tiff != NULL
            ? read_tiff(source, &source->slots[slot], bands, n_planes, packed,
                        window, at, err)
            : read_jp2(source, bands, n_planes, window, at, err);

    if (status == RT_OK && source->origins.native_type != source->type)
        widen(source, pixels, n_px);
    return status;
}

static bool in_layer(const struct rt_copy_layer *layer, const int32_t *planes,
                     int32_t n_planes, const struct rt_window *window)
{
    const struct rt_window whole = {0, 0, layer->w_px, layer->h_px};

    for (int32_t i = 0; i < n_planes; i++)
        if (planes[i] < 0 || planes[i] >= layer->n_planes)
            return false;
    return n_planes > 0 && rt_window_contains(&whole, window);
}

enum rt_status rt_copy_source_read(struct rt_copy_source *source, int slot,
                                   bool masks, const int32_t *planes,
                                   int32_t n_planes,
                                   const struct rt_window *window, void *pixels,
                                   struct rt_error *err)
{
    const struct rt_copy_layer *layer = &source->origins.layers[masks];
    const int *map = source->origins.of[masks].bands;
    const bool as_image = !masks || source->origins.masks_are_band;
    enum rt_status status;
    int *bands;

    if (slot < 0 || slot >= source->n_slots ||
        !in_layer(layer, planes, n_planes, window))
        return rt_error_set(err, RT_ERR_INTERNAL,
                            "a read outside of the source");
    bands = malloc((size_t)n_planes * sizeof(*bands));
    if (bands == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t i = 0; i < n_planes; i++)
        bands[i] = map != NULL ? map[planes[i]] : planes[i] + 1;
    if (as_image &&
        (source->origins.tiff != NULL || source->origins.jp2 != NULL))
        status = read_native(source, slot, bands, n_planes,
                             rt_copy_layer_packs(layer, planes, n_planes),
                             window, pixels, err);
    else if (!masks && source->origins.mosaic != NULL)
        status = read_mosaic(source, bands, n_planes, window, pixels, err);
    else
        status = read_alone(source, slot, masks, bands, n_planes, window,
                            pixels, err);
    free(bands);
    source->reads++;
    source->pixels += rt_window_area(window) * (uint64_t)n_planes;
    /* Pixels decoded while a file changed may be of either version. */
    if (source->version != NULL) {
        const enum rt_status unchanged = rt_source_version_check(
            source->version, GDALGetDescription(source->dataset), err);

        if (unchanged != RT_OK)
            return unchanged;
    }
    return status;
}
