/* image_copy.c - see image_copy.h.
 *
 * What a worker hands to the writer is a list of chunks, one for each plane
 * that the file keeps apart: their sizes, 8 bytes each, and then their bytes.
 * A chunk of no bytes is a tile that stays absent.
 */
#include "io/image_copy.h"

#include <stdlib.h>
#include <string.h>

#include "io/tiff_tiles.h"
#include "io/tile_encoder.h"

/* One pass: all planes, or one of them. */
struct pass {
    const struct rt_image_copy *copy;
    struct rt_copy_plan plan;
    const int32_t *planes;
    int32_t n_planes;
    int32_t first_chunk; /* the file's plane of the first chunk */
    int32_t n_chunks;
    int32_t number, n_passes;
    struct rt_tile_encoder **encoders; /* by worker; made when first used */
    struct rt_tiff_tiles *tiles;
};

static bool planes_apart(const struct rt_image_copy *copy)
{
    return rt_tile_format_planes(copy->format) > 1;
}

static int32_t count_passes(const struct rt_image_copy *copy)
{
    const struct rt_copy_layer *layer =
        rt_copy_source_layer(copy->source, copy->masks);

    return planes_apart(copy) && !layer->interleaved && copy->focal == NULL
               ? copy->n_planes
               : 1;
}

/* Of the source, in one pass. */
static int32_t count_read_planes(const struct pass *pass)
{
    return pass->copy->focal != NULL ? 1 : pass->n_planes;
}

static uint64_t header_bytes(const struct pass *pass)
{
    return (uint64_t)pass->n_chunks * sizeof(uint64_t);
}

static uint64_t encoded_bytes(const struct pass *pass)
{
    return header_bytes(pass) +
           (uint64_t)pass->n_chunks *
               rt_tile_format_bound_bytes(pass->copy->format);
}

/* What the offsets of the file's tiles take out of the budget. */
static uint64_t array_bytes(const struct rt_image_copy *copy)
{
    const struct rt_tile_format *format = copy->format;

    return RT_TIFF_TILES_TABLE_BYTES * (uint64_t)rt_tile_format_cols(format) *
           (uint64_t)rt_tile_format_rows(format) *
           (uint64_t)rt_tile_format_planes(format);
}

/* An operator may hold what it looks at, and its result, once more: GDAL's do
 * as datasets of their own. One plane out of packed ones takes a block of all
 * of them. */
static void describe_focal(const struct rt_focal *focal,
                           const struct rt_copy_layer *layer,
                           struct rt_copy_shape *shape)
{
    shape->input_px_bytes = focal->input->layers[0].px_bytes[focal->plane];
    shape->halo_px = focal->halo_px;
    shape->focal_px_bytes = shape->input_px_bytes + shape->px_bytes;
    if (layer->packed && layer->n_planes > 1)
        shape->held_bytes += (uint64_t)layer->natural_w_px *
                             (uint64_t)layer->natural_h_px *
                             (uint64_t)layer->n_planes * shape->input_px_bytes;
}

static void describe_shape(const struct pass *pass, struct rt_copy_shape *shape)
{
    const struct rt_image_copy *copy = pass->copy;
    const struct rt_copy_layer *layer =
        rt_copy_source_layer(copy->source, copy->masks);

    *shape = (struct rt_copy_shape){
        .w_px = layer->w_px,
        .h_px = layer->h_px,
        .natural_w_px = layer->natural_w_px,
        .natural_h_px = layer->natural_h_px,
        .natural_x_px = layer->natural_x_px,
        .natural_y_px = layer->natural_y_px,
        .tile_w_px = rt_tile_format_w_px(copy->format),
        .tile_h_px = rt_tile_format_h_px(copy->format),
        .access = layer->access,
        .parallel = layer->parallel,
        .px_bytes = (uint64_t)pass->n_planes *
                    rt_tile_format_sample_bytes(copy->format),
        .held_px_bytes = layer->held_px_bytes,
        .held_bytes = layer->held_bytes};
    if (!layer->interleaved)
        shape->held_px_bytes =
            (layer->held_px_bytes * (uint64_t)count_read_planes(pass) +
             (uint64_t)layer->n_planes - 1) /
            (uint64_t)layer->n_planes;
    if (copy->focal != NULL)
        describe_focal(copy->focal, layer, shape);
}

static enum rt_status make_plan(struct pass *pass, struct rt_error *err)
{
    const struct rt_image_copy *copy = pass->copy;
    const struct rt_copy_limits limits = {
        .budget_bytes = copy->budget_bytes,
        .max_workers = copy->n_workers,
        .worker_bytes = rt_tile_format_state_bytes(copy->format),
        .encode_bytes = encoded_bytes(pass),
        .spill_bytes = copy->spill_bytes,
        .other_bytes =
            copy->other_bytes + array_bytes(copy) +
            rt_copy_source_layer(copy->source, copy->masks)->fixed_bytes};
    struct rt_copy_shape shape;
    uint64_t least_bytes;

    describe_shape(pass, &shape);
    return rt_copy_plan_make(&shape, &limits, &pass->plan, &least_bytes, err);
}

static enum rt_status set_pass(struct pass *pass,
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

static enum rt_status decode(void *context, int32_t worker,
                             const struct rt_window *window, void *pixels,
                             struct rt_error *err)
{
    const struct pass *pass = context;
    const struct rt_focal *focal = pass->copy->focal;

    return rt_copy_source_read(pass->copy->source, worker, pass->copy->masks,
                               focal != NULL ? &focal->plane : pass->planes,
                               count_read_planes(pass), window, pixels, err);
}

static enum rt_status encode(void *context, int32_t worker,
                             const struct rt_copy_tile *tile, void *pixels,
                             void *encoded, uint64_t *n_bytes,
                             struct rt_error *err)
{
    const struct pass *pass = context;
    const uint64_t chunk_pixels =
        pass->plan.tile_bytes / (uint64_t)pass->n_chunks;
    uint64_t at = header_bytes(pass);
    enum rt_status status = RT_OK;

    if (pass->encoders[worker] == NULL)
        status = rt_tile_encoder_create(pass->copy->format,
                                        &pass->encoders[worker], err);
    for (int32_t i = 0; status == RT_OK && i < pass->n_chunks; i++) {
        uint64_t n = 0;

        rt_tile_encoder_at(pass->encoders[worker], tile->col, tile->row,
                           pass->first_chunk + i);
        status = rt_tile_encoder_encode(pass->encoders[worker],
                                        (unsigned char *)pixels +
                                            (uint64_t)i * chunk_pixels,
                                        tile->window.w_px, tile->window.h_px,
                                        (unsigned char *)encoded + at, &n, err);
        memcpy((unsigned char *)encoded + (size_t)i * sizeof(n), &n, sizeof(n));
        at += n;
    }
    if (!pass->plan.overlap) {
        rt_tile_encoder_destroy(pass->encoders[worker]);
        pass->encoders[worker] = NULL;
    }
    *n_bytes = at;
    return status;
}

static enum rt_status write_tile(void *context, const struct rt_copy_tile *tile,
                                 const void *encoded, uint64_t n_bytes,
                                 struct rt_error *err)
{
    const struct pass *pass = context;
    const uint64_t n_tiles =
        (uint64_t)pass->plan.tile_cols * (uint64_t)pass->plan.tile_rows;
    const uint64_t number =
        (uint64_t)tile->row * (uint64_t)pass->plan.tile_cols +
        (uint64_t)tile->col;
    uint64_t at = header_bytes(pass);

    for (int32_t i = 0; i < pass->n_chunks && at < n_bytes; i++) {
        const uint64_t plane = (uint64_t)(pass->first_chunk + i);
        enum rt_status status;
        uint64_t n;

        memcpy(&n, (const unsigned char *)encoded + (size_t)i * sizeof(n),
               sizeof(n));
        if (n == 0)
            continue;
        status = rt_tiff_tiles_write(
            pass->tiles, (uint32_t)(plane * n_tiles + number),
            (const unsigned char *)encoded + at, n, err);
        if (status != RT_OK)
            return status;
        at += n;
    }
    return RT_OK;
}

static bool progress(void *context, double done)
{
    const struct pass *pass = context;

    if (pass->copy->progress == NULL)
        return true;
    return pass->copy->progress(pass->copy->context,
                                (pass->number + done) / pass->n_passes);
}

static void tell(const struct pass *pass)
{
    char text[1024];

    if (pass->copy->tell == NULL || pass->number > 0)
        return;
    rt_copy_plan_describe(&pass->plan, text, sizeof(text));
    pass->copy->tell(pass->copy->context, text);
}

static enum rt_status run_pass(struct pass *pass, struct rt_pool *pool,
                               struct rt_image_result *result,
                               struct rt_error *err)
{
    const struct rt_image_copy *copy = pass->copy;
    const struct rt_copy_layer *layer =
        rt_copy_source_layer(copy->source, copy->masks);
    const struct rt_copy_io io = {pass, decode, encode, write_tile, progress};
    const struct rt_copy_job job = {
        .plan = &pass->plan,
        .io = &io,
        .layout = {pass->n_planes, rt_tile_format_sample_bytes(copy->format),
                   !planes_apart(copy),
                   copy->focal == NULL &&
                       rt_copy_layer_packs(layer, pass->planes,
                                           pass->n_planes)},
        .focal = copy->focal,
        .budget_bytes = copy->budget_bytes,
        .encoded_bytes = encoded_bytes(pass),
        .spill_folder = copy->spill_folder,
        .spill_bytes = copy->spill_bytes};
    struct rt_copy_result one;
    enum rt_status status;

    tell(pass);
    status = rt_copy_run(&job, pool, &one, err);
    result->raster_px +=
        (uint64_t)pass->plan.shape.w_px * (uint64_t)pass->plan.shape.h_px;
    result->decoded_px += one.decoded_px;
    result->spilled_bytes += one.spilled_bytes;
    if (one.peak_bytes > result->peak_bytes)
        result->peak_bytes = one.peak_bytes;
    return status;
}

static enum rt_status run_passes(struct pass *pass, struct rt_pool *pool,
                                 struct rt_image_result *result,
                                 struct rt_error *err)
{
    const struct rt_image_copy *copy = pass->copy;
    enum rt_status status =
        rt_tiff_tiles_open(copy->path, copy->directory, &pass->tiles, err);

    for (int32_t i = 0; status == RT_OK && i < pass->n_passes; i++) {
        if (copy->planes[i] < 0)
            continue; /* a mask that no band has: holes, which read as 0 */
        status = set_pass(pass, copy, i, err);
        if (status == RT_OK)
            status = run_pass(pass, pool, result, err);
    }
    if (status == RT_OK)
        return rt_tiff_tiles_close(pass->tiles, err);
    rt_tiff_tiles_abandon(pass->tiles);
    return status;
}

enum rt_status rt_image_copy_check(const struct rt_image_copy *copy,
                                   struct rt_error *err)
{
    struct pass pass = {0};

    return set_pass(&pass, copy, 0, err);
}

enum rt_status rt_image_copy_run(const struct rt_image_copy *copy,
                                 struct rt_image_result *result,
                                 struct rt_error *err)
{
    struct pass pass = {0};
    struct rt_pool *pool;
    enum rt_status status = set_pass(&pass, copy, 0, err);

    memset(result, 0, sizeof(*result));
    if (status != RT_OK)
        return status;
    pool = rt_pool_acquire(copy->n_workers);
    pass.encoders = calloc((size_t)copy->n_workers, sizeof(*pass.encoders));
    if (pool == NULL || pass.encoders == NULL)
        status = rt_error_set(err, RT_ERR_MEMORY, "out of memory or threads");
    else
        status = run_passes(&pass, pool, result, err);
    for (int32_t i = 0; pass.encoders != NULL && i < copy->n_workers; i++) {
        if (pass.encoders[i] != NULL)
            result->clamped |= rt_tile_encoder_clamped(pass.encoders[i]);
        rt_tile_encoder_destroy(pass.encoders[i]);
    }
    free(pass.encoders);
    rt_pool_release(pool);
    return status;
}
