/* gdal_source.c - see gdal_source.h.
 *
 * A decoder that only goes forward has one handle; so does a source that cannot
 * be opened twice.
 *
 * The version is checked when a handle is opened, and after each decode,
 * because pixels decoded while a file changed may be of either version.
 */
#include "io/source/gdal_source.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/fork_gate.h"
#include "core/base/fork_lock.h"
#include "core/base/min_max.h"
#include "cpl_conv.h"
#include "cpl_multiproc.h"
#include "cpl_string.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/gdal_errors.h"
#include "io/dataset/open_settings.h"
#include "io/dataset/remote.h"
#include "io/dataset/thread_context.h"
#include "io/dataset/version.h"
#include "io/jp2/source.h"
#include "io/source/direct.h"
#include "io/source/gdal_handles.h"
#include "io/source/pixels.h"
#include "io/vrt/files.h"

/* A decoder may take this much whatever the cache's limit is: GDAL's own
 * decoder takes no less. */
#define LITTLE_BYTES (UINT64_C(256) << 20)

struct rt_gdal_source {
    /* Fixed after open. */
    struct rt_source core;
    struct rt_source_layers all;
    const char *name; /* borrowed from handles */
    struct rt_gdal_handles *handles;
    struct rt_source_version *version;
    struct rt_jp2_source *jp2; /* NULL: GDAL decodes */
    char **options;
    struct rt_source_direct *direct;
    bool by_lines;
    struct rt_image_reader reader; /* read is NULL if there is none */
    pthread_mutex_t start_lock;    /* inside the fork gate; held for the
                                    * reader's start */
    enum reading { UNKNOWN, BY_GDAL, BY_READER } reading; /* atomic */
    struct rt_fork_lock lock;
    /* Guarded by lock. */
    int32_t *next_row; /* SEQUENTIAL layers: the one handle's position ... */
    pid_t next_row_of; /* ... in this process */
};

static void set_next_row(struct rt_gdal_source *source, int layer, int32_t row)
{
    pthread_mutex_lock(&source->lock.mutex);
    source->next_row[layer] = row;
    source->next_row_of = getpid();
    pthread_mutex_unlock(&source->lock.mutex);
}

/* Reads line by line if other windows would give other pixels. */
static CPLErr read_pixels(const struct rt_gdal_source *source,
                          GDALDatasetH dataset, int layer,
                          const int32_t *planes, int32_t n_planes,
                          const struct rt_window *window, void *const *pixels)
{
    const uint32_t *px_bytes = source->all.layers[layer].px_bytes;
    struct rt_window line = *window;
    CPLErr failed = CE_None;
    void **at;

    if (!source->by_lines)
        return rt_source_pixels_read(&source->all, dataset, layer, planes,
                                     n_planes, window, pixels);
    at = CPLMalloc((size_t)n_planes * sizeof(*at));
    line.h_px = 1;
    for (int32_t y = 0; y < window->h_px && failed == CE_None; y++) {
        line.y_px = window->y_px + y;
        for (int32_t i = 0; i < n_planes; i++)
            at[i] = (uint8_t *)pixels[i] +
                    (size_t)y * (size_t)line.w_px * px_bytes[planes[i]];
        failed = rt_source_pixels_read(&source->all, dataset, layer, planes,
                                       n_planes, &line, at);
    }
    CPLFree(at);
    return failed;
}

static enum rt_status read_claimed(struct rt_gdal_source *source,
                                   GDALDatasetH dataset, int layer,
                                   const int32_t *planes, int32_t n_planes,
                                   const struct rt_window *window,
                                   void *const *pixels, struct rt_error *err)
{
    struct rt_settings_before settings;
    struct rt_gdal_errors errors;
    struct rt_reading reading;
    CPLErr failed;

    rt_reading_begin(&reading, source->name);
    rt_gdal_source_enter_settings(source, &settings);
    rt_gdal_errors_begin(&errors);
    failed =
        read_pixels(source, dataset, layer, planes, n_planes, window, pixels);
    rt_gdal_flush(dataset, layer / 2);
    rt_gdal_errors_end(&errors);
    rt_open_settings_leave(&settings);
    rt_reading_end(&reading);

    rt_gdal_trim(rt_window_area(window) * (uint64_t)n_planes *
                 source->all.layers[layer].px_bytes[0]);
    set_next_row(source, layer,
                 failed == CE_None ? window->y_px + window->h_px : 0);
    if (failed == CE_None)
        return RT_OK;
    return rt_error_set(err, RT_ERR_SOURCE, "source '%s': %s", source->name,
                        rt_gdal_errors_text(&errors, "cannot be read"));
}

/* Whether the layer is decoded without GDAL. */
static bool is_native(const struct rt_gdal_source *source, int32_t layer)
{
    return source->jp2 != NULL && layer % 2 == 0 &&
           rt_jp2_source_has_level(source->jp2, layer / 2);
}

/* The source's version is checked once, after the read: whatever has changed
 * until then makes the read fail. */
static enum rt_status read_native(struct rt_gdal_source *source, int32_t layer,
                                  const int32_t *planes, int32_t n_planes,
                                  const struct rt_window *window,
                                  void *const *pixels, struct rt_error *err)
{
    struct rt_gdal_errors errors;
    enum rt_status status, unchanged;

    rt_gdal_errors_begin(&errors);
    status = rt_jp2_source_read(source->jp2, layer / 2, planes, n_planes,
                                window, pixels, err);
    unchanged = rt_source_version_check(source->version, source->name, err);
    if (unchanged != RT_OK)
        status = unchanged;
    rt_gdal_errors_end(&errors);
    rt_gdal_trim(rt_window_area(window) * (uint64_t)n_planes *
                 source->all.layers[layer].px_bytes[0]);
    return status;
}

/* Whether the reader reads the layer. Asks it at the first read. */
static bool has_reader(struct rt_gdal_source *source, int32_t layer)
{
    enum reading reading;

    if (layer > 0 || source->reader.read == NULL)
        return false;
    reading = __atomic_load_n(&source->reading, __ATOMIC_ACQUIRE);
    if (reading != UNKNOWN)
        return reading == BY_READER;
    pthread_mutex_lock(&source->start_lock);
    if (source->reading == UNKNOWN) {
        reading = source->reader.start(source->reader.context,
                                       rt_gdal_source_lock(source),
                                       (CSLConstList)source->options)
                      ? BY_READER
                      : BY_GDAL;
        rt_gdal_source_unlock(source);
        __atomic_store_n(&source->reading, reading, __ATOMIC_RELEASE);
    }
    pthread_mutex_unlock(&source->start_lock);
    return source->reading == BY_READER;
}

static enum rt_status read_by_reader(struct rt_gdal_source *source,
                                     const int32_t *planes, int32_t n_planes,
                                     const struct rt_window *window,
                                     void *const *pixels, struct rt_error *err)
{
    struct rt_settings_before settings;
    struct rt_reading reading;
    enum rt_status status;

    rt_reading_begin(&reading, source->name);
    rt_gdal_source_enter_settings(source, &settings);
    status = source->reader.read(source->reader.context, planes, n_planes,
                                 window, pixels, err);
    rt_open_settings_leave(&settings);
    rt_reading_end(&reading);
    return status == RT_OK ? rt_gdal_source_check(source, err) : status;
}

static bool read_direct(struct rt_gdal_source *source,
                        struct rt_gdal_handle *handle,
                        const struct rt_direct_read *read)
{
    return rt_source_direct_read(source->direct, rt_gdal_handle_dataset(handle),
                                 source->name,
                                 rt_gdal_handles_options(source->handles),
                                 rt_gdal_handle_reader(handle), read);
}

static enum rt_status read_source(void *context, int32_t layer,
                                  const int32_t *planes, int32_t n_planes,
                                  const struct rt_window *window,
                                  void *const *pixels, struct rt_error *err)
{
    struct rt_gdal_source *source = context;
    const struct rt_direct_read read = {&source->all, layer,  planes,
                                        n_planes,     window, pixels};
    struct rt_gdal_handle *handle;
    enum rt_status status = RT_OK, unchanged;

    if (is_native(source, layer))
        return read_native(source, layer, planes, n_planes, window, pixels,
                           err);
    if (rt_reading_includes(source->name))
        return rt_error_set(err, RT_ERR_SOURCE, "source '%s' refers to itself",
                            source->name);
    if (has_reader(source, layer))
        return read_by_reader(source, planes, n_planes, window, pixels, err);
    handle = rt_gdal_handles_claim(source->handles, err);
    if (handle == NULL)
        return RT_ERR_SOURCE;
    if (!read_direct(source, handle, &read))
        status = read_claimed(source, rt_gdal_handle_dataset(handle), layer,
                              planes, n_planes, window, pixels, err);
    unchanged = rt_source_version_check(source->version, source->name, err);
    if (unchanged != RT_OK) {
        rt_source_direct_give_up(source->direct);
        status = unchanged;
    }
    rt_gdal_handles_give_back(source->handles, handle);
    return status;
}

static bool counts(void *context, int32_t layer)
{
    struct rt_gdal_source *source = context;

    return layer == 0 && source->reader.read != NULL &&
           __atomic_load_n(&source->reading, __ATOMIC_ACQUIRE) == BY_READER;
}

static int32_t next_row(void *context, int32_t layer)
{
    struct rt_gdal_source *source = context;
    int32_t row;

    pthread_mutex_lock(&source->lock.mutex);
    row = source->next_row_of == getpid() ? source->next_row[layer] : 0;
    pthread_mutex_unlock(&source->lock.mutex);
    return row;
}

static void *capture_thread(void *context)
{
    (void)context;
    return rt_thread_context_capture();
}

static void *enter_thread(void *context, void *thread_context)
{
    (void)context;
    return thread_context != NULL ? rt_thread_context_enter(thread_context)
                                  : NULL;
}

static void leave_thread(void *context, void *thread_context, void *entered)
{
    (void)context;
    (void)thread_context;
    rt_thread_context_leave(entered);
}

static void free_thread_context(void *context, void *thread_context)
{
    (void)context;
    rt_thread_context_free(thread_context);
}

/* The limit of open handles: one for each processor, or for each of n_threads
 * if there are more. Handles on a network spend most of their time waiting, so
 * there are more of them. */
static int handle_limit(GDALDatasetH dataset, const char *name, int n_threads)
{
    const int cpus = CPLGetNumCPUs();
    const int least = rt_is_remote(name) ? 8 : 2;

    if (rt_gdal_is_sequential(dataset) || rt_gdal_decodes_whole(dataset))
        return 1;
    return rt_max_i32(rt_max_i32(cpus, n_threads), least);
}

static enum rt_status describe(struct rt_gdal_source *source,
                               GDALDatasetH dataset, bool only_image,
                               struct rt_error *err)
{
    const enum rt_status status =
        only_image ? rt_source_layers_describe_image(&source->all, dataset,
                                                     source->name, err)
                   : rt_source_layers_describe(&source->all, dataset,
                                               source->name, err);

    if (status != RT_OK)
        return status;
    source->core.n_layers = 2 * source->all.n_levels;
    source->core.layers = source->all.layers;
    source->core.context = source;
    source->core.remote = rt_is_remote(source->name);
    source->core.read = read_source;
    source->core.capture_thread = capture_thread;
    source->core.enter_thread = enter_thread;
    source->core.leave_thread = leave_thread;
    source->core.free_thread_context = free_thread_context;
    source->core.next_row = next_row;
    source->core.counts = counts;
    source->version = rt_vrt_version(dataset, source->name, only_image);
    source->next_row =
        calloc((size_t)source->core.n_layers, sizeof(*source->next_row));
    source->direct = rt_source_direct_create();
    if (source->version == NULL || source->next_row == NULL ||
        source->direct == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    rt_gdal_handles_set_limit(source->handles,
                              handle_limit(dataset, source->name, 1));
    rt_gdal_handles_watch(source->handles, source->version);
    return RT_OK;
}

static enum rt_status open_source(const char *name, CSLConstList open_options,
                                  bool only_image,
                                  struct rt_gdal_source **source,
                                  struct rt_error *err)
{
    struct rt_gdal_source *made = calloc(1, sizeof(*made));
    enum rt_status status;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    if (!rt_fork_lock_init(&made->lock, RT_RANK_LEAF)) {
        free(made);
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
    pthread_mutex_init(&made->start_lock, NULL);
    made->options = CSLDuplicate(open_options);
    status = rt_gdal_handles_open(name, open_options, &made->handles, err);
    if (status == RT_OK) {
        made->name = rt_gdal_handles_name(made->handles);
        status = describe(made, rt_gdal_source_lock(made), only_image, err);
        rt_gdal_source_unlock(made);
    }
    if (status != RT_OK) {
        rt_gdal_source_close(made);
        return status;
    }
    *source = made;
    return RT_OK;
}

enum rt_status rt_gdal_source_open(const char *name, CSLConstList open_options,
                                   struct rt_gdal_source **source,
                                   struct rt_error *err)
{
    return open_source(name, open_options, false, source, err);
}

enum rt_status rt_gdal_source_open_image(const char *name,
                                         CSLConstList open_options,
                                         struct rt_gdal_source **source,
                                         struct rt_error *err)
{
    return open_source(name, open_options, true, source, err);
}

/* Gives the layers the decoder's blocks. */
static void cut_layers(struct rt_gdal_source *source)
{
    for (int32_t i = 0; i < source->core.n_layers; i += 2) {
        struct rt_layer *layer = &source->all.layers[i];
        const struct rt_grid *grid = &layer->grid;
        int32_t w_px, h_px;

        if (rt_jp2_source_has_level(source->jp2, i / 2))
            layer->held_px_bytes = rt_jp2_source_held_px_bytes(source->jp2);
        if (rt_jp2_source_blocks(source->jp2, i / 2, &w_px, &h_px) &&
            (w_px < grid->w_px || h_px < grid->h_px) &&
            rt_grid_init(&layer->grid, grid->w_px, grid->h_px,
                         w_px < grid->w_px ? w_px : grid->w_px,
                         h_px < grid->h_px ? h_px : grid->h_px, NULL) == RT_OK)
            layer->access =
                w_px < grid->w_px ? RT_ACCESS_RANDOM : RT_ACCESS_ROWS;
    }
    source->core.whole_reads = rt_jp2_source_is_one_tile(source->jp2);
}

void rt_gdal_source_read_by_lines(struct rt_gdal_source *source)
{
    source->by_lines = true;
    for (int32_t i = 0; i < source->core.n_layers; i++) {
        struct rt_layer *layer = &source->all.layers[i];
        const struct rt_grid grid = layer->grid;

        if (layer->access == RT_ACCESS_RANDOM &&
            rt_grid_init(&layer->grid, grid.w_px, grid.h_px, grid.w_px,
                         grid.block_h_px, NULL) == RT_OK)
            layer->access = RT_ACCESS_ROWS;
    }
}

/* Opens our decoder, if it needs no more than bytes. */
static enum rt_status open_native(struct rt_gdal_source *source,
                                  GDALDatasetH dataset, int n_threads,
                                  uint64_t bytes, struct rt_error *err)
{
    enum rt_status status =
        rt_jp2_source_open(dataset, source->name, (CSLConstList)source->options,
                           n_threads, &source->jp2, err);
    uint64_t least_bytes;

    if (status != RT_OK)
        return status;
    least_bytes = rt_jp2_source_least_bytes(source->jp2);
    if (least_bytes <= bytes || least_bytes <= LITTLE_BYTES)
        return RT_OK;
    rt_jp2_source_close(source->jp2);
    source->jp2 = NULL;
    return rt_error_set(err, RT_ERR_SOURCE,
                        "to decode any of it takes %llu MB, which is more than "
                        "the cache's limit",
                        (unsigned long long)(least_bytes >> 20));
}

enum rt_status rt_gdal_source_decode_by(struct rt_gdal_source *source,
                                        enum rt_decoder decoder, int n_threads,
                                        uint64_t bytes, struct rt_error *err)
{
    static const char *const drivers[] = {"JP2OpenJPEG", NULL};
    GDALDatasetH dataset = rt_gdal_source_lock(source);
    const bool may_be = rt_gdal_in_list(rt_gdal_driver_name(dataset), drivers);
    enum rt_status status = RT_ERR_SOURCE;
    struct rt_error why;

    rt_gdal_handles_set_limit(source->handles,
                              handle_limit(dataset, source->name, n_threads));
    if (decoder == RT_DECODER_GDAL)
        rt_source_direct_give_up(source->direct);
    if (decoder == RT_DECODER_NATIVE || (decoder == RT_DECODER_AUTO && may_be))
        status = open_native(source, dataset, n_threads, bytes, &why);
    rt_gdal_source_unlock(source);
    if (status == RT_OK) {
        cut_layers(source);
        return RT_OK;
    }
    if (decoder == RT_DECODER_NATIVE)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "SOURCE_DECODER=NATIVE: source '%s' is decoded by "
                            "GDAL only: %s",
                            source->name, why.text);
    if (decoder == RT_DECODER_AUTO && may_be)
        CPLDebug("RETILE", "source '%s' is decoded by GDAL: %s", source->name,
                 why.text);
    return RT_OK;
}

bool rt_gdal_source_decode_whole(struct rt_gdal_source *source)
{
    struct rt_layer *layer = &source->all.layers[0];
    const int32_t w_px = layer->grid.w_px, h_px = layer->grid.h_px;

    if (source->jp2 == NULL || !rt_jp2_source_is_one_tile(source->jp2) ||
        rt_grid_init(&layer->grid, w_px, h_px, w_px, h_px, NULL) != RT_OK)
        return false;
    rt_jp2_source_decode_whole(source->jp2);
    layer->access = RT_ACCESS_ROWS;
    layer->held_px_bytes = rt_jp2_source_held_px_bytes(source->jp2);
    source->core.whole_reads = false;
    return true;
}

uint64_t rt_gdal_source_kept_bytes(const struct rt_gdal_source *source)
{
    return source->jp2 != NULL && source->core.whole_reads
               ? rt_jp2_source_held_bytes(source->jp2)
               : 0;
}

void rt_gdal_source_set_memory(struct rt_gdal_source *source,
                               struct rt_block_cache *cache, uint64_t bytes)
{
    /* Behind a network the threads of the pool would lack the request settings
     * of the reader's thread. */
    if (source->jp2 != NULL)
        rt_jp2_source_set_memory(source->jp2, cache, bytes,
                                 !source->core.remote);
}

void rt_gdal_source_read_by(struct rt_gdal_source *source,
                            const struct rt_image_reader *reader)
{
    source->reader = *reader;
}

void rt_gdal_source_count(struct rt_gdal_source *source, uint64_t *decoded_px,
                          uint64_t *touched_px)
{
    *decoded_px = *touched_px = 0;
    if (counts(source, 0))
        source->reader.count(source->reader.context, decoded_px, touched_px);
}

enum rt_status rt_gdal_source_keep_bytes(struct rt_gdal_source *source,
                                         struct rt_block_cache *cache,
                                         const char *identity,
                                         enum rt_spill spill,
                                         struct rt_error *err)
{
    struct rt_identity *its;
    struct rt_encoded_cache *kept = NULL;

    if (source->jp2 == NULL || !source->core.remote)
        return RT_OK;
    its = rt_identity_intern(identity);
    if (its != NULL)
        kept = rt_encoded_cache_create(cache, its, spill);
    rt_identity_unref(its);
    if (kept == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    rt_jp2_source_keep_bytes(source->jp2, kept);
    return RT_OK;
}

const char *rt_gdal_source_decoder(const struct rt_gdal_source *source)
{
    return source->jp2 != NULL ? "NATIVE" : "GDAL";
}

const char *rt_gdal_source_settings(const struct rt_gdal_source *source)
{
    return rt_open_settings_text(rt_gdal_handles_settings(source->handles));
}

void rt_gdal_source_enter_settings(const struct rt_gdal_source *source,
                                   struct rt_settings_before *before)
{
    rt_open_settings_enter(rt_gdal_handles_settings(source->handles), before);
}

enum rt_status rt_gdal_source_check(const struct rt_gdal_source *source,
                                    struct rt_error *err)
{
    return rt_source_version_check(source->version, source->name, err);
}

void rt_gdal_source_close(struct rt_gdal_source *source)
{
    if (source == NULL)
        return;
    if (source->reader.close != NULL)
        source->reader.close(source->reader.context);
    pthread_mutex_destroy(&source->start_lock);
    rt_jp2_source_close(source->jp2);
    CSLDestroy(source->options);
    rt_gdal_handles_close(source->handles);
    rt_source_direct_destroy(source->direct);
    rt_source_version_free(source->version);
    rt_fork_lock_destroy(&source->lock);
    free(source->next_row);
    rt_source_layers_free(&source->all);
    free(source);
}

const struct rt_source *rt_gdal_source_core(struct rt_gdal_source *source)
{
    return &source->core;
}

const char *rt_gdal_source_name(const struct rt_gdal_source *source)
{
    return source->name;
}

int rt_gdal_source_bands(const struct rt_gdal_source *source)
{
    return source->all.n_bands;
}

int rt_gdal_source_levels(const struct rt_gdal_source *source)
{
    return source->all.n_levels;
}

const struct rt_gdal_band *
rt_gdal_source_band(const struct rt_gdal_source *source, int level, int band)
{
    return rt_source_layers_bands(&source->all, level) + band;
}

GDALDatasetH rt_gdal_source_lock(struct rt_gdal_source *source)
{
    rt_fork_gate_enter();
    return rt_gdal_handle_dataset(rt_gdal_handles_claim_first(source->handles));
}

void rt_gdal_source_unlock(struct rt_gdal_source *source)
{
    rt_gdal_handles_give_back_first(source->handles);
    rt_fork_gate_leave();
}

bool rt_gdal_source_resamples(const struct rt_gdal_source *source)
{
    /* GDAL's JP2OpenJPEG driver claims to resample itself, but uses GDAL's
     * generic code. */
    return source->all.resamples && source->jp2 == NULL;
}
