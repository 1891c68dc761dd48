/* focal.c - decodes a run and applies an operator to it and to the margins of
 * its neighbours. */
#include <stdlib.h>

#include "core/base/fork_gate.h"
#include "core/base/pages.h"
#include "core/copy/internal.h"

/* Pixels and their window. */
struct pixels {
    struct rt_window window;
    uint64_t bytes;
    unsigned char *at;
};

static enum rt_status take(const struct rt_copy *copy, struct pixels *pixels,
                           const struct rt_window *window, struct rt_error *err)
{
    pixels->window = *window;
    pixels->bytes = rt_window_area(window) * copy->plan->shape.input_px_bytes;
    pixels->at = rt_pages_alloc(pixels->bytes);
    if (pixels->at == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    return RT_OK;
}

static void let_go(struct pixels *pixels)
{
    rt_pages_free(pixels->at, pixels->bytes);
    pixels->at = NULL;
}

/* Lets other workers have the decoder. */
static void end_reading(struct rt_copy *copy, struct rt_copy_decode *task)
{
    const uint64_t apply = task->phases.apply_bytes;
    const uint64_t scatter = task->phases.scatter_bytes;
    const uint64_t input =
        rt_window_area(&task->step.input) * copy->plan->shape.input_px_bytes;
    uint64_t most = apply > scatter ? apply : scatter;

    if (input > most)
        most = input;
    rt_copy_give_back_to(copy, task, most);
    pthread_mutex_lock(&copy->lock);
    rt_copy_end_reading_locked(copy, task);
    if (!copy->failed)
        rt_copy_wake_locked(copy);
    pthread_mutex_unlock(&copy->lock);
}

/* Decodes the input of a run and leaves its margins. */
static enum rt_status read_input(struct rt_copy *copy, int32_t worker,
                                 struct rt_copy_decode *task,
                                 struct pixels *input, struct rt_error *err)
{
    enum rt_status status = take(copy, input, &task->step.input, err);

    if (status == RT_OK)
        status =
            rt_copy_decode_window(copy, worker, &input->window, input->at, err);
    if (status == RT_OK)
        status = rt_copy_leave_margins(copy, task, input->at, err);
    if (status == RT_OK)
        end_reading(copy, task);
    return status;
}

/* Turns the decoded pixels into those that the operator reads. */
static enum rt_status gather(struct rt_copy *copy,
                             const struct rt_copy_decode *task,
                             struct pixels *pixels, struct rt_error *err)
{
    struct pixels support;
    enum rt_status status;

    if (!rt_copy_step_gathers(&task->step))
        return RT_OK;
    status = take(copy, &support, &task->step.support, err);
    if (status != RT_OK)
        return status;
    rt_copy_gather(copy, task, pixels->at, support.at);
    let_go(pixels);
    *pixels = support;
    return RT_OK;
}

static enum rt_status apply(struct rt_copy *copy, const struct pixels *support,
                            struct rt_copy_run_buffer *run,
                            struct rt_error *err)
{
    const struct rt_focal *focal = copy->job->focal;
    const struct rt_copy_layout *layout = &copy->job->layout;
    const uint64_t plane_bytes =
        rt_window_area(&run->window) * layout->sample_bytes;
    void **planes = malloc((size_t)layout->n_planes * sizeof(*planes));
    enum rt_status status;

    run->pixels = rt_pages_alloc(run->bytes);
    if (planes == NULL || run->pixels == NULL) {
        free(planes);
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
    for (int32_t i = 0; i < layout->n_planes; i++)
        planes[i] = run->pixels + (uint64_t)i * plane_bytes;
    rt_fork_gate_enter();
    status = focal->apply(focal->context, &support->window, support->at,
                          &run->window, planes, err);
    rt_fork_gate_leave();
    free(planes);
    return status;
}

enum rt_status rt_copy_decode_focal(struct rt_copy *copy, int32_t worker,
                                    struct rt_copy_decode *task,
                                    struct rt_copy_run_buffer *run,
                                    struct rt_error *err)
{
    struct pixels pixels = {.at = NULL};
    enum rt_status status = read_input(copy, worker, task, &pixels, err);

    if (status == RT_OK)
        status = rt_copy_await_margins(copy, task, err);
    if (status == RT_OK && run->bytes > 0)
        status = gather(copy, task, &pixels, err);
    if (status == RT_OK)
        rt_copy_release_margins(copy, task);
    if (status == RT_OK && run->bytes > 0)
        status = apply(copy, &pixels, run, err);
    let_go(&pixels);
    return status;
}
