/* pixels.c - see pixels.h. */
#include "io/source/pixels.h"

#include "core/base/grid.h"
#include "cpl_conv.h"
#include "io/dataset/gdal_dataset.h"

/* The dataset whose bands are exactly those of an overview level, in order;
 * NULL if there is none. */
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

bool rt_source_pixels_adjoin(const struct rt_layer *layer,
                             const int32_t *planes, int32_t n_planes,
                             uint64_t area, void *const *pixels)
{
    for (int32_t i = 1; i < n_planes; i++)
        if (layer->px_bytes[planes[i]] != layer->px_bytes[planes[0]] ||
            (unsigned char *)pixels[i] !=
                (unsigned char *)pixels[0] +
                    (uint64_t)i * area * layer->px_bytes[planes[0]])
            return false;
    return true;
}

/* Whether window consists of whole source blocks, one below the other, of the
 * full size that GDAL stores. They can then be decoded straight into the
 * result. */
static bool reads_blocks(GDALRasterBandH band, const struct rt_window *window)
{
    int block_w_px, block_h_px;

    GDALGetBlockSize(band, &block_w_px, &block_h_px);
    return block_h_px > 0 && window->w_px == block_w_px &&
           window->h_px % block_h_px == 0;
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

static CPLErr read_bands(const struct rt_source_layers *all,
                         GDALDatasetH dataset, int layer, const int32_t *planes,
                         int32_t n_planes, const struct rt_window *window,
                         void *const *pixels)
{
    const int level = layer / 2;
    const struct rt_gdal_band *bands = rt_source_layers_bands(all, level);
    const struct rt_layer *info = &all->layers[layer];
    const bool alone = !info->interleaved || all->n_bands == 1;
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

CPLErr rt_source_pixels_read(const struct rt_source_layers *all,
                             GDALDatasetH dataset, int layer,
                             const int32_t *planes, int32_t n_planes,
                             const struct rt_window *window,
                             void *const *pixels)
{
    const struct rt_layer *info = &all->layers[layer];
    const struct rt_gdal_band *bands = rt_source_layers_bands(all, layer / 2);
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
        !rt_source_pixels_adjoin(info, planes, n_planes, area, pixels))
        return read_bands(all, dataset, layer, planes, n_planes, window,
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
