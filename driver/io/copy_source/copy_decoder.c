/* copy_decoder.c - see copy_decoder.h. */
#include "io/copy_source/copy_decoder.h"

#include "core/base/byte_size.h"
#include "core/base/min_max.h"
#include "cpl_conv.h"
#include "cpl_error.h"
#include "cpl_string.h"
#include "io/dataset/gdal_dataset.h"
#include "io/vrt/mosaic.h"

/* The minimum that is left of GDAL's cache, for budgets without more room.
 * Each block under a VRT is then decoded again. */
#define LEAST_KEPT_BYTES (UINT64_C(1) << 20)

void rt_copy_decoder_try_tiff(struct rt_copy_origins *origins,
                              GDALDatasetH dataset, GDALDataType type,
                              const char *how)
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

void rt_copy_decoder_try_jp2(struct rt_copy_origins *origins,
                             GDALDatasetH dataset, GDALDataType type)
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

void rt_copy_decoder_try_masks(struct rt_copy_origins *origins,
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

/* The size of the mosaic's cache counts as long as the copy lasts. */
static void set_mosaic_cache(struct rt_copy_origins *origins, uint64_t bytes)
{
    origins->cache_bytes = bytes;
    origins->layers[0].fixed_bytes =
        bytes + rt_mosaic_source_table_bytes(origins->mosaic);
    rt_mosaic_source_set_cache(origins->mosaic, bytes);
}

void rt_copy_decoder_try_mosaic(struct rt_copy_origins *origins,
                                GDALDatasetH vrt, CSLConstList open_options,
                                const struct rt_copy_request *request,
                                const struct rt_vrt_nature *nature)
{
    const struct rt_mosaic_request of_mosaic = {
        .type = origins->native_type,
        .n_threads = request->n_slots,
        .memory_bytes = request->memory_bytes,
        .spill_bytes = request->spill_bytes,
        .spill_folder = request->spill_folder};
    struct rt_copy_layer *layer = &origins->layers[0];
    struct rt_mosaic *mosaic =
        rt_mosaic_of(vrt, open_options, origins->native_type, nature);

    if (mosaic == NULL)
        return;
    layer->interleaved = mosaic->n_layers == 1;
    origins->mosaic = rt_mosaic_source_create(mosaic, &of_mosaic);
    if (origins->mosaic == NULL)
        return;
    layer->source_block_w_px = layer->w_px;
    layer->source_block_h_px = rt_min_i32(RT_COPY_MOSAIC_BLOCK_PX, layer->h_px);
    layer->source_block_x_px = layer->source_block_y_px = 0;
    layer->access = RT_ACCESS_ROWS;
    layer->held_px_bytes = layer->held_bytes = 0;
    origins->kept_bytes = 0;
    set_mosaic_cache(origins, rt_mosaic_source_good_cache(origins->mosaic));
    origins->how = "a mosaic, read from its files";
}

/* Makes blocks narrower before it makes the cache smaller, because that costs
 * nothing. */
static bool shrink_mosaic(struct rt_copy_origins *origins)
{
    struct rt_copy_layer *layer = &origins->layers[0];
    const int32_t half_px = layer->source_block_w_px / 2 /
                            RT_COPY_MOSAIC_BLOCK_PX * RT_COPY_MOSAIC_BLOCK_PX;

    if (half_px > 0) {
        layer->source_block_w_px = half_px;
        layer->access = RT_ACCESS_RANDOM;
        return true;
    }
    if (origins->cache_bytes <= RT_CACHE_MIN_BYTES)
        return false;
    set_mosaic_cache(origins,
                     rt_max_u64(origins->cache_bytes / 2, RT_CACHE_MIN_BYTES));
    return true;
}

/* Halves the part of GDAL's cache that is left to the datasets under a VRT. */
static bool keep_less(struct rt_copy_origins *origins)
{
    const uint64_t less_bytes = origins->kept_bytes / 2;

    if (less_bytes < LEAST_KEPT_BYTES)
        return false;
    origins->kept_bytes -= less_bytes;
    for (int i = 0; i < 2; i++)
        if (origins->layers[i].held_bytes >= less_bytes)
            origins->layers[i].held_bytes -= less_bytes;
    return true;
}

bool rt_copy_decoder_shrink(struct rt_copy_origins *origins)
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
