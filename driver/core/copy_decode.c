/* copy_decode.c - a run is decoded and scattered. */
#include <stdlib.h>

#include "core/copy_engine_internal.h"
#include "core/pages.h"

static bool on_disk(const struct rt_copy *copy, int32_t col)
{
    return col >= copy->plan->memory_cols;
}

static uint64_t piece_buffer_bytes(const struct rt_copy *copy,
                                   const struct rt_copy_step *step)
{
    return step->cols.end > copy->plan->memory_cols ? copy->plan->tile_bytes
                                                    : 0;
}

struct rt_copy_step_bytes
rt_copy_step_bytes_locked(struct rt_copy *copy,
                          const struct rt_copy_worker *worker,
                          const struct rt_copy_step *step)
{
    const struct rt_copy_plan *plan = copy->plan;
    const uint64_t area = rt_window_area(&step->window);
    const uint64_t run = area * plan->shape.px_bytes;
    const uint64_t decode = run + area * plan->shape.held_px_bytes +
                            plan->shape.held_bytes - worker->held_bytes;
    uint64_t scatter = run + piece_buffer_bytes(copy, step);
    struct rt_copy_step_bytes bytes;

    for (int32_t row = step->rows.begin; row < step->rows.end; row++)
        for (int32_t col = step->cols.begin; col < step->cols.end; col++)
            if (!on_disk(copy, col) && !rt_copy_plan_direct(plan, col, row) &&
                (copy->rows[row] == NULL ||
                 copy->rows[row][col].state == RT_COPY_ABSENT))
                scatter += plan->tile_bytes;
    bytes.reserved = decode > scatter ? decode : scatter;
    bytes.given_back = bytes.reserved - scatter;
    return bytes;
}

/* The buffer of a tile that is assembled in memory. */
static enum rt_status tile_buffer(struct rt_copy *copy,
                                  struct rt_copy_tile_state *state,
                                  unsigned char **pixels, struct rt_error *err)
{
    unsigned char *fresh;

    pthread_mutex_lock(&copy->lock);
    *pixels = state->pixels;
    pthread_mutex_unlock(&copy->lock);
    if (*pixels != NULL)
        return RT_OK;
    fresh = rt_pages_alloc(copy->plan->tile_bytes);
    if (fresh == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    pthread_mutex_lock(&copy->lock);
    if (state->pixels == NULL) {
        state->pixels = fresh;
        fresh = NULL;
    }
    *pixels = state->pixels;
    pthread_mutex_unlock(&copy->lock);
    rt_pages_free(fresh, copy->plan->tile_bytes);
    return RT_OK;
}

static enum rt_status scatter_to_tile(struct rt_copy *copy, uint64_t number,
                                      const struct rt_copy_run_buffer *run,
                                      void *piece_buffer, struct rt_error *err)
{
    const struct rt_copy_tile tile = rt_copy_tile_of(copy, number);
    const struct rt_window frame = rt_copy_frame(copy, &tile);
    struct rt_copy_tile_state *state;
    struct rt_window part;
    unsigned char *pixels;
    enum rt_status status;

    pthread_mutex_lock(&copy->lock);
    state = rt_copy_tile_at_locked(copy, tile.col, tile.row);
    pthread_mutex_unlock(&copy->lock);
    if (on_disk(copy, tile.col))
        return rt_copy_write_piece(copy, state, &tile, &run->window,
                                   run->pixels, piece_buffer, err);
    status = tile_buffer(copy, state, &pixels, err);
    if (status == RT_OK &&
        rt_window_intersect(&tile.window, &run->window, &part))
        rt_copy_pixels_scatter(&copy->job->layout, &part, &run->window,
                               run->pixels, &frame, pixels);
    return status;
}

static enum rt_status scatter(struct rt_copy *copy,
                              const struct rt_copy_step *step,
                              const struct rt_copy_run_buffer *run,
                              struct rt_error *err)
{
    const uint64_t buffer_bytes = piece_buffer_bytes(copy, step);
    void *buffer = NULL;
    enum rt_status status = RT_OK;

    if (buffer_bytes > 0) {
        buffer = rt_pages_alloc(buffer_bytes);
        if (buffer == NULL)
            return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
    for (int32_t row = step->rows.begin; row < step->rows.end; row++)
        for (int32_t col = step->cols.begin;
             status == RT_OK && col < step->cols.end; col++)
            if (!rt_copy_plan_direct(copy->plan, col, row))
                status = scatter_to_tile(copy, rt_copy_number(copy, col, row),
                                         run, buffer, err);
    rt_pages_free(buffer, buffer_bytes);
    return status;
}

/* One more run of each tile has come. */
static bool account_locked(struct rt_copy *copy,
                           const struct rt_copy_step *step,
                           struct rt_copy_run_buffer *run)
{
    bool good = true;

    for (int32_t row = step->rows.begin; row < step->rows.end; row++)
        for (int32_t col = step->cols.begin; col < step->cols.end; col++) {
            struct rt_copy_tile_state *state =
                rt_copy_tile_at_locked(copy, col, row);

            if (rt_copy_plan_direct(copy->plan, col, row)) {
                state->run = run;
                run->n_tiles++;
            }
            if (--state->pieces_left > 0)
                continue;
            state->state = RT_COPY_READY;
            good = rt_copy_push_ready_locked(copy,
                                             rt_copy_number(copy, col, row)) &&
                   good;
        }
    copy->decoded_px += rt_window_area(&step->window);
    return good;
}

static enum rt_status decode(struct rt_copy *copy, int32_t worker,
                             const struct rt_copy_step *step,
                             uint64_t given_back,
                             struct rt_copy_run_buffer *run,
                             struct rt_error *err)
{
    const struct rt_copy_io *io = copy->job->io;
    enum rt_status status;

    run->window = step->window;
    run->bytes = rt_window_area(&step->window) * copy->plan->shape.px_bytes;
    run->pixels = rt_pages_alloc(run->bytes);
    if (run->pixels == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status = io->decode(io->context, worker, &step->window, run->pixels, err);
    rt_budget_release(copy->budget, given_back);
    if (status == RT_OK)
        status = scatter(copy, step, run, err);
    rt_budget_release(copy->budget, piece_buffer_bytes(copy, step));
    return status;
}

enum rt_status rt_copy_decode_step(struct rt_copy *copy, int32_t worker,
                                   const struct rt_copy_step *step,
                                   uint64_t given_back, struct rt_error *err)
{
    struct rt_copy_run_buffer *run = calloc(1, sizeof(*run));
    enum rt_status status;
    bool kept = false;

    if (run == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status = decode(copy, worker, step, given_back, run, err);
    if (status == RT_OK) {
        pthread_mutex_lock(&copy->lock);
        if (!account_locked(copy, step, run))
            status = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
        kept = run->n_tiles > 0;
        pthread_mutex_unlock(&copy->lock);
    }
    if (kept)
        return status;
    rt_pages_free(run->pixels, run->bytes);
    rt_budget_release(copy->budget, run->bytes);
    free(run);
    return status;
}
