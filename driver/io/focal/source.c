/* source.c - see source.h.
 *
 * The computation has no blocks of its own. Its source blocks are those of the
 * grid that is read, so that only requested pixels are computed. The input is
 * cached on that grid too, or in its own blocks if these are smaller.
 */
#include "io/focal/source.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/base/fork_gate.h"
#include "core/base/min_max.h"
#include "core/base/pages.h"
#include "core/view/view.h"
#include "io/dataset/thread_context.h"
#include "io/focal/operator.h"

#define MAX_PLANES 4

struct rt_focal_source {
    /* Fixed after open. */
    struct rt_source core;
    struct rt_focal focal;
    struct rt_gdal_source *input;
    struct rt_focal_operator *op;
    struct rt_source_layers all;
    int32_t block_w_px, block_h_px; /* the grid for input and result */
    pthread_mutex_t lock; /* for the operator's sample; inside the gate */
    bool has_lock;
    /* Fixed after start. */
    struct rt_block_cache *cache; /* may be NULL */
    struct rt_identity *identity; /* of the input, on the view's grid */
    struct rt_stats *stats;
    struct rt_view *view; /* of the input */
};

static const struct rt_source *core_of(const void *context)
{
    const struct rt_focal_source *source = context;

    return source->focal.input;
}

/* The window grown by halo_px on each side, clipped at the raster's edge. */
static struct rt_window grown(const struct rt_window *window, int32_t halo_px,
                              const struct rt_grid *raster)
{
    const struct rt_window whole = {0, 0, raster->w_px, raster->h_px};
    const int32_t left = rt_min_i32(window->x_px, halo_px);
    const int32_t above = rt_min_i32(window->y_px, halo_px);
    const int32_t right = whole.w_px - window->x_px - window->w_px;
    const int32_t below = whole.h_px - window->y_px - window->h_px;
    const struct rt_window larger = {
        window->x_px - left, window->y_px - above,
        left + window->w_px + rt_min_i32(right, halo_px),
        above + window->h_px + rt_min_i32(below, halo_px)};

    return larger;
}

struct target {
    const struct rt_window *window;
    unsigned char *pixels;
    uint64_t px_bytes;
};

static void on_part(void *context, const struct rt_part *part)
{
    const struct target *target = context;
    const uint64_t line_bytes =
        (uint64_t)target->window->w_px * target->px_bytes;
    const unsigned char *from = part->pixels[0];
    unsigned char *to =
        target->pixels +
        rt_window_offset(target->window, &part->window) * target->px_bytes;

    for (int32_t y = 0; y < part->window.h_px; y++) {
        memcpy(to, from, (size_t)part->window.w_px * target->px_bytes);
        from += (uint64_t)part->line_px * target->px_bytes;
        to += line_bytes;
    }
}

static enum rt_status read_input(const struct rt_focal_source *source,
                                 const struct rt_window *window, void *pixels,
                                 struct rt_error *err)
{
    const int32_t plane = source->focal.plane;
    struct target target = {window, pixels,
                            source->focal.input->layers[0].px_bytes[plane]};
    const struct rt_sink sink = {on_part, &target};

    return rt_view_read(source->view, 0, &plane, 1, window, &sink, err);
}

/* Sizes of the input's window and of GDAL's result for it. False on
 * overflow. */
static bool count_bytes(const struct rt_focal_source *source,
                        const struct rt_window *window, uint64_t *input_bytes,
                        uint64_t *result_bytes)
{
    const uint64_t area = rt_window_area(window);
    const uint64_t result_px_bytes =
        (uint64_t)source->all.n_bands * source->all.px_bytes[0];

    return rt_mul_u64(
               area,
               source->focal.input->layers[0].px_bytes[source->focal.plane],
               input_bytes) &&
           rt_mul_u64(area, result_px_bytes, result_bytes);
}

static enum rt_status compute(const struct rt_focal_source *source,
                              const struct rt_focal_request *request,
                              struct rt_error *err)
{
    const struct rt_window input =
        grown(&request->window, source->focal.halo_px,
              &source->focal.input->layers[0].grid);
    uint64_t input_bytes, result_bytes;
    enum rt_status status;
    void *pixels;

    if (!count_bytes(source, &input, &input_bytes, &result_bytes))
        return rt_error_set(err, RT_ERR_RANGE, "the window is too large");
    pixels = rt_pages_alloc(input_bytes);
    if (pixels == NULL)
        return rt_error_set(err, RT_ERR_MEMORY,
                            "out of memory for %llu bytes of pixels",
                            (unsigned long long)input_bytes);
    /* A thread that decodes must not wait for memory. */
    if (source->cache != NULL)
        (void)rt_block_cache_reserve(source->cache, input_bytes + result_bytes,
                                     RT_RESERVE_OVERDRAW);
    status = read_input(source, &input, pixels, err);
    if (status == RT_OK)
        status =
            rt_focal_operator_run(source->op, &input, pixels, request, err);
    rt_pages_free(pixels, input_bytes);
    if (source->cache != NULL)
        rt_block_cache_release(source->cache, input_bytes + result_bytes);
    return status;
}

static enum rt_status read_result(void *context, int32_t layer,
                                  const int32_t *planes, int32_t n_planes,
                                  const struct rt_window *window,
                                  void *const *pixels, struct rt_error *err)
{
    const struct rt_focal_request request = {*window, planes, n_planes, pixels,
                                             layer == 1};

    return compute(context, &request, err);
}

static enum rt_status apply(void *context, const struct rt_window *input_window,
                            const void *input, const struct rt_window *output,
                            void *const *planes, struct rt_error *err)
{
    static const int32_t all[MAX_PLANES] = {0, 1, 2, 3};
    const struct rt_focal_source *source = context;
    const struct rt_focal_request request = {*output, all, source->all.n_bands,
                                             planes, false};

    return rt_focal_operator_run(source->op, input_window, input, &request,
                                 err);
}

static void *capture_thread(void *context)
{
    const struct rt_source *input = core_of(context);

    return input->capture_thread(input->context);
}

static void *enter_thread(void *context, void *thread_context)
{
    const struct rt_source *input = core_of(context);

    return input->enter_thread(input->context, thread_context);
}

static void leave_thread(void *context, void *thread_context, void *entered)
{
    const struct rt_source *input = core_of(context);

    input->leave_thread(input->context, thread_context, entered);
}

static void free_thread_context(void *context, void *thread_context)
{
    const struct rt_source *input = core_of(context);

    input->free_thread_context(input->context, thread_context);
}

/* Makes the layers: those of the sample, in the size of the input. */
static enum rt_status describe(struct rt_focal_source *source,
                               struct rt_error *err)
{
    const struct rt_grid *raster = &source->focal.input->layers[0].grid;
    enum rt_status status = rt_source_layers_describe(
        &source->all, rt_focal_operator_sample(source->op), "FOCAL", err);

    for (int i = 0; status == RT_OK && i < 2; i++) {
        struct rt_layer *layer = &source->all.layers[i];

        layer->access = RT_ACCESS_RANDOM;
        layer->interleaved = source->all.n_bands > 1;
        status =
            rt_grid_init(&layer->grid, raster->w_px, raster->h_px,
                         rt_min_i32(source->block_w_px, raster->w_px),
                         rt_min_i32(source->block_h_px, raster->h_px), err);
    }
    if (status == RT_OK &&
        (source->all.n_levels != 1 || source->all.n_bands > MAX_PLANES))
        return rt_error_set(err, RT_ERR_INTERNAL,
                            "FOCAL: %d bands and %d levels",
                            source->all.n_bands, source->all.n_levels);
    return status;
}

static void connect(struct rt_focal_source *source)
{
    const struct rt_source *input = rt_gdal_source_core(source->input);

    source->focal.input = input;
    source->focal.plane = rt_focal_operator_plane(source->op);
    source->focal.halo_px = rt_focal_operator_halo(source->op);
    source->focal.context = source;
    source->focal.apply = apply;
    source->core.n_layers = 2;
    source->core.context = source;
    source->core.remote = input->remote;
    source->core.read = read_result;
    source->core.capture_thread = capture_thread;
    source->core.enter_thread = enter_thread;
    source->core.leave_thread = leave_thread;
    source->core.free_thread_context = free_thread_context;
    source->core.focal = &source->focal;
}

static enum rt_status init(struct rt_focal_source *source, const char *words,
                           struct rt_error *err)
{
    struct rt_reading reading;
    enum rt_status status;

    source->has_lock = pthread_mutex_init(&source->lock, NULL) == 0;
    source->stats = rt_stats_create();
    if (!source->has_lock || source->stats == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    rt_reading_begin(&reading, rt_gdal_source_name(source->input));
    status = rt_focal_operator_create(words, rt_gdal_source_lock(source->input),
                                      &source->op, err);
    rt_gdal_source_unlock(source->input);
    rt_reading_end(&reading);
    if (status != RT_OK)
        return status;
    connect(source);
    status = describe(source, err);
    source->core.layers = source->all.layers;
    return status;
}

enum rt_status rt_focal_source_open(struct rt_gdal_source *input,
                                    const char *words, int32_t block_w_px,
                                    int32_t block_h_px,
                                    struct rt_focal_source **source,
                                    struct rt_error *err)
{
    struct rt_focal_source *made = calloc(1, sizeof(*made));
    enum rt_status status;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    made->input = input;
    made->block_w_px = rt_grid_computed_px(block_w_px);
    made->block_h_px = rt_grid_computed_px(block_h_px);
    status = init(made, words, err);
    if (status != RT_OK) {
        rt_focal_source_close(made);
        return status;
    }
    *source = made;
    return RT_OK;
}

enum rt_status rt_focal_source_start(struct rt_focal_source *source,
                                     struct rt_block_cache *cache,
                                     const char *input_identity,
                                     int32_t n_threads, enum rt_spill spill,
                                     struct rt_error *err)
{
    enum rt_status status;

    source->cache = cache;
    source->identity = rt_identity_intern(input_identity);
    if (source->identity == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status = rt_view_create(source->focal.input, cache, source->identity,
                            source->stats, source->block_w_px,
                            source->block_h_px, &source->view, err);
    if (status != RT_OK)
        return status;
    rt_view_set_threads(source->view, n_threads);
    rt_view_set_spill(source->view, spill);
    return RT_OK;
}

void rt_focal_source_set_spill(struct rt_focal_source *source,
                               enum rt_spill spill)
{
    rt_view_set_spill(source->view, spill);
}

void rt_focal_source_grid(const struct rt_focal_source *source,
                          int32_t *block_w_px, int32_t *block_h_px)
{
    *block_w_px = source->block_w_px;
    *block_h_px = source->block_h_px;
}

void rt_focal_source_close(struct rt_focal_source *source)
{
    if (source == NULL)
        return;
    rt_view_destroy(source->view);
    rt_identity_unref(source->identity);
    rt_source_layers_free(&source->all);
    rt_focal_operator_destroy(source->op);
    if (source->stats != NULL)
        rt_stats_destroy(source->stats);
    if (source->has_lock)
        pthread_mutex_destroy(&source->lock);
    free(source);
}

const struct rt_source *
rt_focal_source_core(const struct rt_focal_source *source)
{
    return &source->core;
}

int rt_focal_source_bands(const struct rt_focal_source *source)
{
    return source->all.n_bands;
}

const struct rt_gdal_band *
rt_focal_source_band(const struct rt_focal_source *source, int band)
{
    return rt_source_layers_bands(&source->all, 0) + band;
}

const char *rt_focal_source_identity(const struct rt_focal_source *source)
{
    return rt_focal_operator_identity(source->op);
}

const struct rt_stats *
rt_focal_source_stats(const struct rt_focal_source *source)
{
    return source->stats;
}

GDALDatasetH rt_focal_source_lock(struct rt_focal_source *source)
{
    rt_fork_gate_enter(); /* a fork waits until the lock is free again */
    pthread_mutex_lock(&source->lock);
    return rt_focal_operator_sample(source->op);
}

void rt_focal_source_unlock(struct rt_focal_source *source)
{
    pthread_mutex_unlock(&source->lock);
    rt_fork_gate_leave();
}
