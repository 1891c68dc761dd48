/* copy_layer.c - see copy_layer.h.
 *
 * The layers are described as a dataset shows them. If that is a VRT, the
 * blocks decoded under it are what counts: they are known if it is a window on
 * one dataset, and guessed otherwise.
 */
#include "io/copy_source/copy_layer.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grid.h"
#include "io/dataset/codec_memory.h"
#include "io/dataset/gdal_dataset.h"
#include "io/vrt/sources.h"

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

uint64_t rt_copy_layer_blocks_held(const struct rt_copy_layer *layer,
                                   const struct rt_window *window)
{
    return grown_area(layer, window) * layer->held_px_bytes;
}

uint64_t rt_copy_layer_held(const struct rt_copy_layer *layer,
                            const struct rt_window *window)
{
    return rt_copy_layer_blocks_held(layer, window) + layer->held_bytes;
}

bool rt_copy_layer_packs(const struct rt_copy_layer *layer,
                         const int32_t *planes, int32_t n_planes)
{
    for (int32_t i = 0; i < n_planes; i++)
        if (planes[i] != i)
            return false;
    return layer->packed && n_planes == layer->n_planes;
}

bool rt_copy_layer_contains(const struct rt_copy_layer *layer,
                            const int32_t *planes, int32_t n_planes,
                            const struct rt_window *window)
{
    const struct rt_window whole = {0, 0, layer->w_px, layer->h_px};

    for (int32_t i = 0; i < n_planes; i++)
        if (planes[i] < 0 || planes[i] >= layer->n_planes)
            return false;
    return n_planes > 0 && rt_window_contains(&whole, window);
}

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
    layers[1].held_px_bytes += RT_COPY_VRT_WORK_PX_BYTES;
}

static bool has_own_masks(GDALRasterBandH band)
{
    const int flags = GDALGetMaskFlags(band);

    return (flags & (GMF_ALL_VALID | GMF_ALPHA | GMF_NODATA)) == 0;
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

static int32_t grown(int32_t source_block_px, int32_t size_px)
{
    const int32_t n =
        (RT_COPY_MOSAIC_BLOCK_PX + source_block_px - 1) / source_block_px;

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

void rt_copy_layers_describe(struct rt_copy_layer layers[2],
                             GDALDatasetH dataset, bool wraps,
                             uint64_t kept_bytes)
{
    GDALRasterBandH band = GDALGetRasterBand(dataset, 1);

    for (int i = 0; i < 2; i++) {
        layers[i].w_px = GDALGetRasterXSize(dataset);
        layers[i].h_px = GDALGetRasterYSize(dataset);
        layers[i].n_planes = GDALGetRasterCount(dataset);
    }
    set_image(&layers[0], dataset, 1, 0, 0);
    /* The view's creator counts the memory that it holds. */
    if (strncmp(GDALGetDescription(dataset), RT_COPY_VIEW_PREFIX,
                sizeof(RT_COPY_VIEW_PREFIX) - 1) == 0)
        layers[0].held_px_bytes = layers[0].held_bytes = 0;
    if (wraps) {
        grow_blocks(&layers[0]);
        /* Its sources may be interleaved: reading all bands at once is never
         * wrong. */
        layers[0].interleaved = true;
        layers[0].held_px_bytes +=
            px_bytes(dataset) + RT_COPY_VRT_WORK_PX_BYTES;
        layers[0].held_bytes += kept_bytes;
    }
    if (has_own_masks(band))
        set_own_masks(&layers[1], GDALGetMaskBand(band), 0, 0);
    else
        set_derived_masks(layers);
}

void rt_copy_layers_take_blocks(struct rt_copy_layer layers[2],
                                const struct rt_vrt_window *window,
                                GDALDatasetH under)
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

void rt_copy_layers_set_swaths(struct rt_copy_layer layers[2],
                               GDALDatasetH dataset,
                               const struct rt_gdal_target *target)
{
    const struct rt_gdal_swath swath = rt_gdal_swath_of(dataset, target);
    GDALRasterBandH band = GDALGetRasterBand(dataset, 1);

    layers[0].interleaved = swath.interleaved;
    set_swath(&layers[0], &swath);
    if (has_own_masks(band)) {
        const struct rt_gdal_swath masks =
            rt_gdal_swath_of_mask(GDALGetMaskBand(band), target);

        set_swath(&layers[1], &masks);
    } else {
        set_swath(&layers[1], &swath);
    }
}
