/* image.c - see image.h. */
#include "io/copy/image_internal.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_error.h"

static bool planes_apart(const struct rt_image_copy *copy)
{
    return rt_tile_format_planes(copy->format) > 1;
}

/* Whether some plane stands for a band without a mask: nothing is read for it,
 * and it stays a hole, which reads as 0. */
static bool has_holes(const struct rt_image_copy *copy)
{
    for (int32_t i = 0; i < copy->n_planes; i++)
        if (copy->planes[i] < 0)
            return true;
    return false;
}

static int32_t count_passes(const struct rt_image_copy *copy)
{
    const struct rt_copy_layer *layer =
        rt_copy_source_layer(copy->source, copy->masks);

    return planes_apart(copy) && (!layer->interleaved || has_holes(copy)) &&
                   copy->focal == NULL && copy->pyramid == NULL
               ? copy->n_planes
               : 1;
}

/* Planes of the source that one pass reads. */
static int32_t count_read_planes(const struct rt_image_pass *pass)
{
    return pass->copy->focal != NULL ? 1 : pass->n_planes;
}

static int32_t count_levels(const struct rt_image_pass *pass)
{
    return pass->copy->pyramid != NULL ? pass->copy->pyramid->n_levels : 0;
}

/* The largest of all levels. */
static uint64_t encoded_bytes(const struct rt_image_pass *pass)
{
    uint64_t most = 0;

    for (int32_t i = 0; i <= count_levels(pass); i++) {
        uint64_t bytes =
            (uint64_t)pass->n_chunks *
            rt_tile_format_bound_bytes(rt_image_format(pass, i, false));

        if (rt_image_has_masks(pass))
            bytes += rt_tile_format_bound_bytes(rt_image_format(pass, i, true));
        if (bytes > most)
            most = bytes;
    }
    return rt_image_header_bytes(pass) + most;
}

static uint64_t state_bytes(const struct rt_image_pass *pass)
{
    uint64_t most = 0;

    for (int32_t i = 0; i <= count_levels(pass); i++) {
        uint64_t bytes =
            rt_tile_format_state_bytes(rt_image_format(pass, i, false));

        if (rt_image_has_masks(pass))
            bytes += rt_tile_format_state_bytes(rt_image_format(pass, i, true));
        if (bytes > most)
            most = bytes;
    }
    return most;
}

static uint64_t table_bytes(const struct rt_tile_format *format)
{
    return RT_TIFF_TILES_TABLE_BYTES * (uint64_t)rt_tile_format_cols(format) *
           (uint64_t)rt_tile_format_rows(format) *
           (uint64_t)rt_tile_format_planes(format);
}

/* The part of the budget that the offsets of the files' tiles take. With a
 * pyramid the caller counts its own. */
static uint64_t array_bytes(const struct rt_image_copy *copy)
{
    if (copy->pyramid != NULL)
        return 0;
    return table_bytes(copy->format) +
           (copy->mask != NULL ? table_bytes(copy->mask->format) : 0);
}

/* Whether the mask is read together with the planes. */
static bool mask_is_band(const struct rt_image_pass *pass)
{
    return rt_image_has_masks(pass) && pass->copy->focal == NULL &&
           rt_copy_source_mask_is_band(pass->copy->source);
}

bool rt_image_takes_mask(const struct rt_image_copy *copy)
{
    return !copy->masks && copy->pyramid == NULL && copy->focal == NULL &&
           !planes_apart(copy) && rt_copy_source_mask_is_band(copy->source);
}

/* An operator may hold a second copy of its input and of its result: GDAL's
 * operators make datasets of them. To get one plane of a packed layer, a block
 * of all planes is decoded. */
static void describe_focal(const struct rt_focal *focal,
                           const struct rt_copy_layer *layer,
                           struct rt_copy_shape *shape)
{
    shape->input_px_bytes = focal->input->layers[0].px_bytes[focal->plane];
    shape->halo_px = focal->halo_px;
    shape->focal_px_bytes = shape->input_px_bytes + shape->px_bytes;
    if (layer->packed && layer->n_planes > 1)
        shape->held_bytes += (uint64_t)layer->source_block_w_px *
                             (uint64_t)layer->source_block_h_px *
                             (uint64_t)layer->n_planes * shape->input_px_bytes;
}

static void describe_levels(const struct rt_image_pass *pass,
                            struct rt_copy_levels *levels)
{
    const struct rt_image_pyramid *pyramid = pass->copy->pyramid;

    levels->n = count_levels(pass);
    for (int32_t i = 0; i < levels->n && i < RT_COPY_MAX_LEVELS; i++) {
        levels->w_px[i] = rt_tile_format_raster_w_px(pyramid->formats[i + 1]);
        levels->h_px[i] = rt_tile_format_raster_h_px(pyramid->formats[i + 1]);
    }
    levels->reach_px = pyramid->reach_px;
    levels->work_bytes = pyramid->work_bytes;
}

/* The mask is read along with the planes, by a decoder of its own unless it is
 * a band. */
static void describe_mask(const struct rt_image_pass *pass,
                          struct rt_copy_shape *shape)
{
    const struct rt_copy_layer *layer =
        rt_copy_source_layer(pass->copy->source, true);

    shape->px_bytes += 1;
    if (mask_is_band(pass) && layer->interleaved)
        return;
    shape->held_px_bytes += layer->held_px_bytes;
    shape->held_bytes += layer->held_bytes;
    shape->parallel = shape->parallel && layer->parallel && !layer->on_caller;
}

static void describe_shape(const struct rt_image_pass *pass,
                           struct rt_copy_shape *shape)
{
    const struct rt_image_copy *copy = pass->copy;
    const struct rt_copy_layer *layer =
        rt_copy_source_layer(copy->source, copy->masks);

    *shape = (struct rt_copy_shape){
        .w_px = layer->w_px,
        .h_px = layer->h_px,
        .source_block_w_px = layer->source_block_w_px,
        .source_block_h_px = layer->source_block_h_px,
        .source_block_x_px = layer->source_block_x_px,
        .source_block_y_px = layer->source_block_y_px,
        .tile_w_px = rt_tile_format_w_px(copy->format),
        .tile_h_px = rt_tile_format_h_px(copy->format),
        .access = layer->access,
        .parallel = layer->parallel,
        .most_reads = layer->most_reads,
        .px_bytes = (uint64_t)pass->n_planes *
                    rt_tile_format_sample_bytes(copy->format),
        .held_px_bytes = layer->held_px_bytes,
        .held_bytes = layer->held_bytes};
    if (!layer->interleaved)
        shape->held_px_bytes =
            (layer->held_px_bytes * (uint64_t)count_read_planes(pass) +
             (uint64_t)layer->n_planes - 1) /
            (uint64_t)layer->n_planes;
    if (copy->pyramid != NULL)
        describe_levels(pass, &shape->levels);
    if (rt_image_has_masks(pass))
        describe_mask(pass, shape);
    if (copy->focal != NULL)
        describe_focal(copy->focal, layer, shape);
}

/* Bytes held by the caller, by the file's offsets, and by the sources. */
static uint64_t other_bytes(const struct rt_image_pass *pass)
{
    const struct rt_image_copy *copy = pass->copy;
    uint64_t bytes =
        copy->other_bytes + array_bytes(copy) +
        rt_copy_source_layer(copy->source, copy->masks)->fixed_bytes;

    if (rt_image_has_masks(pass) && !mask_is_band(pass))
        bytes += rt_copy_source_layer(copy->source, true)->fixed_bytes;
    return bytes;
}

static struct rt_copy_limits find_limits(const struct rt_image_pass *pass)
{
    const struct rt_image_copy *copy = pass->copy;
    const struct rt_copy_limits limits = {.budget_bytes = copy->budget_bytes,
                                          .max_workers = copy->n_workers,
                                          .worker_bytes = state_bytes(pass),
                                          .encode_bytes = encoded_bytes(pass),
                                          .spill_bytes = copy->spill_bytes,
                                          .other_bytes = other_bytes(pass),
                                          .any_order = copy->pyramid != NULL};

    return limits;
}

/* Whether all decoders of the source could work at the same time. */
static bool all_decode(const struct rt_image_pass *pass)
{
    const struct rt_copy_plan *plan = &pass->plan;
    const struct rt_copy_shape *shape = &plan->shape;
    const uint64_t run_bytes = (uint64_t)shape->source_block_w_px *
                               (uint64_t)shape->source_block_h_px *
                               (shape->px_bytes + shape->held_px_bytes);
    const uint64_t left_bytes = pass->copy->budget_bytes - plan->peak_bytes;

    return shape->most_reads <= 1 ||
           (plan->overlap &&
            left_bytes / run_bytes + 1 >= (uint64_t)shape->most_reads);
}

/* Whether to continue planning. */
static bool go_on(void *context)
{
    const struct rt_image_pass *pass = context;
    const struct rt_image_copy *copy = pass->copy;

    return copy->progress(copy->context, (double)pass->number / pass->n_passes);
}

/* Uses the kept plan if it was made for the same input; otherwise makes one. */
static enum rt_status find_plan(struct rt_image_pass *pass,
                                const struct rt_copy_shape *shape,
                                struct rt_copy_limits *limits,
                                struct rt_error *err)
{
    struct rt_image_plan *kept = &pass->kept;
    enum rt_status status;

    pass->least_bytes = 0;
    if (kept->found &&
        rt_copy_plan_same_input(&kept->shape, &kept->limits, shape, limits)) {
        pass->plan = kept->plan;
        return RT_OK;
    }
    if (pass->copy->progress != NULL)
        limits->go_on = go_on;
    limits->context = pass;
    CPLDebug("RETILE", "searching for a plan for %d x %d pixels", shape->w_px,
             shape->h_px);
    status =
        rt_copy_plan_make(shape, limits, &pass->plan, &pass->least_bytes, err);
    kept->found = status == RT_OK;
    kept->shape = *shape;
    kept->limits = *limits;
    kept->plan = pass->plan;
    return status;
}

static enum rt_status make_plan(struct rt_image_pass *pass,
                                struct rt_error *err)
{
    const struct rt_image_copy *copy = pass->copy;
    struct rt_copy_limits limits;
    struct rt_copy_shape shape;
    enum rt_status status;

    do {
        limits = find_limits(pass);
        describe_shape(pass, &shape);
        status = find_plan(pass, &shape, &limits, err);
    } while (
        (status == RT_ERR_ARGUMENT || (status == RT_OK && !all_decode(pass))) &&
        !copy->masks && rt_copy_source_shrink(copy->source));
    return status;
}

static enum rt_status set_pass(struct rt_image_pass *pass,
                               const struct rt_image_copy *copy, int32_t number,
                               struct rt_error *err)
{
    pass->copy = copy;
    pass->number = number;
    pass->n_passes = count_passes(copy);
    pass->planes = copy->planes;
    pass->n_planes = copy->n_planes;
    pass->first_chunk = 0;
    pass->n_chunks = planes_apart(copy) ? copy->n_planes : 1;
    if (pass->n_passes > 1) {
        pass->planes = copy->planes + number;
        pass->n_planes = pass->n_chunks = 1;
        pass->first_chunk = number;
    }
    return make_plan(pass, err);
}

static enum rt_status read_mask(const struct rt_image_pass *pass,
                                int32_t worker, const struct rt_window *window,
                                void *pixels, struct rt_error *err)
{
    static const int32_t shared = 0;

    return rt_copy_source_read(pass->copy->source, worker, true, &shared, 1,
                               window, pixels, err);
}

static enum rt_status decode(void *context, int32_t worker,
                             const struct rt_window *window, void *pixels,
                             struct rt_error *err)
{
    const struct rt_image_pass *pass = context;
    const struct rt_focal *focal = pass->copy->focal;
    const uint64_t plane_bytes =
        rt_window_area(window) *
        rt_tile_format_sample_bytes(pass->copy->format);
    enum rt_status status;

    if (mask_is_band(pass))
        return rt_copy_source_read_with_mask(pass->copy->source, worker,
                                             pass->planes, pass->n_planes,
                                             window, pixels, err);
    status = rt_copy_source_read(pass->copy->source, worker, pass->copy->masks,
                                 focal != NULL ? &focal->plane : pass->planes,
                                 count_read_planes(pass), window, pixels, err);
    if (status == RT_OK && rt_image_has_masks(pass))
        status = read_mask(pass, worker, window,
                           (unsigned char *)pixels +
                               (uint64_t)pass->n_planes * plane_bytes,
                           err);
    return status;
}

static bool progress(void *context, double done)
{
    const struct rt_image_pass *pass = context;

    if (pass->copy->progress == NULL)
        return true;
    return pass->copy->progress(pass->copy->context,
                                (pass->number + done) / pass->n_passes);
}

static void report_plan(const struct rt_image_pass *pass)
{
    char text[1024];

    if (pass->copy->on_debug == NULL || pass->number > 0)
        return;
    rt_copy_plan_describe(&pass->plan, text, sizeof(text));
    pass->copy->on_debug(pass->copy->context, text);
}

/* Whether any layer has to be read on the caller's thread. */
static bool on_caller(const struct rt_image_pass *pass)
{
    const struct rt_copy_source *source = pass->copy->source;

    return rt_copy_source_layer(source, pass->copy->masks)->on_caller ||
           (rt_image_has_masks(pass) &&
            rt_copy_source_layer(source, true)->on_caller);
}

static enum rt_status run_pass(struct rt_image_pass *pass, struct rt_pool *pool,
                               struct rt_image_result *result,
                               struct rt_error *err)
{
    const struct rt_image_copy *copy = pass->copy;
    const struct rt_copy_layer *layer =
        rt_copy_source_layer(copy->source, copy->masks);
    const struct rt_copy_io io = {pass, decode, rt_image_encode, rt_image_write,
                                  progress};
    const struct rt_copy_job job = {
        .plan = &pass->plan,
        .io = &io,
        .layout = {pass->n_planes, rt_tile_format_sample_bytes(copy->format),
                   !planes_apart(copy),
                   copy->focal == NULL && !mask_is_band(pass) &&
                       rt_copy_layer_packs(layer, pass->planes, pass->n_planes),
                   rt_image_has_masks(pass)},
        .focal = copy->focal,
        .reducer = count_levels(pass) > 0 ? copy->pyramid->reducer : NULL,
        .budget_bytes = copy->budget_bytes,
        .encoded_bytes = encoded_bytes(pass),
        .spill_folder = copy->spill_folder,
        .spill_bytes = copy->spill_bytes,
        .on_caller = on_caller(pass)};
    struct rt_copy_result one;
    enum rt_status status;

    report_plan(pass);
    status = rt_copy_run(&job, pool, &one, err);
    result->raster_px +=
        (uint64_t)pass->plan.shape.w_px * (uint64_t)pass->plan.shape.h_px;
    result->decoded_px += one.decoded_px;
    result->spilled_bytes += one.spilled_bytes;
    if (one.peak_bytes > result->peak_bytes)
        result->peak_bytes = one.peak_bytes;
    return status;
}

static enum rt_status open_tiles(struct rt_image_pass *pass,
                                 struct rt_error *err)
{
    const struct rt_image_copy *copy = pass->copy;
    enum rt_status status;

    if (copy->pyramid != NULL)
        return RT_OK;
    status = rt_tiff_tiles_open(copy->path, copy->directory, &pass->tiles, err);
    if (status == RT_OK && copy->mask != NULL)
        status = rt_tiff_tiles_open(copy->mask->path, copy->mask->directory,
                                    &pass->mask_tiles, err);
    return status;
}

/* Frees the tiles of one file, also on failure. */
static enum rt_status close_tiles(struct rt_tiff_tiles *tiles,
                                  enum rt_status status, struct rt_error *err)
{
    if (tiles != NULL && status == RT_OK)
        return rt_tiff_tiles_close(tiles, err);
    rt_tiff_tiles_abandon(tiles);
    return status;
}

static enum rt_status run_passes(struct rt_image_pass *pass,
                                 struct rt_pool *pool,
                                 struct rt_image_result *result,
                                 struct rt_error *err)
{
    const struct rt_image_copy *copy = pass->copy;
    enum rt_status status = open_tiles(pass, err);

    for (int32_t i = 0; status == RT_OK && i < pass->n_passes; i++) {
        if (copy->planes[i] < 0)
            continue;
        status = set_pass(pass, copy, i, err);
        if (status == RT_OK)
            status = run_pass(pass, pool, result, err);
    }
    status = close_tiles(pass->tiles, status, err);
    return close_tiles(pass->mask_tiles, status, err);
}

enum rt_status rt_image_copy_check(struct rt_image_copy *copy,
                                   uint64_t *least_bytes, struct rt_error *err)
{
    struct rt_image_pass pass = {.kept = copy->kept};
    const enum rt_status status = set_pass(&pass, copy, 0, err);

    copy->kept = pass.kept;
    copy->kept.limits.go_on = NULL;
    copy->kept.limits.context = NULL;
    *least_bytes = status == RT_ERR_ARGUMENT ? pass.least_bytes : 0;
    return status;
}

enum rt_status rt_image_copy_run(const struct rt_image_copy *copy,
                                 struct rt_image_result *result,
                                 struct rt_error *err)
{
    struct rt_image_pass pass = {.kept = copy->kept};
    struct rt_pool *pool;
    enum rt_status status = set_pass(&pass, copy, 0, err);

    memset(result, 0, sizeof(*result));
    if (status != RT_OK)
        return status;
    pool = rt_pool_acquire(copy->n_workers);
    pass.encoders = calloc(2 * (size_t)copy->n_workers, sizeof(*pass.encoders));
    if (pool == NULL || pass.encoders == NULL)
        status = rt_error_set(err, RT_ERR_MEMORY, "out of memory or threads");
    else
        status = run_passes(&pass, pool, result, err);
    for (int32_t i = 0; pass.encoders != NULL && i < 2 * copy->n_workers; i++) {
        rt_image_drop_encoder(&pass.encoders[i]);
        result->clamped |= pass.encoders[i].clamped;
    }
    free(pass.encoders);
    rt_pool_release(pool);
    return status;
}
