/* mosaic_source.c - see mosaic_source.h.
 *
 * Parts are found through rows of buckets: a bucket lists the parts that show
 * pixels in its rows.
 */
#include "io/mosaic/mosaic_source.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/budget.h"
#include "core/base/byte_size.h"
#include "core/view/view.h"
#include "io/mosaic/mosaic_files.h"
#include "io/mosaic/mosaic_pixels.h"

#define BUCKET_ROWS_PX 256
/* Two are in use, and decoders may take half of the cache. */
#define ROWS_OF_FILES 4
/* If blocks are spilled, all but this part of the cache may serve to decode a
 * file as a whole. */
#define BLOCKS_SHARE 4
#define LEAST_CACHE_BYTES (UINT64_C(64) << 20)

/* The parts of a layer, by rows. */
struct buckets {
    size_t *first;  /* for each bucket, and one more: index into parts */
    int32_t *parts; /* in the order of the mosaic */
};

/* Fixed. */
struct rt_mosaic_source {
    struct rt_mosaic *mosaic;
    struct rt_mosaic_files *files;
    struct rt_block_cache *cache;
    bool has_own_cache;
    struct rt_budget *disk;  /* of its own cache; NULL: nothing is spilled */
    struct buckets *buckets; /* by layer */
    int32_t n_buckets;
    GDALDataType type;
    uint64_t memory_bytes;
};

static int32_t bucket_of(int32_t y_px)
{
    return y_px / BUCKET_ROWS_PX;
}

/* The buckets that a part shows pixels in. False if it shows none. */
static bool find_buckets(const struct rt_mosaic *mosaic,
                         const struct rt_mosaic_part *part, int32_t *begin,
                         int32_t *end)
{
    const struct rt_window whole = {0, 0, mosaic->w_px, mosaic->h_px};
    struct rt_window seen;

    if (!rt_window_intersect(&whole, &part->shown, &seen))
        return false;
    *begin = bucket_of(seen.y_px);
    *end = bucket_of(seen.y_px + seen.h_px - 1) + 1;
    return true;
}

/* Counts first, then fills: first[i] is where bucket i begins. */
static bool fill_buckets(const struct rt_mosaic_source *source,
                         const struct rt_mosaic_layer *layer,
                         struct buckets *buckets)
{
    const size_t n = (size_t)source->n_buckets;
    int32_t begin, end;

    buckets->first = calloc(n + 2, sizeof(*buckets->first));
    if (buckets->first == NULL)
        return false;
    for (size_t i = 0; i < layer->n_parts; i++)
        if (find_buckets(source->mosaic, &layer->parts[i], &begin, &end))
            for (int32_t b = begin; b < end; b++)
                buckets->first[b + 2]++;
    for (size_t b = 2; b < n + 2; b++)
        buckets->first[b] += buckets->first[b - 1];
    buckets->parts =
        malloc((buckets->first[n + 1] + 1) * sizeof(*buckets->parts));
    if (buckets->parts == NULL)
        return false;
    for (size_t i = 0; i < layer->n_parts; i++)
        if (find_buckets(source->mosaic, &layer->parts[i], &begin, &end))
            for (int32_t b = begin; b < end; b++)
                buckets->parts[buckets->first[b + 1]++] = (int32_t)i;
    return true;
}

/* A mosaic can do without a spill. */
static void ignore(void *context, const char *text)
{
    (void)context;
    (void)text;
}

static bool init_cache(struct rt_mosaic_source *source,
                       const struct rt_mosaic_request *request)
{
    source->has_own_cache = request->cache == NULL;
    if (!source->has_own_cache) {
        source->cache = request->cache;
        return true;
    }
    source->cache = rt_block_cache_create(RT_CACHE_MIN_BYTES);
    if (source->cache == NULL || request->spill_bytes == 0)
        return source->cache != NULL;
    source->disk = rt_budget_create(request->spill_bytes);
    return source->disk != NULL &&
           rt_block_cache_set_spill(source->cache, request->spill_folder,
                                    source->disk, ignore, NULL);
}

static bool init(struct rt_mosaic_source *source,
                 const struct rt_mosaic_request *request)
{
    const struct rt_mosaic *mosaic = source->mosaic;

    if (!init_cache(source, request))
        return false;
    source->files = rt_mosaic_files_create(
        mosaic, source->cache, request->n_threads,
        source->disk != NULL ? RT_SPILL_DISK : request->spill);
    source->n_buckets = bucket_of(mosaic->h_px - 1) + 1;
    source->buckets =
        calloc((size_t)mosaic->n_layers, sizeof(*source->buckets));
    if (source->files == NULL || source->buckets == NULL)
        return false;
    for (int32_t i = 0; i < mosaic->n_layers; i++)
        if (!fill_buckets(source, &mosaic->layers[i], &source->buckets[i]))
            return false;
    return true;
}

struct rt_mosaic_source *
rt_mosaic_source_create(struct rt_mosaic *mosaic,
                        const struct rt_mosaic_request *request)
{
    struct rt_mosaic_source *made = calloc(1, sizeof(*made));

    if (made == NULL) {
        rt_mosaic_free(mosaic);
        return NULL;
    }
    made->mosaic = mosaic;
    made->type = request->type;
    made->memory_bytes = request->memory_bytes;
    if (init(made, request))
        return made;
    rt_mosaic_source_destroy(made);
    return NULL;
}

void rt_mosaic_source_destroy(struct rt_mosaic_source *source)
{
    if (source == NULL)
        return;
    rt_mosaic_files_destroy(source->files);
    for (int32_t i = 0; source->buckets != NULL && i < source->mosaic->n_layers;
         i++) {
        free(source->buckets[i].first);
        free(source->buckets[i].parts);
    }
    free(source->buckets);
    if (source->has_own_cache)
        rt_block_cache_destroy(source->cache);
    rt_budget_destroy(source->disk);
    rt_mosaic_free(source->mosaic);
    free(source);
}

uint64_t rt_mosaic_source_table_bytes(const struct rt_mosaic_source *source)
{
    const struct rt_mosaic *mosaic = source->mosaic;
    uint64_t bytes = rt_mosaic_files_table_bytes(source->files);

    for (int32_t i = 0; i < mosaic->n_layers; i++)
        bytes += (uint64_t)mosaic->layers[i].n_parts *
                     (sizeof(struct rt_mosaic_part) +
                      (uint64_t)mosaic->layers[i].n_bands * sizeof(int32_t)) +
                 (uint64_t)source->buckets[i].first[source->n_buckets] *
                     sizeof(int32_t);
    return bytes;
}

/* The height of the parts that most rows of the mosaic show, as an average. */
static int64_t mean_height(const struct rt_mosaic_layer *layer)
{
    int64_t sum = 0;

    for (size_t i = 0; i < layer->n_parts; i++)
        sum += layer->parts[i].shown.h_px;
    return layer->n_parts > 0 ? sum / (int64_t)layer->n_parts : 0;
}

/* The bytes that a row of files takes, about. */
static uint64_t row_bytes(const struct rt_mosaic_source *source)
{
    const struct rt_mosaic *mosaic = source->mosaic;
    uint64_t px_bytes = 0;
    int64_t rows = 0;

    for (int32_t i = 0; i < mosaic->n_bands; i++)
        px_bytes += (uint64_t)GDALGetDataTypeSizeBytes(mosaic->types[i]);
    for (int32_t i = 0; i < mosaic->n_layers; i++) {
        const int64_t height = mean_height(&mosaic->layers[i]);

        rows = height > rows ? height : rows;
    }
    return (uint64_t)rows * (uint64_t)mosaic->w_px * px_bytes;
}

uint64_t rt_mosaic_source_good_cache(const struct rt_mosaic_source *source)
{
    const uint64_t least = LEAST_CACHE_BYTES;
    const uint64_t rows = ROWS_OF_FILES * row_bytes(source);
    const uint64_t most = source->memory_bytes / 2;
    const uint64_t wanted = rows > least ? rows : least;

    return wanted < most               ? wanted
           : most > RT_CACHE_MIN_BYTES ? most
                                       : RT_CACHE_MIN_BYTES;
}

void rt_mosaic_source_set_cache(struct rt_mosaic_source *source, uint64_t bytes)
{
    const uint64_t blocks_bytes =
        source->disk != NULL ? bytes / BLOCKS_SHARE : row_bytes(source);

    rt_block_cache_set_limit(source->cache, bytes);
    rt_mosaic_files_decode_whole(
        source->files, bytes > blocks_bytes ? bytes - blocks_bytes : 0);
}

/* A read of some bands of one layer. */
struct request {
    const struct rt_mosaic_layer *layer;
    const int *bands; /* of the mosaic, from 1 */
    int32_t n_planes;
    const struct rt_window *window;
    void *const *pixels;  /* of each plane */
    int32_t *file_planes; /* for each plane: what is read of a file */
    GDALDataType *file_types;
    unsigned char **planes;
};

/* The window of the file that shows seen. A file that is smaller than the
 * mosaic says shows less: seen shrinks. False if it shows nothing. */
static bool find_window(const struct rt_mosaic_part *part,
                        const struct rt_grid *file, struct rt_window *seen,
                        struct rt_window *window)
{
    const struct rt_window whole = {0, 0, file->w_px, file->h_px};
    const int32_t dx_px = part->x_px - part->shown.x_px;
    const int32_t dy_px = part->y_px - part->shown.y_px;
    const struct rt_window wanted = {seen->x_px + dx_px, seen->y_px + dy_px,
                                     seen->w_px, seen->h_px};

    if (!rt_window_intersect(&whole, &wanted, window))
        return false;
    seen->x_px = window->x_px - dx_px;
    seen->y_px = window->y_px - dy_px;
    seen->w_px = window->w_px;
    seen->h_px = window->h_px;
    return true;
}

/* Reads seen, a part of the request, from the file of the part with this
 * number. */
static enum rt_status read_file(const struct rt_mosaic_source *source,
                                const struct rt_mosaic_reader *reader,
                                const struct request *request, size_t number,
                                struct rt_window seen, struct rt_error *err)
{
    const struct rt_mosaic_layer *layer = request->layer;
    const struct rt_mosaic_part *part = &layer->parts[number];
    const uint64_t px_bytes = (uint64_t)GDALGetDataTypeSizeBytes(source->type);
    struct rt_mosaic_target target = {.type = source->type,
                                      .file_types = request->file_types,
                                      .line_px = request->window->w_px,
                                      .planes = request->planes,
                                      .has_nodata = part->nodata >= 0};
    const struct rt_sink sink = {rt_mosaic_take, &target};

    if (!find_window(part, &rt_gdal_source_core(reader->source)->layers[0].grid,
                     &seen, &target.window))
        return RT_OK;
    if (target.has_nodata)
        target.nodata = (int32_t)source->mosaic->nodata[part->nodata];
    for (int32_t i = 0; i < request->n_planes; i++) {
        const int32_t band =
            layer->bands[number * (size_t)layer->n_bands +
                         (size_t)(request->bands[i] - 1 - layer->first_band)];

        if (band > rt_gdal_source_bands(reader->source))
            return rt_error_set(err, RT_ERR_SOURCE,
                                "source '%s' has no band %d",
                                source->mosaic->files[part->file].name, band);
        request->file_planes[i] = band - 1;
        request->file_types[i] =
            rt_gdal_source_band(reader->source, 0, band - 1)->type;
        request->planes[i] =
            (unsigned char *)request->pixels[i] +
            rt_window_offset(request->window, &seen) * px_bytes;
    }
    return rt_view_read(reader->view, 0, request->file_planes,
                        request->n_planes, &target.window, &sink, err);
}

static int compare(const void *a, const void *b)
{
    const int32_t one = *(const int32_t *)a, other = *(const int32_t *)b;

    return (one > other) - (one < other);
}

/* The numbers of the parts in the rows of window, in their order, each once.
 * The caller frees them. NULL if out of memory. */
static int32_t *find_parts(const struct buckets *buckets,
                           const struct rt_window *window, size_t *n)
{
    const size_t begin = buckets->first[bucket_of(window->y_px)];
    const size_t end =
        buckets->first[bucket_of(window->y_px + window->h_px - 1) + 1];
    int32_t *found = malloc((end - begin + 1) * sizeof(*found));

    *n = 0;
    if (found == NULL)
        return NULL;
    memcpy(found, buckets->parts + begin, (end - begin) * sizeof(*found));
    qsort(found, end - begin, sizeof(*found), compare);
    for (size_t i = 0; i < end - begin; i++)
        if (i == 0 || found[i] != found[i - 1])
            found[(*n)++] = found[i];
    return found;
}

static void fill_planes(const struct rt_mosaic_source *source,
                        const struct request *request)
{
    const int px_bytes = GDALGetDataTypeSizeBytes(source->type);
    const GPtrDiff_t area = (GPtrDiff_t)rt_window_area(request->window);

    for (int32_t i = 0; i < request->n_planes; i++)
        GDALCopyWords64(&source->mosaic->fills[request->bands[i] - 1],
                        GDT_Float64, 0, request->pixels[i], source->type,
                        px_bytes, area);
}

static enum rt_status read_layer(struct rt_mosaic_source *source,
                                 const struct request *request,
                                 struct rt_error *err)
{
    const struct rt_mosaic_layer *layer = request->layer;
    const struct buckets *buckets =
        &source->buckets[layer - source->mosaic->layers];
    enum rt_status status = RT_OK;
    size_t n;
    int32_t *numbers = find_parts(buckets, request->window, &n);

    if (numbers == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    fill_planes(source, request);
    for (size_t i = 0; status == RT_OK && i < n; i++) {
        const struct rt_mosaic_part *part = &layer->parts[numbers[i]];
        struct rt_mosaic_reader reader;
        struct rt_window seen;

        if (!rt_window_intersect(&part->shown, request->window, &seen))
            continue;
        status = rt_mosaic_files_claim(source->files, part->file, &reader, err);
        if (status != RT_OK)
            break;
        status =
            read_file(source, &reader, request, (size_t)numbers[i], seen, err);
        rt_mosaic_files_give_back(source->files, part->file);
    }
    free(numbers);
    return status;
}

/* The layer of a band, from 1. */
static const struct rt_mosaic_layer *layer_of(const struct rt_mosaic *mosaic,
                                              int band)
{
    return &mosaic->layers[mosaic->n_layers == 1 ? 0 : band - 1];
}

/* How many of n_planes bands can be read together: one layer's, and each
 * once. */
static int32_t count_together(const struct rt_mosaic *mosaic, const int *bands,
                              int32_t n_planes)
{
    if (mosaic->n_layers > 1)
        return 1;
    for (int32_t i = 1; i < n_planes; i++)
        for (int32_t j = 0; j < i; j++)
            if (bands[i] == bands[j])
                return i;
    return n_planes;
}

enum rt_status rt_mosaic_source_read(struct rt_mosaic_source *source,
                                     const int *bands, int32_t n_planes,
                                     const struct rt_window *window,
                                     void *const *pixels, struct rt_error *err)
{
    const struct rt_mosaic *mosaic = source->mosaic;
    const size_t n = (size_t)n_planes;
    struct request request = {
        .window = window,
        .file_planes = malloc(n * sizeof(int32_t)),
        .file_types = malloc(n * sizeof(GDALDataType)),
        .planes = malloc(n * sizeof(unsigned char *)),
    };
    enum rt_status status = RT_OK;

    if (request.file_planes == NULL || request.file_types == NULL ||
        request.planes == NULL)
        status = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t i = 0; status == RT_OK && i < n_planes;
         i += request.n_planes) {
        request.layer = layer_of(mosaic, bands[i]);
        request.bands = bands + i;
        request.n_planes = count_together(mosaic, bands + i, n_planes - i);
        request.pixels = pixels + i;
        status = read_layer(source, &request, err);
    }
    free(request.file_planes);
    free(request.file_types);
    free(request.planes);
    return status;
}

enum rt_status rt_mosaic_source_read_bands(struct rt_mosaic_source *source,
                                           const int *bands, int32_t n_planes,
                                           const struct rt_window *window,
                                           void *pixels, struct rt_error *err)
{
    const uint64_t plane_bytes =
        rt_window_area(window) *
        (uint64_t)GDALGetDataTypeSizeBytes(source->type);
    void **planes = malloc((size_t)n_planes * sizeof(*planes));
    enum rt_status status;

    if (planes == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t i = 0; i < n_planes; i++)
        planes[i] = (unsigned char *)pixels + (uint64_t)i * plane_bytes;
    status =
        rt_mosaic_source_read(source, bands, n_planes, window, planes, err);
    free(planes);
    return status;
}

void rt_mosaic_source_count(struct rt_mosaic_source *source,
                            uint64_t *decoded_px, uint64_t *touched_px)
{
    rt_mosaic_files_count(source->files, decoded_px, touched_px);
}
