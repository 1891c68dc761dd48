/* fill_decode.c - decodes the runs of a fill, on one or more threads.
 *
 * A run is a rectangle of neighbouring source blocks with a limited size. Runs
 * are handed out in row order to the reader's own thread and to threads of the
 * pool that help it. When the last run is taken, tasks that have not begun are
 * withdrawn, so that a reader never waits for a thread that waits for another
 * one.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/base/clock.h"
#include "core/base/decoding.h"
#include "core/base/fork_gate.h"
#include "core/base/min_max.h"
#include "core/base/pages.h"
#include "core/base/pool.h"
#include "core/view/fill_internal.h"

#define RUN_MAX_BYTES (UINT64_C(1) << 20)
#define LARGE_RUN_MAX_BYTES (UINT64_C(16) << 20)
#define RUN_MIN_BYTES (UINT64_C(256) << 10)
#define RUN_BUDGET_SHARE 8
#define LARGE_RUN_BUDGET_SHARE 4
/* A group of source blocks may take three quarters of the budget. */
#define GROUP_BUDGET_SHARE 4
#define GROUP_BUDGET_SHARES 3

/* Runs for each thread, if there are enough blocks: runs take unequal times. */
#define RUNS_A_WORKER 2

struct decode_job;

struct worker {
    struct rt_pool_task task; /* first, so that a pointer to it is a pointer
                               * to the worker */
    struct decode_job *job;
};

/* The buffer of one thread, reused for all its runs so that its pages are
 * faulted in only once. */
struct buffer {
    unsigned char *pixels; /* NULL before the first run */
    uint64_t bytes;
};

/* The threads that decode for one fill. */
struct decode_job {
    struct rt_fill *fill;
    uint64_t run_bytes;
    void *thread_context; /* set if threads other than the reader's decode */
    bool inside;          /* the reader's thread is inside the fork gate */
    const struct rt_decoding *outer; /* what the reader's thread is decoding
                                      * already */
    pthread_mutex_t lock;
    pthread_cond_t gone;
    /* Guarded by lock. */
    size_t next; /* in fill->source_blocks; blocks before it are taken */
    int32_t n_helping;
    enum rt_status status; /* the first failure stops all */
    struct rt_error error;
};

bool rt_fill_is_nested(void)
{
    return rt_decoding_now() != NULL;
}

uint64_t rt_fill_px_bytes(const struct rt_fill *fill)
{
    uint64_t bytes = 0;

    for (int32_t i = 0; i < fill->n_planes; i++)
        bytes += fill->source->px_bytes[fill->planes[i]];
    return bytes;
}

/* Whether one large read of the source is better than several small ones. */
static bool reads_large(const struct rt_source *source)
{
    return source->remote || source->whole_reads;
}

/* The bytes that count for the decoder during a run with run_bytes of pixels.
 * The decoder may take more than what counts; the limit leaves memory for
 * blocks. */
static uint64_t decoder_bytes(const struct rt_fill *fill, uint64_t run_bytes)
{
    const uint64_t px = run_bytes / rt_fill_px_bytes(fill);

    if (fill->source->held_px_bytes == 0 || fill->read->view->cache == NULL)
        return 0;
    return rt_min_u64(px * fill->source->held_px_bytes,
                      rt_block_cache_decoder_room(fill->read->view->cache));
}

/* The pixels of a group of source blocks (fill_group.c), if they and their
 * decoder fit in the share of the cache that a group may take; otherwise 0. */
static uint64_t group_px(const struct rt_fill *fill, uint64_t limit_bytes)
{
    const struct rt_window block = rt_grid_block(&fill->source->grid, 0, 0);
    const uint64_t px =
        rt_window_area(&block) * RT_GROUP_SIDE_BLK * RT_GROUP_SIDE_BLK;
    const uint64_t most_px =
        limit_bytes / GROUP_BUDGET_SHARE * GROUP_BUDGET_SHARES /
        (rt_fill_px_bytes(fill) + fill->source->held_px_bytes);

    return px <= most_px ? px : 0;
}

static uint64_t run_cap_bytes(const struct rt_fill *fill)
{
    const bool large = reads_large(fill->read->view->source);
    const uint64_t most = large ? LARGE_RUN_MAX_BYTES : RUN_MAX_BYTES;
    const uint64_t px_bytes = rt_fill_px_bytes(fill);
    struct rt_cache_counters counters;
    uint64_t px;

    if (fill->read->view->cache == NULL)
        return most;
    rt_block_cache_count(fill->read->view->cache, &counters);
    px = counters.limit_bytes /
         (large ? LARGE_RUN_BUDGET_SHARE : RUN_BUDGET_SHARE) /
         (px_bytes + fill->source->held_px_bytes);
    if (large)
        px = rt_max_u64(px, group_px(fill, counters.limit_bytes));
    return rt_min_u64(rt_max_u64(px * px_bytes, RUN_MIN_BYTES), most);
}

struct rt_fill_workers rt_fill_plan_workers(const struct rt_fill *fill)
{
    const struct rt_view *view = fill->read->view;
    const bool one_by_one = fill->source->access == RT_ACCESS_SEQUENTIAL;
    const bool alone = one_by_one || reads_large(view->source);
    const uint64_t px_bytes = rt_fill_px_bytes(fill);
    const struct rt_window span =
        rt_grid_span(&fill->source->grid, &fill->source_blocks);
    const struct rt_window block = rt_grid_block(&fill->source->grid, 0, 0);
    const uint64_t block_bytes = rt_window_area(&block) * px_bytes;
    const uint64_t n_threads =
        alone ? 1 : rt_min_u64((uint64_t)view->n_threads, RT_MAX_THREADS);
    uint64_t n_blocks = 0;
    uint64_t needed_bytes, run_bytes, n_runs;

    for (size_t i = 0; i < rt_range_size(&fill->source_blocks); i++)
        n_blocks += fill->need[i];
    needed_bytes =
        rt_min_u64(n_blocks * block_bytes, rt_window_area(&span) * px_bytes);
    run_bytes = run_cap_bytes(fill);
    if (n_threads > 1)
        run_bytes = rt_min_u64(
            run_bytes, rt_max_u64(needed_bytes / (n_threads * RUNS_A_WORKER),
                                  RUN_MIN_BYTES));
    run_bytes = rt_max_u64(run_bytes, block_bytes);
    if (!one_by_one)
        run_bytes = rt_min_u64(run_bytes, needed_bytes);
    n_runs = run_bytes == 0 ? 1 : (needed_bytes + run_bytes - 1) / run_bytes;
    return (struct rt_fill_workers){
        (int32_t)rt_max_u64(rt_min_u64(n_threads, n_runs), 1), run_bytes,
        run_bytes + decoder_bytes(fill, run_bytes)};
}

static void count_run(const struct rt_fill *fill,
                      const struct rt_block_range *source_blocks)
{
    const struct rt_read *read = fill->read;
    const struct rt_view_layer *layer = &read->view->layers[read->layer];
    const int32_t n_sets = fill->source->interleaved ? 1 : fill->n_planes;
    const struct rt_source *source = read->view->source;

    rt_stats_add(read->view->stats, RT_STAT_SOURCE_READS, 1);
    if (source->counts != NULL && source->counts(source->context, read->layer))
        return;
    for (int32_t row = 0; row < source_blocks->rows; row++)
        for (int32_t col = 0; col < source_blocks->cols; col++) {
            const int32_t col_blk = source_blocks->col_blk + col;
            const int32_t row_blk = source_blocks->row_blk + row;
            const struct rt_window block =
                rt_grid_block(&fill->source->grid, col_blk, row_blk);
            const uint64_t area = rt_window_area(&block);
            const int64_t number =
                rt_source_block_number(fill->source, col_blk, row_blk);

            for (int32_t i = 0; i < n_sets; i++) {
                const int32_t set =
                    fill->source->interleaved ? 0 : fill->planes[i];

                rt_stats_add(read->view->stats, RT_STAT_PIXELS_DECODED, area);
                if (rt_block_set_add(layer->touched[set], number))
                    rt_stats_add(read->view->stats, RT_STAT_PIXELS_TOUCHED,
                                 area);
            }
        }
}

static bool all_needed(const struct rt_fill *fill,
                       const struct rt_block_range *range)
{
    for (int32_t row = 0; row < range->rows; row++)
        for (int32_t col = 0; col < range->cols; col++)
            if (!fill->need[rt_range_index(&fill->source_blocks,
                                           range->col_blk + col,
                                           range->row_blk + row)])
                return false;
    return true;
}

/* Whether all blocks of strip, next to run, are needed and small enough to be
 * decoded with it. */
static bool can_grow(const struct rt_fill *fill,
                     const struct rt_block_range *run,
                     const struct rt_block_range *strip, uint64_t cap_px)
{
    const struct rt_window a = rt_grid_span(&fill->source->grid, run);
    const struct rt_window b = rt_grid_span(&fill->source->grid, strip);

    return rt_window_area(&a) + rt_window_area(&b) <= cap_px &&
           all_needed(fill, strip);
}

/* The run that starts at a needed source block: first as wide, then as high as
 * the cap and its
 * group allow. Marks its blocks as taken. */
static struct rt_block_range take_run(struct rt_fill *fill, int32_t col_blk,
                                      int32_t row_blk, uint64_t cap_px)
{
    const struct rt_block_range bounds =
        rt_fill_group_of(fill, col_blk, row_blk);
    const int32_t end_col = bounds.col_blk + bounds.cols;
    const int32_t end_row = bounds.row_blk + bounds.rows;
    struct rt_block_range run = {col_blk, row_blk, 1, 1};

    for (; run.col_blk + run.cols < end_col; run.cols++) {
        const struct rt_block_range strip = {run.col_blk + run.cols,
                                             run.row_blk, 1, 1};

        if (!can_grow(fill, &run, &strip, cap_px))
            break;
    }
    for (; run.row_blk + run.rows < end_row; run.rows++) {
        const struct rt_block_range strip = {
            run.col_blk, run.row_blk + run.rows, run.cols, 1};

        if (!can_grow(fill, &run, &strip, cap_px))
            break;
    }
    for (int32_t row = 0; row < run.rows; row++)
        memset(fill->need + rt_range_index(&fill->source_blocks, run.col_blk,
                                           run.row_blk + row),
               0, (size_t)run.cols);
    return run;
}

/* Takes the next run in row order. Returns false if there is none. */
static bool next_run(struct decode_job *job, struct rt_block_range *run)
{
    struct rt_fill *fill = job->fill;
    const size_t n = rt_range_size(&fill->source_blocks);
    bool found = false;

    pthread_mutex_lock(&job->lock);
    if (job->status == RT_OK) {
        while (job->next < n && !fill->need[job->next])
            job->next++;
        found = job->next < n;
    }
    if (found)
        *run = take_run(
            fill,
            fill->source_blocks.col_blk +
                (int32_t)(job->next % (size_t)fill->source_blocks.cols),
            fill->source_blocks.row_blk +
                (int32_t)(job->next / (size_t)fill->source_blocks.cols),
            job->run_bytes / rt_fill_px_bytes(fill));
    pthread_mutex_unlock(&job->lock);
    return found;
}

static enum rt_status read_run(const struct decode_job *job,
                               const struct rt_fill_run *run,
                               struct rt_error *err)
{
    const struct rt_fill *fill = job->fill;
    const struct rt_read *read = fill->read;
    const struct rt_source *source = read->view->source;
    const bool entered = job->thread_context != NULL;
    void *before = NULL;
    struct rt_decoding decoding;
    enum rt_status status;
    uint64_t from_ns;

    if (job->inside)
        rt_fork_gate_follow();
    else
        rt_fork_gate_enter();
    from_ns = rt_now_ns();
    if (entered)
        before = source->enter_thread(source->context, job->thread_context);
    rt_decoding_begin(&decoding, read->view->identity, job->outer);
    status =
        source->read(source->context, read->layer, fill->planes, fill->n_planes,
                     &run->window, (void *const *)run->planes, err);
    rt_decoding_end(&decoding);
    if (entered)
        source->leave_thread(source->context, job->thread_context, before);
    rt_fork_gate_leave();
    if (status != RT_OK)
        return status;
    rt_stats_add(read->view->stats, RT_STAT_DECODE_NS, rt_now_ns() - from_ns);
    count_run(fill, &run->source_blocks);
    if (read->sink != NULL)
        rt_fill_count(fill, rt_window_area(&run->window));
    return RT_OK;
}

/* Makes the buffer at least this large. Returns false when out of memory. */
static bool enlarge(struct buffer *buffer, uint64_t bytes)
{
    if (buffer->bytes >= bytes)
        return true;
    rt_pages_free(buffer->pixels, buffer->bytes);
    buffer->pixels = rt_pages_alloc(bytes);
    buffer->bytes = buffer->pixels != NULL ? bytes : 0;
    return buffer->pixels != NULL;
}

static enum rt_status decode_run(struct decode_job *job,
                                 const struct rt_block_range *source_blocks,
                                 struct buffer *buffer, struct rt_error *err)
{
    struct rt_fill *fill = job->fill;
    struct rt_fill_run run = {
        *source_blocks, rt_grid_span(&fill->source->grid, source_blocks), NULL};
    const uint64_t area = rt_window_area(&run.window);
    unsigned char *plane;
    uint64_t bytes;
    enum rt_status status;

    if (!rt_mul_u64(area, rt_fill_px_bytes(fill), &bytes) || bytes > SIZE_MAX)
        return rt_error_set(err, RT_ERR_RANGE,
                            "a block of %d x %d pixels is too large",
                            run.window.w_px, run.window.h_px);
    run.planes = calloc((uint32_t)fill->n_planes, sizeof(*run.planes));
    if (run.planes == NULL || !enlarge(buffer, bytes)) {
        status = rt_error_set(err, RT_ERR_MEMORY,
                              "out of memory for %llu bytes of the source",
                              (unsigned long long)bytes);
    } else {
        plane = buffer->pixels;
        for (int32_t i = 0; i < fill->n_planes; i++) {
            run.planes[i] = plane;
            plane += area * fill->source->px_bytes[fill->planes[i]];
        }
        status = read_run(job, &run, err);
    }
    if (status == RT_OK)
        rt_fill_scatter(fill, &run);
    free(run.planes);
    return status;
}

static void fail(struct decode_job *job,
                 const struct rt_block_range *source_blocks,
                 const struct rt_error *error)
{
    pthread_mutex_lock(&job->lock);
    if (job->status == RT_OK) {
        job->status = error->status;
        job->error = *error;
        job->fill->failed = *source_blocks;
    }
    pthread_mutex_unlock(&job->lock);
}

static void work(struct decode_job *job)
{
    struct rt_in_flight *in_flight = job->fill->in_flight;
    struct buffer buffer = {NULL, 0};
    struct rt_block_range run;
    struct rt_error error;

    while (next_run(job, &run)) {
        if (decode_run(job, &run, &buffer, &error) != RT_OK)
            fail(job, &run, &error);
        else if (in_flight != NULL)
            rt_in_flight_done(in_flight, &run);
    }
    rt_pages_free(buffer.pixels, buffer.bytes);
}

static void help(struct rt_pool_task *task)
{
    struct decode_job *job = ((struct worker *)task)->job;

    work(job);
    pthread_mutex_lock(&job->lock);
    job->n_helping--;
    pthread_cond_signal(&job->gone);
    pthread_mutex_unlock(&job->lock);
}

/* Decodes on this thread, and on up to n_helpers threads of the pool if they
 * are free. */
static void work_together(struct decode_job *job, struct rt_pool *pool,
                          struct worker *helpers, int32_t n_helpers)
{
    job->n_helping = n_helpers;
    for (int32_t i = 0; i < n_helpers; i++) {
        helpers[i] = (struct worker){{.run = help}, job};
        rt_pool_submit(pool, &helpers[i].task);
    }
    work(job);
    for (int32_t i = 0; i < n_helpers; i++)
        if (rt_pool_withdraw(pool, &helpers[i].task)) {
            pthread_mutex_lock(&job->lock);
            job->n_helping--;
            pthread_mutex_unlock(&job->lock);
        }
    pthread_mutex_lock(&job->lock);
    while (job->n_helping > 0)
        pthread_cond_wait(&job->gone, &job->lock);
    pthread_mutex_unlock(&job->lock);
}

enum rt_status rt_fill_decode(struct rt_fill *fill,
                              const struct rt_fill_workers *workers,
                              struct rt_error *err)
{
    struct rt_view *view = fill->read->view;
    const struct rt_source *source = view->source;
    struct rt_pool *pool = workers->n_workers > 1 ? rt_view_pool(view) : NULL;
    struct worker helpers[RT_MAX_THREADS];
    struct decode_job job = {.fill = fill,
                             .run_bytes = workers->run_bytes,
                             .thread_context = fill->read->thread_context,
                             .inside = rt_fork_gate_inside(),
                             .outer = rt_decoding_now()};

    pthread_mutex_init(&job.lock, NULL);
    pthread_cond_init(&job.gone, NULL);
    if (pool != NULL && job.thread_context == NULL &&
        source->capture_thread != NULL)
        job.thread_context = source->capture_thread(source->context);
    if (pool != NULL)
        work_together(&job, pool, helpers, workers->n_workers - 1);
    else
        work(&job);
    if (job.thread_context != NULL &&
        job.thread_context != fill->read->thread_context)
        source->free_thread_context(source->context, job.thread_context);
    pthread_cond_destroy(&job.gone);
    pthread_mutex_destroy(&job.lock);
    if (job.status != RT_OK)
        *err = job.error;
    return job.status;
}
