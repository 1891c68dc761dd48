/* prefetch.c - see prefetch.h.
 *
 * A trail is the path of one reader: the window that it last read and its step.
 * A reader counts as sequential from its third read in line. At the right edge
 * it may continue at the left, one step down.
 *
 * One group of cells is prefetched at a time, and then the latest group that
 * was requested in the meantime. A group has as many cells as the last read
 * touched and comes right after them. If the source's blocks are rows, it is
 * the next whole row of cells. Prefetch only uses memory that the budget has
 * left, waits for nobody, and ignores failures: the reader will meet them when
 * it gets there.
 */
#include "core/view/prefetch.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fork_lock.h"
#include "core/view/internal.h"

#define TRAILS 8
#define SEQUENTIAL_STEPS 2
#define BUDGET_SHARE 4

struct trail {
    int32_t layer, plane;
    struct rt_window last;
    int32_t start_x_px;
    int32_t dx_px, dy_px; /* both 0 after the first read */
    int32_t steps;
    int32_t col_blk, row_blk; /* first cell of the group prefetched last */
};

/* A read to prefetch. There is none if read.view is NULL. */
struct group {
    struct rt_read read;
    int32_t planes[RT_PART_PLANES];
};

struct rt_prefetch {
    struct rt_pool_task task; /* first, so that a pointer to it is a pointer
                               * to the prefetch */
    struct rt_view *view;     /* fixed */
    struct rt_fork_lock trails_lock;
    /* Guarded by trails_lock, which only readers take. */
    struct trail trails[TRAILS];
    uint32_t n_trails; /* started so far; a new one replaces the oldest */
    struct rt_fork_lock lock;
    pthread_cond_t idle;
    /* Guarded by lock. */
    bool busy;            /* the task is submitted or running */
    struct rt_pool *pool; /* while busy */
    struct group next;    /* to be decoded next */
};

static void run(struct rt_pool_task *task);

static void forget(const struct rt_prefetch *prefetch, struct group *group)
{
    const struct rt_source *source = prefetch->view->source;

    if (group->read.thread_context != NULL)
        source->free_thread_context(source->context,
                                    group->read.thread_context);
    group->read = (struct rt_read){0};
}

/* In a child of fork the task is gone, whether it was waiting in the parent's
 * pool or running. No other thread can be using next. */
static void start_child(void *context)
{
    struct rt_prefetch *prefetch = context;

    pthread_cond_init(&prefetch->idle, NULL);
    prefetch->busy = false;
    prefetch->pool = NULL;
    forget(prefetch, &prefetch->next);
}

struct rt_prefetch *rt_prefetch_create(struct rt_view *view)
{
    struct rt_prefetch *prefetch = calloc(1, sizeof(*prefetch));

    if (prefetch == NULL)
        return NULL;
    prefetch->task.run = run;
    prefetch->view = view;
    if (!rt_fork_lock_init(&prefetch->trails_lock, RT_RANK_TRAILS)) {
        free(prefetch);
        return NULL;
    }
    if (!rt_fork_lock_init(&prefetch->lock, RT_RANK_PREFETCH)) {
        rt_fork_lock_destroy(&prefetch->trails_lock);
        free(prefetch);
        return NULL;
    }
    pthread_cond_init(&prefetch->idle, NULL);
    rt_fork_lock_on_fork(&prefetch->lock, start_child, prefetch);
    return prefetch;
}

void rt_prefetch_destroy(struct rt_prefetch *prefetch)
{
    if (prefetch == NULL)
        return;
    pthread_mutex_lock(&prefetch->lock.mutex);
    forget(prefetch, &prefetch->next);
    if (prefetch->busy && rt_pool_withdraw(prefetch->pool, &prefetch->task))
        prefetch->busy = false;
    while (prefetch->busy)
        pthread_cond_wait(&prefetch->idle, &prefetch->lock.mutex);
    pthread_mutex_unlock(&prefetch->lock.mutex);
    rt_fork_lock_destroy(&prefetch->lock); /* first, so that a fork cannot
                                            * call start_child any more */
    pthread_cond_destroy(&prefetch->idle);
    rt_fork_lock_destroy(&prefetch->trails_lock);
    free(prefetch);
}

static void run(struct rt_pool_task *task)
{
    struct rt_prefetch *prefetch = (struct rt_prefetch *)task;
    struct rt_error ignored;
    struct group group;

    pthread_mutex_lock(&prefetch->lock.mutex);
    while (prefetch->next.read.view != NULL) {
        group = prefetch->next;
        group.read.planes = group.planes;
        prefetch->next.read = (struct rt_read){0};
        pthread_mutex_unlock(&prefetch->lock.mutex);
        if (rt_read_run(&group.read, &ignored) != RT_OK)
            ignored.text[0] = '\0';
        forget(prefetch, &group);
        pthread_mutex_lock(&prefetch->lock.mutex);
    }
    prefetch->busy = false;
    pthread_cond_signal(&prefetch->idle);
    pthread_mutex_unlock(&prefetch->lock.mutex);
}

/* Whether window continues trail. If so, trail advances. */
static bool follow(struct trail *trail, const struct rt_window *window,
                   int32_t raster_w_px)
{
    const int32_t dx_px = window->x_px - trail->last.x_px;
    const int32_t dy_px = window->y_px - trail->last.y_px;
    const bool beside = dx_px == trail->last.w_px && dy_px == 0;
    const bool below = dx_px == 0 && dy_px == trail->last.h_px;
    const bool wraps =
        trail->dx_px > 0 && trail->last.x_px + trail->dx_px >= raster_w_px &&
        window->x_px == trail->start_x_px && dy_px == trail->last.h_px;

    if (!wraps && trail->steps > 0 &&
        (dx_px != trail->dx_px || dy_px != trail->dy_px))
        return false;
    if (!wraps && !beside && !below)
        return false;
    if (!wraps) {
        trail->dx_px = dx_px;
        trail->dy_px = dy_px;
    }
    trail->steps++;
    trail->last = *window;
    return true;
}

/* The trail that read continues. NULL if there is none; a new trail then
 * begins. */
static struct trail *find_trail(struct rt_prefetch *prefetch,
                                const struct rt_read *read)
{
    const int32_t raster_w_px = prefetch->view->layers[read->layer].cells.w_px;
    struct trail *trail;

    for (int i = 0; i < TRAILS; i++) {
        trail = &prefetch->trails[i];
        if (trail->last.w_px > 0 && trail->layer == read->layer &&
            trail->plane == read->planes[0] &&
            follow(trail, &read->window, raster_w_px))
            return trail;
    }
    trail = &prefetch->trails[prefetch->n_trails++ % TRAILS];
    *trail = (struct trail){.layer = read->layer,
                            .plane = read->planes[0],
                            .last = read->window,
                            .start_x_px = read->window.x_px,
                            .col_blk = -1,
                            .row_blk = -1};
    return NULL;
}

/* The cells that come next. Returns false at the end of the raster. */
static bool find_group(const struct rt_view *view, const struct trail *trail,
                       const struct rt_read *read, struct rt_block_range *group)
{
    const struct rt_grid *cells = &view->layers[read->layer].cells;
    const bool rows =
        view->source->layers[read->layer].access != RT_ACCESS_RANDOM;

    *group = read->cells;
    if (rows) {
        *group = (struct rt_block_range){0, group->row_blk + group->rows,
                                         cells->cols, 1};
    } else if (trail->dx_px > 0 && group->col_blk + group->cols < cells->cols) {
        group->col_blk += group->cols;
    } else {
        if (trail->dx_px > 0)
            group->col_blk = trail->start_x_px / cells->block_w_px;
        group->row_blk += group->rows;
    }
    if (group->row_blk >= cells->rows)
        return false;
    if (group->cols > cells->cols - group->col_blk)
        group->cols = cells->cols - group->col_blk;
    if (group->rows > cells->rows - group->row_blk)
        group->rows = cells->rows - group->row_blk;
    return true;
}

static bool has_room(const struct rt_view *view, const struct rt_read *read,
                     const struct rt_window *window)
{
    const struct rt_layer *source = &view->source->layers[read->layer];
    struct rt_cache_counters counters;

    rt_block_cache_count(view->cache, &counters);
    return rt_window_area(window) <=
           counters.limit_bytes / BUDGET_SHARE / rt_layer_px_bytes(source);
}

/* Lets the pool decode group, in place of one that is still waiting. Returns
 * false if there is no pool. */
static bool hand_over(struct rt_prefetch *prefetch, const struct rt_read *read,
                      const struct rt_block_range *group,
                      const struct rt_window *window)
{
    const struct rt_source *source = prefetch->view->source;
    struct rt_pool *pool;

    pthread_mutex_lock(&prefetch->lock.mutex);
    if (!prefetch->busy)
        prefetch->pool = rt_view_pool(prefetch->view);
    pool = prefetch->pool;
    if (pool != NULL) {
        forget(prefetch, &prefetch->next);
        memcpy(prefetch->next.planes, read->planes,
               (size_t)read->n_planes * sizeof(read->planes[0]));
        prefetch->next.read = *read;
        prefetch->next.read.window = *window;
        prefetch->next.read.cells = *group;
        prefetch->next.read.sink = NULL;
        prefetch->next.read.thread_context =
            source->capture_thread != NULL
                ? source->capture_thread(source->context)
                : NULL;
        if (!prefetch->busy) {
            prefetch->busy = true;
            rt_pool_submit(pool, &prefetch->task);
        }
    }
    pthread_mutex_unlock(&prefetch->lock.mutex);
    return pool != NULL;
}

static void decode_ahead(struct rt_prefetch *prefetch, struct trail *trail,
                         const struct rt_read *read)
{
    const struct rt_view *view = prefetch->view;
    struct rt_block_range group;
    struct rt_window window;

    if (!find_group(view, trail, read, &group) ||
        (group.col_blk == trail->col_blk && group.row_blk == trail->row_blk))
        return;
    window = rt_grid_span(&view->layers[read->layer].cells, &group);
    if (!has_room(view, read, &window) ||
        !hand_over(prefetch, read, &group, &window))
        return;
    trail->col_blk = group.col_blk;
    trail->row_blk = group.row_blk;
}

/* If another reader holds the trails, this read is not noted. Waiting would
 * cost more. */
void rt_prefetch_after(struct rt_prefetch *prefetch, const struct rt_read *read)
{
    struct trail *trail;

    if (read->n_planes > RT_PART_PLANES ||
        pthread_mutex_trylock(&prefetch->trails_lock.mutex) != 0)
        return;
    trail = find_trail(prefetch, read);
    if (trail != NULL && trail->steps >= SEQUENTIAL_STEPS)
        decode_ahead(prefetch, trail, read);
    pthread_mutex_unlock(&prefetch->trails_lock.mutex);
}
