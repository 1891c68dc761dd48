/* decode.c - decodes a run and copies it into tiles. */
#include <stdlib.h>

#include "core/base/min_max.h"
#include "core/base/pages.h"
#include "core/copy/internal.h"

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

/* How many tiles in memory have no buffer yet, so that this step may have to
 * take one for each. A run that is decoded at the same time may take it
 * first. */
static int64_t count_unbegun_locked(const struct rt_copy *copy,
                                    const struct rt_copy_step *step)
{
    const struct rt_copy_row *rows = copy->tables[0].rows;
    int64_t n = 0;

    for (int32_t row = step->rows.begin; row < step->rows.end; row++)
        for (int32_t col = step->cols.begin; col < step->cols.end; col++)
            n += !on_disk(copy, col) &&
                 !rt_copy_plan_direct(copy->plan, col, row) &&
                 (rows[row].tiles == NULL ||
                  rows[row].tiles[col].pixels == NULL);
    return n;
}

void rt_copy_set_phases_locked(struct rt_copy *copy,
                               const struct rt_copy_worker *worker,
                               struct rt_copy_decode *task)
{
    struct rt_copy_phases *phases = &task->phases;

    task->n_unbegun = count_unbegun_locked(copy, &task->step);
    *phases =
        rt_copy_plan_phases(copy->plan, &task->step,
                            (uint64_t)task->n_unbegun * copy->plan->tile_bytes);
    phases->decode_bytes -= worker->held_bytes;
    task->reserved_bytes =
        rt_max_u64(phases->decode_bytes,
                   rt_max_u64(phases->apply_bytes, phases->scatter_bytes));
}

static enum rt_status scatter_to_tile(struct rt_copy *copy,
                                      struct rt_copy_decode *task,
                                      uint64_t number,
                                      const struct rt_copy_run_buffer *run,
                                      void *piece_buffer, struct rt_error *err)
{
    const struct rt_copy_table *table = &copy->tables[0];
    const struct rt_copy_tile tile = rt_copy_tile_of(copy, table, number);
    const struct rt_window whole = rt_copy_whole_tile(copy, &tile);
    const struct rt_copy_delivered delivered = {
        task->step.run_col, task->step.run_row, run->window, run->pixels,
        &copy->job->layout};
    struct rt_copy_tile_state *state;
    struct rt_window part;
    unsigned char *pixels;
    enum rt_status status;
    bool fresh;

    pthread_mutex_lock(&copy->lock);
    state = rt_copy_tile_at_locked(table, tile.col, tile.row);
    pthread_mutex_unlock(&copy->lock);
    if (rt_copy_on_disk(state))
        return rt_copy_write_piece(copy, state, &tile, &delivered, piece_buffer,
                                   err);
    status = rt_copy_tile_buffer(copy, state, &pixels, &fresh, err);
    if (status == RT_OK)
        task->n_unbegun -= fresh;
    if (status == RT_OK &&
        rt_window_intersect(&tile.window, &run->window, &part))
        rt_copy_pixels_scatter(&copy->job->layout, &part, &run->window,
                               run->pixels, &whole, pixels);
    return status;
}

static enum rt_status scatter(struct rt_copy *copy, struct rt_copy_decode *task,
                              const struct rt_copy_run_buffer *run,
                              struct rt_error *err)
{
    const struct rt_copy_step *step = &task->step;
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
                status = scatter_to_tile(
                    copy, task, rt_copy_number(&copy->tables[0], col, row), run,
                    buffer, err);
    rt_pages_free(buffer, buffer_bytes);
    return status;
}

/* Counts one more delivered run for each tile of the step. */
static bool account_locked(struct rt_copy *copy,
                           const struct rt_copy_step *step,
                           struct rt_copy_run_buffer *run)
{
    struct rt_copy_table *table = &copy->tables[0];
    bool good = true;

    for (int32_t row = step->rows.begin; row < step->rows.end; row++)
        for (int32_t col = step->cols.begin; col < step->cols.end; col++) {
            if (rt_copy_plan_direct(copy->plan, col, row)) {
                rt_copy_tile_at_locked(table, col, row)->run = run;
                run->n_tiles++;
            }
            good = rt_copy_deliver_locked(table, col, row) && good;
        }
    copy->decoded_px += rt_window_area(&step->input);
    return good;
}

static enum rt_status decode_plain(struct rt_copy *copy, int32_t worker,
                                   const struct rt_copy_step *step,
                                   struct rt_copy_run_buffer *run,
                                   struct rt_error *err)
{
    run->pixels = rt_pages_alloc(run->bytes);
    if (run->pixels == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    return rt_copy_decode_window(copy, worker, &step->input, run->pixels, err);
}

static enum rt_status decode(struct rt_copy *copy, int32_t worker,
                             struct rt_copy_decode *task,
                             struct rt_copy_run_buffer *run,
                             struct rt_error *err)
{
    const struct rt_copy_step *step = &task->step;
    enum rt_status status;

    run->window = step->window;
    run->bytes = rt_window_area(&step->window) * copy->plan->shape.px_bytes;
    if (copy->job->focal != NULL)
        status = rt_copy_decode_focal(copy, worker, task, run, err);
    else
        status = decode_plain(copy, worker, step, run, err);
    rt_copy_give_back_to(copy, task, task->phases.scatter_bytes);
    if (status == RT_OK && run->bytes > 0)
        status = scatter(copy, task, run, err);
    rt_budget_release(copy->budget,
                      piece_buffer_bytes(copy, step) +
                          (uint64_t)task->n_unbegun * copy->plan->tile_bytes);
    return status;
}

enum rt_status rt_copy_decode_step(struct rt_copy *copy, int32_t worker,
                                   struct rt_copy_decode *task,
                                   struct rt_error *err)
{
    struct rt_copy_run_buffer *run = calloc(1, sizeof(*run));
    enum rt_status status;
    bool kept = false;

    if (run == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status = decode(copy, worker, task, run, err);
    if (status == RT_OK) {
        pthread_mutex_lock(&copy->lock);
        if (!account_locked(copy, &task->step, run))
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
