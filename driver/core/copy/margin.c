/* margin.c - the pixels that runs keep of their input for later runs.
 *
 * Steps begin in order, one at a time. When a step begins, it receives its own
 * margins and those of its neighbours, which have begun before it. A worker
 * that decodes leaves its own margins before it waits for others. So there is
 * always an active run that waits for nobody.
 */
#include <stdlib.h>

#include "core/base/interleave.h"
#include "core/base/pages.h"
#include "core/copy/internal.h"

static bool make_margin_locked(struct rt_copy *copy,
                               const struct rt_window *window, int32_t users,
                               struct rt_copy_margin **made)
{
    struct rt_copy_margin *margin;

    *made = NULL;
    if (rt_window_area(window) == 0)
        return true;
    margin = calloc(1, sizeof(*margin));
    if (margin == NULL)
        return false;
    margin->window = *window;
    margin->bytes = rt_window_area(window) * copy->plan->shape.input_px_bytes;
    margin->users = users;
    margin->next = copy->margins;
    if (margin->next != NULL)
        margin->next->previous = margin;
    copy->margins = margin;
    *made = margin;
    return true;
}

static void free_margin(struct rt_copy_margin *margin)
{
    rt_pages_free(margin->pixels, margin->bytes);
    free(margin);
}

static void unlink_locked(struct rt_copy *copy, struct rt_copy_margin *margin)
{
    if (margin->previous != NULL)
        margin->previous->next = margin->next;
    else
        copy->margins = margin->next;
    if (margin->next != NULL)
        margin->next->previous = margin->previous;
}

/* The lines of a run are needed by the run below and, if its row continues, by
 * the run to the right of that one. */
bool rt_copy_begin_margins_locked(struct rt_copy *copy,
                                  struct rt_copy_decode *task)
{
    const struct rt_copy_step *step = &task->step;
    struct rt_copy_step_margins *margins = &task->margins;
    struct rt_copy_margin **above = &copy->below[step->run_col];
    const bool goes_on = step->below_users > 1;

    if (!make_margin_locked(copy, &step->right, 1, &margins->right) ||
        !make_margin_locked(copy, &step->below, step->below_users,
                            &margins->below))
        return false;
    margins->of[0] = copy->left;
    margins->of[1] = *above;
    margins->of[2] = copy->corner;
    copy->left = margins->right;
    copy->corner = goes_on ? *above : NULL;
    *above = margins->below;
    return true;
}

static void copy_common(const struct rt_copy *copy,
                        const struct rt_window *from, const void *pixels,
                        const struct rt_window *to, void *out)
{
    struct rt_window part;

    if (rt_window_intersect(from, to, &part))
        rt_window_copy(&part, copy->plan->shape.input_px_bytes, from, pixels,
                       to, out);
}

static bool fill_margin(const struct rt_copy *copy,
                        struct rt_copy_margin *margin,
                        const struct rt_window *input, const void *pixels)
{
    if (margin == NULL)
        return true;
    margin->pixels = rt_pages_alloc(margin->bytes);
    if (margin->pixels == NULL)
        return false;
    copy_common(copy, input, pixels, &margin->window, margin->pixels);
    return true;
}

enum rt_status rt_copy_leave_margins(struct rt_copy *copy,
                                     struct rt_copy_decode *task,
                                     const void *input, struct rt_error *err)
{
    struct rt_copy_margin *right = task->margins.right;
    struct rt_copy_margin *below = task->margins.below;

    if (!fill_margin(copy, right, &task->step.input, input) ||
        !fill_margin(copy, below, &task->step.input, input))
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    pthread_mutex_lock(&copy->lock);
    if (right != NULL)
        right->there = true;
    if (below != NULL)
        below->there = true;
    pthread_cond_broadcast(&copy->margin_came);
    pthread_mutex_unlock(&copy->lock);
    return RT_OK;
}

static bool are_there_locked(const struct rt_copy_step_margins *margins)
{
    for (int i = 0; i < RT_COPY_NEIGHBOURS; i++)
        if (margins->of[i] != NULL && !margins->of[i]->there)
            return false;
    return true;
}

enum rt_status rt_copy_await_margins(struct rt_copy *copy,
                                     const struct rt_copy_decode *task,
                                     struct rt_error *err)
{
    bool failed;

    pthread_mutex_lock(&copy->lock);
    while (!copy->failed && !are_there_locked(&task->margins))
        pthread_cond_wait(&copy->margin_came, &copy->lock);
    failed = copy->failed;
    pthread_mutex_unlock(&copy->lock);
    return failed ? rt_error_set(err, RT_ERR_CANCELLED, "cancelled") : RT_OK;
}

void rt_copy_gather(const struct rt_copy *copy,
                    const struct rt_copy_decode *task, const void *input,
                    void *support)
{
    const struct rt_window *to = &task->step.support;

    copy_common(copy, &task->step.input, input, to, support);
    for (int i = 0; i < RT_COPY_NEIGHBOURS; i++) {
        const struct rt_copy_margin *margin = task->margins.of[i];

        if (margin != NULL)
            copy_common(copy, &margin->window, margin->pixels, to, support);
    }
}

void rt_copy_release_margins(struct rt_copy *copy, struct rt_copy_decode *task)
{
    for (int i = 0; i < RT_COPY_NEIGHBOURS; i++) {
        struct rt_copy_margin *margin = task->margins.of[i];
        uint64_t bytes;
        bool last;

        if (margin == NULL)
            continue;
        pthread_mutex_lock(&copy->lock);
        last = --margin->users == 0;
        if (last)
            unlink_locked(copy, margin);
        pthread_mutex_unlock(&copy->lock);
        task->margins.of[i] = NULL;
        if (!last)
            continue;
        bytes = margin->bytes;
        free_margin(margin);
        rt_budget_release(copy->budget, bytes);
    }
}

void rt_copy_free_margins(struct rt_copy *copy)
{
    struct rt_copy_margin *margin = copy->margins;

    while (margin != NULL) {
        struct rt_copy_margin *next = margin->next;

        free_margin(margin);
        margin = next;
    }
    free(copy->below);
}
