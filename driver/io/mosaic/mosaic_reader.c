/* mosaic_reader.c - see mosaic_reader.h. */
#include "io/mosaic/mosaic_reader.h"

#include <stdlib.h>

#include "io/mosaic/mosaic_source.h"

struct reader {
    struct rt_block_cache *cache; /* borrowed */
    int n_threads;
    enum rt_spill spill;
    struct rt_vrt_nature nature;
    struct rt_mosaic_source *mosaic; /* from the first read on */
};

static bool start(void *context, GDALDatasetH dataset, CSLConstList options)
{
    struct reader *reader = context;
    const GDALDataType type =
        GDALGetRasterDataType(GDALGetRasterBand(dataset, 1));
    const struct rt_mosaic_request request = {.type = type,
                                              .n_threads = reader->n_threads,
                                              .cache = reader->cache,
                                              .spill = reader->spill};
    struct rt_mosaic *mosaic =
        rt_mosaic_of(dataset, options, type, &reader->nature);

    if (mosaic != NULL)
        reader->mosaic = rt_mosaic_source_create(mosaic, &request);
    return reader->mosaic != NULL;
}

static enum rt_status read_mosaic(void *context, const int32_t *planes,
                                  int32_t n_planes,
                                  const struct rt_window *window,
                                  void *const *pixels, struct rt_error *err)
{
    const struct reader *reader = context;
    int *bands = malloc((size_t)n_planes * sizeof(*bands));
    enum rt_status status;

    if (bands == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t i = 0; i < n_planes; i++)
        bands[i] = planes[i] + 1;
    status = rt_mosaic_source_read(reader->mosaic, bands, n_planes, window,
                                   pixels, err);
    free(bands);
    return status;
}

static void count(void *context, uint64_t *decoded_px, uint64_t *touched_px)
{
    const struct reader *reader = context;

    rt_mosaic_source_count(reader->mosaic, decoded_px, touched_px);
}

static void close_reader(void *context)
{
    struct reader *reader = context;

    rt_mosaic_source_destroy(reader->mosaic);
    free(reader);
}

enum rt_status rt_mosaic_reader_install(struct rt_gdal_source *source,
                                        struct rt_block_cache *cache,
                                        int n_threads, enum rt_spill spill,
                                        const struct rt_vrt_nature *nature,
                                        struct rt_error *err)
{
    struct reader *reader = malloc(sizeof(*reader));
    const struct rt_image_reader hooks = {
        .context = reader,
        .start = start,
        .read = read_mosaic,
        .count = count,
        .close = close_reader,
    };

    if (reader == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    *reader = (struct reader){cache, n_threads, spill, *nature, NULL};
    rt_gdal_source_read_by(source, &hooks);
    return RT_OK;
}
