/* engine.c - which worker does what next; see engine.h.
 *
 * A worker does one task and goes back to the pool, so that two copies share
 * the pool fairly. It prefers encoding to decoding, because that frees memory.
 * If only one run can be decoded at a time, decoding comes first, so that the
 * decoder does not stand idle.
 *
 * The engine cannot stall, for these reasons:
 *
 * - What is reserved for the work of a single worker is always enough for the
 *   next step of that work.
 * - In plans that overlap, one encode has its bytes reserved throughout (the
 *   slot). Encoded tiles wait in memory only in what the plan leaves over.
 * - Runs wait for margins only of runs that began before them, and each run
 *   leaves its own margins before it waits. So the first active run waits for
 *   nobody.
 */
#include "core/copy/engine.h"

#include <stdlib.h>
#include <string.h>

#include "core/copy/internal.h"

#define PROGRESS_NS UINT64_C(100000000)
#define READY_PER_WORKER 4u

/* Opens the tiles that a step is the first to touch. */
static enum rt_status open_tiles_locked(struct rt_copy *copy,
                                        const struct rt_copy_step *step,
                                        struct rt_error *err)
{
    struct rt_copy_table *table = &copy->tables[0];
    enum rt_status status = RT_OK;

    if (!rt_copy_open_rows_locked(table, step->rows))
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    for (int32_t row = step->rows.begin; row < step->rows.end; row++)
        for (int32_t col = step->cols.begin;
             status == RT_OK && col < step->cols.end; col++)
            status = rt_copy_open_tile_locked(copy, table, col, row, err);
    return status;
}

/* A decoder keeps memory between runs, for example GDAL's block buffers or the
 * packets of a JPEG 2000 file. The plan has reserved it for one decoder. Each
 * further worker that decodes reserves it from what the plan leaves over. */
static bool become_decoder_locked(struct rt_copy *copy,
                                  struct rt_copy_worker *worker)
{
    const struct rt_copy_plan *plan = copy->plan;
    const uint64_t held = plan->shape.held_bytes;

    if (worker->decodes || !plan->shape.parallel)
        return true;
    if (copy->n_decoders > 0) {
        const uint64_t waiting =
            copy->waiting_bytes +
            (uint64_t)copy->n_encoding * copy->job->encoded_bytes;

        if (!plan->overlap || waiting > copy->wait_limit_bytes ||
            held > copy->wait_limit_bytes - waiting ||
            !rt_budget_reserve(copy->budget, held))
            return false;
        copy->wait_limit_bytes -= held;
        worker->held_bytes = held;
    }
    worker->decodes = true;
    copy->n_decoders++;
    return true;
}

/* Whether the plan allows another run to be decoded at this moment. */
static bool may_decode_locked(const struct rt_copy *copy)
{
    const struct rt_copy_plan *plan = copy->plan;

    if (copy->no_more)
        return false;
    if (!plan->overlap && (copy->n_decoding > 0 || copy->n_encoding > 0))
        return false;
    if (!plan->shape.parallel)
        return copy->n_reading == 0;
    return plan->shape.most_reads == 0 ||
           copy->n_reading < plan->shape.most_reads;
}

static bool begin_decode_locked(struct rt_copy *copy,
                                struct rt_copy_worker *worker,
                                struct rt_copy_decode *task)
{
    struct rt_error error;

    if (!may_decode_locked(copy) || !become_decoder_locked(copy, worker))
        return false;
    task->step = copy->step;
    rt_copy_set_phases_locked(copy, worker, task);
    if (!rt_budget_reserve(copy->budget,
                           task->reserved_bytes + task->step.margin_bytes))
        return false;
    if (open_tiles_locked(copy, &copy->step, &error) != RT_OK) {
        rt_copy_fail_locked(copy, &error);
        return false;
    }
    if (!rt_copy_begin_margins_locked(copy, task)) {
        (void)rt_error_set(&error, RT_ERR_MEMORY, "out of memory");
        rt_copy_fail_locked(copy, &error);
        return false;
    }
    copy->no_more = !rt_copy_plan_next(copy->plan, &copy->cursor, &copy->step);
    copy->n_decoding++;
    copy->n_reading++;
    task->reads = true;
    return true;
}

/* The bytes that encoding a tile takes. A tile assembled in memory already has
 * its buffer. */
static uint64_t encode_need(const struct rt_copy *copy,
                            const struct rt_copy_encode *encode)
{
    const uint64_t reduced = rt_copy_reduce_need(copy, &encode->tile);
    uint64_t bytes = rt_copy_encoded_buffer_bytes(copy, encode->state) +
                     copy->plan->context_bytes;

    if (reduced > bytes)
        bytes = reduced;
    if (encode->state->pixels == NULL)
        bytes += copy->plan->tile_bytes;
    return bytes;
}

/* The highest level that has a ready tile, because its memory is free
 * soonest. */
static struct rt_copy_table *ready_table_locked(const struct rt_copy *copy)
{
    for (int32_t i = copy->plan->n_levels; i >= 0; i--)
        if (copy->tables[i].n_ready > 0)
            return &copy->tables[i];
    return NULL;
}

/* Whether an encoded tile that is not the next one may wait in memory. */
static bool may_wait_locked(const struct rt_copy *copy)
{
    const uint64_t encoding =
        (uint64_t)(copy->n_encoding + 1) * copy->job->encoded_bytes;

    return copy->encoded != NULL ||
           copy->waiting_bytes + encoding <= copy->wait_limit_bytes;
}

static bool begin_encode_locked(struct rt_copy *copy,
                                struct rt_copy_encode *encode)
{
    struct rt_copy_table *table = ready_table_locked(copy);
    struct rt_error error;
    bool waits;

    if (table == NULL)
        return false;
    encode->table = table;
    encode->number = table->ready[0];
    encode->tile = rt_copy_tile_of(copy, table, encode->number);
    encode->state =
        rt_copy_tile_at_locked(table, encode->tile.col, encode->tile.row);
    waits = rt_copy_is_ordered(copy, table) && encode->number != copy->next;
    if (waits && !may_wait_locked(copy))
        return false;
    encode->reserved_bytes = encode_need(copy, encode);
    encode->has_slot = false;
    if (!rt_budget_reserve(copy->budget, encode->reserved_bytes)) {
        if (!copy->plan->overlap || copy->slot_taken ||
            (waits && copy->encoded == NULL))
            return false;
        encode->reserved_bytes = 0;
        encode->has_slot = copy->slot_taken = true;
    }
    copy->n_encoding++;
    if (!rt_copy_take_ready_locked(table)) {
        (void)rt_error_set(&error, RT_ERR_MEMORY, "out of memory");
        rt_copy_fail_locked(copy, &error);
    }
    return true;
}

static size_t count_ready_locked(const struct rt_copy *copy)
{
    size_t n = 0;

    for (int32_t i = 0; i <= copy->plan->n_levels; i++)
        n += copy->tables[i].n_ready;
    return n;
}

static bool decoder_stands_still_locked(const struct rt_copy *copy)
{
    return copy->plan->overlap && !copy->plan->shape.parallel &&
           copy->n_reading == 0 &&
           count_ready_locked(copy) <
               READY_PER_WORKER * (size_t)copy->plan->n_workers;
}

static enum rt_status decode_locked(struct rt_copy *copy, int32_t worker,
                                    struct rt_copy_decode *task,
                                    struct rt_error *err)
{
    enum rt_status status;

    pthread_mutex_unlock(&copy->lock);
    status = rt_copy_decode_step(copy, worker, task, err);
    pthread_mutex_lock(&copy->lock);
    rt_copy_end_reading_locked(copy, task);
    copy->n_decoding--;
    return status;
}

static enum rt_status encode_locked(struct rt_copy *copy, int32_t worker,
                                    struct rt_copy_encode *encode,
                                    struct rt_error *err)
{
    enum rt_status status;

    pthread_mutex_unlock(&copy->lock);
    status = rt_copy_encode_tile(copy, worker, encode, err);
    rt_budget_release(copy->budget, encode->reserved_bytes);
    pthread_mutex_lock(&copy->lock);
    if (encode->has_slot)
        copy->slot_taken = false;
    copy->n_encoding--;
    return status;
}

/* Does one task. Returns false if none can begin at this moment. */
static bool work_locked(struct rt_copy *copy, struct rt_copy_worker *worker)
{
    struct rt_copy_encode encode;
    struct rt_copy_decode decode;
    struct rt_error error = {RT_OK, ""};
    enum rt_status status;

    if (copy->failed || copy->tiles_left == 0)
        return false;
    if (decoder_stands_still_locked(copy) &&
        begin_decode_locked(copy, worker, &decode))
        status = decode_locked(copy, worker->number, &decode, &error);
    else if (begin_encode_locked(copy, &encode))
        status = encode_locked(copy, worker->number, &encode, &error);
    else if (begin_decode_locked(copy, worker, &decode))
        status = decode_locked(copy, worker->number, &decode, &error);
    else
        return false;
    if (status != RT_OK)
        rt_copy_fail_locked(copy, &error);
    return true;
}

static void stalled_locked(struct rt_copy *copy)
{
    struct rt_error error;

    if (copy->n_busy > 0 || copy->failed || copy->tiles_left == 0)
        return;
    (void)rt_error_set(&error, RT_ERR_INTERNAL,
                       "the copy has come to a standstill with %llu of %llu "
                       "tiles left",
                       (unsigned long long)copy->tiles_left,
                       (unsigned long long)copy->all_tiles);
    rt_copy_fail_locked(copy, &error);
}

static void run_worker(struct rt_pool_task *task)
{
    struct rt_copy_worker *worker = (struct rt_copy_worker *)task;
    struct rt_copy *copy = worker->copy;

    pthread_mutex_lock(&copy->lock);
    if (work_locked(copy, worker) && !copy->failed) {
        rt_copy_wake_locked(copy);
        rt_pool_submit(copy->pool, &worker->task);
    } else {
        worker->busy = false;
        copy->n_busy--;
        stalled_locked(copy);
        pthread_cond_signal(&copy->changed.cond);
    }
    pthread_mutex_unlock(&copy->lock);
}

static void wait_a_moment_locked(struct rt_copy *copy)
{
    const struct timespec until = rt_condition_until(PROGRESS_NS);

    (void)rt_condition_wait(&copy->changed, &copy->lock, &until);
}

/* Reports progress. Returns false if the caller cancels. */
static bool report_locked(struct rt_copy *copy)
{
    const struct rt_copy_io *io = copy->job->io;
    const double done = 1 - (double)copy->tiles_left / (double)copy->all_tiles;
    bool go_on;

    if (io->progress == NULL)
        return true;
    pthread_mutex_unlock(&copy->lock);
    go_on = io->progress(io->context, done);
    pthread_mutex_lock(&copy->lock);
    return go_on;
}

static void supervise(struct rt_copy *copy)
{
    pthread_mutex_lock(&copy->lock);
    rt_copy_wake_locked(copy);
    while (copy->n_busy > 0) {
        if (copy->call == NULL)
            wait_a_moment_locked(copy);
        rt_copy_answer_locked(copy);
        if (!copy->failed && !report_locked(copy)) {
            struct rt_error error;

            (void)rt_error_set(&error, RT_ERR_CANCELLED, "cancelled");
            rt_copy_fail_locked(copy, &error);
        }
    }
    pthread_mutex_unlock(&copy->lock);
}

/* Creates a file for the pieces of each level that is assembled on disk. */
static enum rt_status make_piece_files(struct rt_copy *copy,
                                       struct rt_error *err)
{
    const struct rt_copy_job *job = copy->job;
    const struct rt_copy_plan *plan = copy->plan;
    enum rt_status status = RT_OK;

    for (int32_t i = 0; status == RT_OK && i <= plan->n_levels; i++) {
        const bool spilled = i == 0 ? plan->memory_cols < plan->tile_cols
                                    : !plan->levels[i - 1].in_memory;

        if (spilled)
            status = rt_spill_file_create(job->spill_folder, plan->tile_bytes,
                                          job->spill_bytes,
                                          &copy->tables[i].pieces, err);
    }
    return status;
}

static enum rt_status make_spill_files(struct rt_copy *copy,
                                       struct rt_error *err)
{
    const struct rt_copy_job *job = copy->job;
    enum rt_status status = make_piece_files(copy, err);

    if (status == RT_OK && copy->plan->spills)
        status = rt_spill_file_create(job->spill_folder, job->encoded_bytes,
                                      job->spill_bytes, &copy->encoded, err);
    return status;
}

static bool has_reducer_of_plan(const struct rt_copy_job *job)
{
    return (job->reducer != NULL) == (job->plan->n_levels > 0);
}

static bool has_operator_of_plan(const struct rt_copy_job *job)
{
    if (job->focal == NULL || !rt_copy_plan_focal(job->plan))
        return job->focal == NULL && !rt_copy_plan_focal(job->plan);
    return job->focal->halo_px == job->plan->shape.halo_px &&
           !job->layout.packed;
}

static enum rt_status prepare(struct rt_copy *copy, struct rt_error *err)
{
    const struct rt_copy_plan *plan = copy->plan;

    pthread_mutex_init(&copy->lock, NULL);
    pthread_cond_init(&copy->margin_came, NULL);
    pthread_cond_init(&copy->answered, NULL);
    if (!rt_condition_init(&copy->changed))
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    copy->n_tiles = (uint64_t)plan->tile_cols * (uint64_t)plan->tile_rows;
    copy->wait_limit_bytes =
        copy->job->budget_bytes - plan->peak_bytes + plan->wait_bytes;
    copy->budget = rt_budget_create(copy->job->budget_bytes);
    copy->workers = calloc((size_t)plan->n_workers, sizeof(*copy->workers));
    copy->below =
        calloc((size_t)rt_copy_axis_runs(&plan->x), sizeof(*copy->below));
    if (copy->budget == NULL || copy->workers == NULL || copy->below == NULL ||
        !rt_copy_make_tables(copy))
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    copy->tiles_left = copy->all_tiles;
    for (int32_t i = 0; i < plan->n_workers; i++) {
        copy->workers[i].task.run = run_worker;
        copy->workers[i].copy = copy;
        copy->workers[i].number = i;
    }
    if (!has_operator_of_plan(copy->job) || !has_reducer_of_plan(copy->job))
        return rt_error_set(err, RT_ERR_INTERNAL,
                            "the plan is for another operator or other levels");
    if (copy->job->budget_bytes < plan->peak_bytes ||
        !rt_budget_reserve(copy->budget, plan->fixed_bytes))
        return rt_error_set(err, RT_ERR_INTERNAL,
                            "the plan does not fit its budget");
    copy->no_more = !rt_copy_plan_next(plan, &copy->cursor, &copy->step);
    return make_spill_files(copy, err);
}

static void clean_up(struct rt_copy *copy)
{
    rt_copy_free_tables(copy);
    rt_copy_free_margins(copy);
    rt_spill_file_destroy(copy->encoded);
    free(copy->workers);
    rt_budget_destroy(copy->budget);
    pthread_cond_destroy(&copy->answered);
    pthread_cond_destroy(&copy->margin_came);
    pthread_cond_destroy(&copy->changed.cond);
    pthread_mutex_destroy(&copy->lock);
}

static void fill_result(const struct rt_copy *copy,
                        struct rt_copy_result *result)
{
    result->decoded_px = copy->decoded_px;
    result->peak_bytes = rt_budget_peak(copy->budget);
    result->spilled_bytes = 0;
    for (int32_t i = 0; i <= copy->plan->n_levels; i++)
        if (copy->tables[i].pieces != NULL)
            result->spilled_bytes +=
                rt_spill_file_written(copy->tables[i].pieces);
    if (copy->encoded != NULL)
        result->spilled_bytes += rt_spill_file_written(copy->encoded);
}

enum rt_status rt_copy_run(const struct rt_copy_job *job, struct rt_pool *pool,
                           struct rt_copy_result *result, struct rt_error *err)
{
    struct rt_copy copy = {.job = job, .plan = job->plan, .pool = pool};
    enum rt_status status = prepare(&copy, err);

    memset(result, 0, sizeof(*result));
    if (status == RT_OK) {
        supervise(&copy);
        fill_result(&copy, result);
        if (copy.failed) {
            status = copy.error.status;
            if (err != NULL)
                *err = copy.error;
        }
    }
    clean_up(&copy);
    return status;
}
