/* copy_source_gdal.c - a copy's pixels and masks, read through GDAL.
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
#include <string.h>

#include "core/base/min_max.h"
#include "cpl_vsi.h"
#include "io/copy_source/copy_source_internal.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/gdal_errors.h"
#include "io/dataset/read_mask.h"

/* Protects the blocks of reads in progress if an estimate is a little low. */
#define SLACK_BYTES (1 << 20)

/* The slot's handle for image or masks, opened if needed. */
static GDALDatasetH slot_handle(struct rt_copy_source *source,
                                const struct rt_copy_read *read,
                                struct rt_error *err)
{
    const struct rt_copy_origin *origin = &source->origins.of[read->masks];
    GDALDatasetH *handle = &source->slots[read->slot]
                                .handles[read->masks && !source->origins.same];
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

/* Reads a part of the read's window (both in the dataset that is read), bands
 * together, into at: planes of lines of w_px pixels, one every plane_px. */
static CPLErr read_bands(const struct rt_copy_source *source,
                         GDALDatasetH handle, const int *bands,
                         int32_t n_planes, const struct rt_window *part,
                         unsigned char *at, GSpacing w_px, GSpacing plane_px)
{
    const GSpacing px_bytes = GDALGetDataTypeSizeBytes(source->type);

    if (source->origins.by_bands && !source->origins.by_blocks)
        return GDALRasterIOEx(GDALGetRasterBand(handle, bands[0]), GF_Read,
                              part->x_px, part->y_px, part->w_px, part->h_px,
                              at, part->w_px, part->h_px, source->type,
                              px_bytes, px_bytes * w_px, NULL);
    return GDALDatasetRasterIOEx(
        handle, GF_Read, part->x_px, part->y_px, part->w_px, part->h_px, at,
        part->w_px, part->h_px, source->type, n_planes, (int *)bands, px_bytes,
        px_bytes * w_px, px_bytes * plane_px, NULL);
}

/* ... into its place among the pixels of the window. A VRT with a pixel
 * function writes zeros into the gaps between lines, where other parts are, so
 * a part is read without gaps first. */
static CPLErr read_part(const struct rt_copy_source *source,
                        GDALDatasetH handle, const int *bands, int32_t n_planes,
                        const struct rt_window *window,
                        const struct rt_window *part, unsigned char *pixels)
{
    const size_t px_bytes = (size_t)GDALGetDataTypeSizeBytes(source->type);
    const size_t line_bytes = (size_t)part->w_px * px_bytes;
    const size_t area = (size_t)rt_window_area(part);
    unsigned char *to = pixels + rt_window_offset(window, part) * px_bytes;
    unsigned char *packed;
    CPLErr failed;

    if (part->w_px == window->w_px)
        return read_bands(source, handle, bands, n_planes, part, to,
                          window->w_px, (GSpacing)rt_window_area(window));
    packed = VSI_MALLOC3_VERBOSE((size_t)n_planes, area, px_bytes);
    if (packed == NULL)
        return CE_Failure;
    failed = read_bands(source, handle, bands, n_planes, part, packed,
                        part->w_px, (GSpacing)area);
    for (int32_t i = 0; failed == CE_None && i < n_planes; i++)
        for (int32_t y = 0; y < part->h_px; y++)
            memcpy(to + ((size_t)i * (size_t)rt_window_area(window) +
                         (size_t)y * (size_t)window->w_px) *
                            px_bytes,
                   packed + (size_t)i * area * px_bytes +
                       (size_t)y * line_bytes,
                   line_bytes);
    VSIFree(packed);
    return failed;
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
    part->w_px = rt_min_i32(w_px - part->x_px % w_px, right - part->x_px);
    part->h_px = rt_min_i32(h_px - part->y_px % h_px, below - part->y_px);
    return true;
}

/* window: that of read in the dataset that is read. */
static CPLErr read_image(struct rt_copy_source *source, GDALDatasetH handle,
                         const struct rt_copy_read *read,
                         const struct rt_window *window, void *pixels)
{
    const uint64_t plane_bytes =
        rt_window_area(window) *
        (uint64_t)GDALGetDataTypeSizeBytes(source->type);
    const int32_t together = source->origins.by_bands ? 1 : read->n_planes;
    CPLErr failed = CE_None;

    for (int32_t i = 0; failed == CE_None && i < read->n_planes;
         i += together) {
        struct rt_window part = {0};

        while (failed == CE_None && next_part(source, false, window, &part))
            failed = read_part(
                source, handle, read->bands + i, together, window, &part,
                (unsigned char *)pixels + (uint64_t)i * plane_bytes);
    }
    return failed;
}

static CPLErr read_masks(struct rt_copy_source *source, GDALDatasetH handle,
                         const struct rt_copy_read *read,
                         const struct rt_window *window, void *pixels)
{
    CPLErr failed = CE_None;

    for (int32_t i = 0; failed == CE_None && i < read->n_planes; i++) {
        GDALRasterBandH mask =
            GDALGetMaskBand(GDALGetRasterBand(handle, read->bands[i]));
        unsigned char *plane =
            (unsigned char *)pixels + (uint64_t)i * rt_window_area(window);
        struct rt_window part = {0};

        while (failed == CE_None && next_part(source, true, window, &part))
            failed = rt_gdal_read_mask(
                mask, part.x_px, part.y_px, part.w_px, part.h_px,
                plane + rt_window_offset(window, &part), part.w_px, part.h_px,
                GDT_Byte, 1, window->w_px, NULL);
        GDALFlushRasterCache(mask);
    }
    return failed;
}

/* Evicts blocks from GDAL's cache, oldest first, down to a limit. */
static void evict(GIntBig limit_bytes)
{
    while (GDALGetCacheUsed64() > limit_bytes && GDALFlushCacheBlock())
        continue;
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

/* Reads with handle, and frees what that left in GDAL's cache. */
static CPLErr read_and_flush(struct rt_copy_source *source, GDALDatasetH handle,
                             const struct rt_copy_read *read, void *pixels)
{
    const uint64_t held_bytes =
        rt_copy_layer_held(&source->origins.layers[read->masks], read->window);
    const struct rt_window window =
        rt_copy_origin_window(&source->origins.of[read->masks], read->window);
    CPLErr failed;

    if (source->origins.wraps)
        begin_caching(source, held_bytes);
    failed = read->masks ? read_masks(source, handle, read, &window, pixels)
                         : read_image(source, handle, read, &window, pixels);
    if (source->origins.kept_bytes == 0)
        rt_gdal_flush(handle, 0);
    if (source->origins.wraps)
        end_caching(source, held_bytes);
    return failed;
}

enum rt_status rt_copy_source_read_gdal(struct rt_copy_source *source,
                                        const struct rt_copy_read *read,
                                        void *pixels, struct rt_error *err)
{
    GDALDatasetH handle = slot_handle(source, read, err);
    struct rt_gdal_errors errors;
    CPLErr failed;

    if (handle == NULL)
        return RT_ERR_SOURCE;
    rt_gdal_errors_begin(&errors);
    failed = read_and_flush(source, handle, read, pixels);
    rt_gdal_errors_end(&errors);
    if (failed == CE_None)
        return RT_OK;
    return rt_error_set(err, RT_ERR_SOURCE, "source '%s': %s",
                        GDALGetDescription(source->dataset),
                        rt_gdal_errors_text(&errors, "cannot be read"));
}

static void close_slot(struct rt_copy_slot *slot)
{
    if (slot->handles[1] != NULL && slot->handles[1] != slot->handles[0])
        GDALClose(slot->handles[1]);
    if (slot->handles[0] != NULL)
        GDALClose(slot->handles[0]);
}

void rt_copy_source_close_handles(struct rt_copy_source *source)
{
    const uint64_t kept_bytes =
        source->origins.kept_bytes * (uint64_t)source->n_slots;

    for (int i = 0; i < source->n_slots; i++)
        close_slot(&source->slots[i]);
    if (kept_bytes == 0)
        return;
    if (source->origins.of[0].name == NULL)
        rt_gdal_flush(source->dataset, 0);
    evict(source->cache_limit_bytes - (GIntBig)kept_bytes);
}
