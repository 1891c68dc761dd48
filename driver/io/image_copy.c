/* image_copy.c - see image_copy.h.
 *
 * What a worker hands to the writer is a list of chunks, one for each plane
 * that the file keeps apart, and one for the mask: their sizes, 8 bytes each,
 * and then their bytes. A chunk of no bytes is a tile that stays absent.
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
    int32_t n_chunks;    /* masks apart */
    int32_t number, n_passes;
    struct image_encoder *encoders; /* two by worker: of planes, of masks */
    struct rt_tiff_tiles *tiles;    /* NULL where there is a pyramid */
};

/* A worker's, for the level that it was last at. */
struct image_encoder {
    const struct rt_tile_format *format;
    struct rt_tile_encoder *encoder;
    bool clamped;
};

static void drop_encoder(struct image_encoder *encoder)
{
    if (encoder->encoder != NULL)
        encoder->clamped |= rt_tile_encoder_clamped(encoder->encoder);
    rt_tile_encoder_destroy(encoder->encoder);
    encoder->encoder = NULL;
}

static bool planes_apart(const struct rt_image_copy *copy)
{
    return rt_tile_format_planes(copy->format) > 1;
}

static int32_t count_passes(const struct rt_image_copy *copy)
{
    const struct rt_copy_layer *layer =
        rt_copy_source_layer(copy->source, copy->masks);

    return planes_apart(copy) && !layer->interleaved && copy->focal == NULL &&
                   copy->pyramid == NULL
               ? copy->n_planes
               : 1;
}

/* Of the source, in one pass. */
static int32_t count_read_planes(const struct pass *pass)
{
    return pass->copy->focal != NULL ? 1 : pass->n_planes;
}

static bool has_masks(const struct pass *pass)
{
    return pass->copy->pyramid != NULL && pass->copy->pyramid->masks != NULL;
}

static int32_t count_levels(const struct pass *pass)
{
    return pass->copy->pyramid != NULL ? pass->copy->pyramid->n_levels : 0;
}

static const struct rt_tile_format *format_of(const struct pass *pass,
                                              int32_t level, bool mask)
{
    const struct rt_image_pyramid *pyramid = pass->copy->pyramid;

    if (mask)
        return pyramid->masks[level];
    return pyramid != NULL ? pyramid->formats[level] : pass->copy->format;
}

static uint64_t header_bytes(const struct pass *pass)
{
    return (uint64_t)(pass->n_chunks + has_masks(pass)) * sizeof(uint64_t);
}

/* The most of all levels. */
static uint64_t encoded_bytes(const struct pass *pass)
{
    uint64_t most = 0;

    for (int32_t i = 0; i <= count_levels(pass); i++) {
        uint64_t bytes = (uint64_t)pass->n_chunks *
                         rt_tile_format_bound_bytes(format_of(pass, i, false));

        if (has_masks(pass))
            bytes += rt_tile_format_bound_bytes(format_of(pass, i, true));
        if (bytes > most)
            most = bytes;
    }
    return header_bytes(pass) + most;
}

static uint64_t state_bytes(const struct pass *pass)
{
    uint64_t most = 0;

    for (int32_t i = 0; i <= count_levels(pass); i++) {
        uint64_t bytes = rt_tile_format_state_bytes(format_of(pass, i, false));

        if (has_masks(pass))
            bytes += rt_tile_format_state_bytes(format_of(pass, i, true));
        if (bytes > most)
            most = bytes;
    }
    return most;
}

/* What the offsets of the file's tiles take out of the budget. Whoever makes
 * a pyramid counts its own. */
static uint64_t array_bytes(const struct rt_image_copy *copy)
{
    const struct rt_tile_format *format = copy->format;

    if (copy->pyramid != NULL)
        return 0;
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

static void describe_levels(const struct pass *pass,
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

/* The mask is read beside the planes, with a decoder of its own. */
static void describe_mask(const struct pass *pass, struct rt_copy_shape *shape)
{
    const struct rt_copy_layer *layer =
        rt_copy_source_layer(pass->copy->source, true);

    shape->px_bytes += 1;
    shape->held_px_bytes += layer->held_px_bytes;
    shape->held_bytes += layer->held_bytes;
    shape->parallel = shape->parallel && layer->parallel;
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
    if (copy->pyramid != NULL)
        describe_levels(pass, &shape->levels);
    if (has_masks(pass))
        describe_mask(pass, shape);
    if (copy->focal != NULL)
        describe_focal(copy->focal, layer, shape);
}

/* The caller's, the file's, and those of the source. */
static uint64_t other_bytes(const struct pass *pass)
{
    const struct rt_image_copy *copy = pass->copy;
    uint64_t bytes =
        copy->other_bytes + array_bytes(copy) +
        rt_copy_source_layer(copy->source, copy->masks)->fixed_bytes;

    if (has_masks(pass))
        bytes += rt_copy_source_layer(copy->source, true)->fixed_bytes;
    return bytes;
}

static enum rt_status make_plan(struct pass *pass, struct rt_error *err)
{
    const struct rt_image_copy *copy = pass->copy;
    const struct rt_copy_limits limits = {.budget_bytes = copy->budget_bytes,
                                          .max_workers = copy->n_workers,
                                          .worker_bytes = state_bytes(pass),
                                          .encode_bytes = encoded_bytes(pass),
                                          .spill_bytes = copy->spill_bytes,
                                          .other_bytes = other_bytes(pass),
                                          .any_order = copy->pyramid != NULL};
    struct rt_copy_shape shape;
    uint64_t least_bytes;
    enum rt_status status;

    do {
        describe_shape(pass, &shape);
        status =
            rt_copy_plan_make(&shape, &limits, &pass->plan, &least_bytes, err);
    } while (status == RT_ERR_ARGUMENT && !copy->masks &&
             rt_copy_source_shrink(copy->source));
    return status;
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

static enum rt_status read_mask(const struct pass *pass, int32_t worker,
                                const struct rt_window *window, void *pixels,
                                struct rt_error *err)
{
    static const int32_t shared = 0;

    return rt_copy_source_read(pass->copy->source, worker, true, &shared, 1,
                               window, pixels, err);
}

static enum rt_status decode(void *context, int32_t worker,
                             const struct rt_window *window, void *pixels,
                             struct rt_error *err)
{
    const struct pass *pass = context;
    const struct rt_focal *focal = pass->copy->focal;
    const uint64_t plane_bytes =
        rt_window_area(window) *
        rt_tile_format_sample_bytes(pass->copy->format);
    enum rt_status status =
        rt_copy_source_read(pass->copy->source, worker, pass->copy->masks,
                            focal != NULL ? &focal->plane : pass->planes,
                            count_read_planes(pass), window, pixels, err);

    if (status == RT_OK && has_masks(pass))
        status = read_mask(pass, worker, window,
                           (unsigned char *)pixels +
                               (uint64_t)pass->n_planes * plane_bytes,
                           err);
    return status;
}

/* The worker's encoder for planes or masks of a level. Their contexts are made
 * anew where the level changes. */
static enum rt_status encoder_for(const struct pass *pass, int32_t worker,
                                  int32_t level, bool mask,
                                  struct image_encoder **found,
                                  struct rt_error *err)
{
    const struct rt_tile_format *format = format_of(pass, level, mask);
    struct image_encoder *encoder = &pass->encoders[2 * worker + mask];

    *found = encoder;
    if (encoder->encoder != NULL && encoder->format == format)
        return RT_OK;
    drop_encoder(encoder);
    encoder->format = format;
    return rt_tile_encoder_create(format, &encoder->encoder, err);
}

/* Where chunks are encoded to: behind each other. */
struct chunks {
    const struct rt_copy_tile *tile;
    unsigned char *encoded;
    int32_t n;   /* encoded so far */
    uint64_t at; /* of the next one's bytes */
};

static enum rt_status encode_chunk(struct chunks *chunks,
                                   struct image_encoder *encoder, int32_t plane,
                                   void *pixels, struct rt_error *err)
{
    const struct rt_copy_tile *tile = chunks->tile;
    enum rt_status status;
    uint64_t n = 0;

    rt_tile_encoder_at(encoder->encoder, tile->col, tile->row, plane);
    status = rt_tile_encoder_encode(encoder->encoder, pixels, tile->window.w_px,
                                    tile->window.h_px,
                                    chunks->encoded + chunks->at, &n, err);
    memcpy(chunks->encoded + (size_t)chunks->n * sizeof(n), &n, sizeof(n));
    chunks->at += n;
    chunks->n++;
    return status;
}

static enum rt_status encode_chunks(const struct pass *pass, int32_t worker,
                                    struct chunks *chunks,
                                    unsigned char *pixels, struct rt_error *err)
{
    const int32_t level = chunks->tile->level;
    const uint64_t px =
        (uint64_t)pass->plan.x.tile_px * (uint64_t)pass->plan.y.tile_px;
    const uint64_t planes_bytes =
        px * (uint64_t)pass->n_planes *
        rt_tile_format_sample_bytes(pass->copy->format);
    struct image_encoder *encoder;
    enum rt_status status =
        encoder_for(pass, worker, level, false, &encoder, err);

    for (int32_t i = 0; status == RT_OK && i < pass->n_chunks; i++)
        status = encode_chunk(
            chunks, encoder, pass->first_chunk + i,
            pixels + (uint64_t)i * (planes_bytes / (uint64_t)pass->n_chunks),
            err);
    if (status != RT_OK || !has_masks(pass))
        return status;
    status = encoder_for(pass, worker, level, true, &encoder, err);
    if (status == RT_OK)
        status = encode_chunk(chunks, encoder, 0, pixels + planes_bytes, err);
    return status;
}

static enum rt_status encode(void *context, int32_t worker,
                             const struct rt_copy_tile *tile, void *pixels,
                             void *encoded, uint64_t *n_bytes,
                             struct rt_error *err)
{
    const struct pass *pass = context;
    const struct rt_image_pyramid *pyramid = pass->copy->pyramid;
    struct chunks chunks = {tile, encoded, 0, header_bytes(pass)};
    enum rt_status status = RT_OK;

    if (pyramid != NULL && pyramid->look != NULL && tile->level == 0)
        status = pyramid->look(pyramid->context, tile, pixels, err);
    if (status == RT_OK)
        status = encode_chunks(pass, worker, &chunks, pixels, err);

    if (!pass->plan.overlap) {
        drop_encoder(&pass->encoders[2 * worker]);
        drop_encoder(&pass->encoders[2 * worker + 1]);
    }
    *n_bytes = chunks.at;
    return status;
}

/* number: libtiff's. */
static enum rt_status write_chunk(const struct pass *pass, int32_t level,
                                  bool mask, uint64_t number, const void *bytes,
                                  uint64_t n_bytes, struct rt_error *err)
{
    const struct rt_image_pyramid *pyramid = pass->copy->pyramid;

    if (pyramid != NULL)
        return pyramid->put(pyramid->context, level, mask, (uint32_t)number,
                            bytes, n_bytes, err);
    return rt_tiff_tiles_write(pass->tiles, (uint32_t)number, bytes, n_bytes,
                               err);
}

static enum rt_status write_tile(void *context, const struct rt_copy_tile *tile,
                                 const void *encoded, uint64_t n_bytes,
                                 struct rt_error *err)
{
    const struct pass *pass = context;
    const struct rt_tile_format *format = format_of(pass, tile->level, false);
    const uint64_t cols = (uint64_t)rt_tile_format_cols(format);
    const uint64_t n_tiles = cols * (uint64_t)rt_tile_format_rows(format);
    const uint64_t number = (uint64_t)tile->row * cols + (uint64_t)tile->col;
    const int32_t n_chunks = pass->n_chunks + has_masks(pass);
    uint64_t at = header_bytes(pass);

    for (int32_t i = 0; i < n_chunks && at < n_bytes; i++) {
        const bool mask = i == pass->n_chunks;
        const uint64_t plane = mask ? 0 : (uint64_t)(pass->first_chunk + i);
        enum rt_status status;
        uint64_t n;

        memcpy(&n, (const unsigned char *)encoded + (size_t)i * sizeof(n),
               sizeof(n));
        if (n == 0)
            continue;
        status = write_chunk(pass, tile->level, mask, plane * n_tiles + number,
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
                       rt_copy_layer_packs(layer, pass->planes, pass->n_planes),
                   has_masks(pass)},
        .focal = copy->focal,
        .reducer = count_levels(pass) > 0 ? copy->pyramid->reducer : NULL,
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
    enum rt_status status = RT_OK;

    if (copy->pyramid == NULL)
        status =
            rt_tiff_tiles_open(copy->path, copy->directory, &pass->tiles, err);
    for (int32_t i = 0; status == RT_OK && i < pass->n_passes; i++) {
        if (copy->planes[i] < 0)
            continue; /* a mask that no band has: holes, which read as 0 */
        status = set_pass(pass, copy, i, err);
        if (status == RT_OK)
            status = run_pass(pass, pool, result, err);
    }
    if (status == RT_OK && copy->pyramid == NULL)
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
    pass.encoders = calloc(2 * (size_t)copy->n_workers, sizeof(*pass.encoders));
    if (pool == NULL || pass.encoders == NULL)
        status = rt_error_set(err, RT_ERR_MEMORY, "out of memory or threads");
    else
        status = run_passes(&pass, pool, result, err);
    for (int32_t i = 0; pass.encoders != NULL && i < 2 * copy->n_workers; i++) {
        drop_encoder(&pass.encoders[i]);
        result->clamped |= pass.encoders[i].clamped;
    }
    free(pass.encoders);
    rt_pool_release(pool);
    return status;
}
