/* caller.c - decoding on the thread that runs the copy.
 *
 * Some sources must not be read by any other thread: what the caller has open,
 * with the settings of its thread, and pixel functions whose interpreter
 * belongs to it. A worker then only sends a request and waits. The caller
 * answers between its progress reports. It always answers, even when the copy
 * has failed, so that no worker waits forever.
 */
#include "core/base/fork_gate.h"
#include "core/copy/internal.h"

static enum rt_status decode(const struct rt_copy *copy, int32_t worker,
                             const struct rt_window *window, void *pixels,
                             struct rt_error *err)
{
    const struct rt_copy_io *io = copy->job->io;
    enum rt_status status;

    rt_fork_gate_enter();
    status = io->decode(io->context, worker, window, pixels, err);
    rt_fork_gate_leave();
    return status;
}

enum rt_status rt_copy_decode_window(struct rt_copy *copy, int32_t worker,
                                     const struct rt_window *window,
                                     void *pixels, struct rt_error *err)
{
    struct rt_copy_call call = {.worker = worker,
                                .window = window,
                                .pixels = pixels,
                                .err = err,
                                .status = RT_OK};

    if (!copy->job->on_caller)
        return decode(copy, worker, window, pixels, err);
    pthread_mutex_lock(&copy->lock);
    while (copy->call != NULL)
        pthread_cond_wait(&copy->answered, &copy->lock);
    copy->call = &call;
    pthread_cond_signal(&copy->changed.cond);
    while (!call.done)
        pthread_cond_wait(&copy->answered, &copy->lock);
    pthread_mutex_unlock(&copy->lock);
    return call.status;
}

void rt_copy_answer_locked(struct rt_copy *copy)
{
    struct rt_copy_call *call = copy->call;

    if (call == NULL)
        return;
    if (copy->failed) {
        call->status =
            rt_error_set(call->err, RT_ERR_CANCELLED, "the copy has failed");
    } else {
        pthread_mutex_unlock(&copy->lock);
        call->status =
            decode(copy, call->worker, call->window, call->pixels, call->err);
        pthread_mutex_lock(&copy->lock);
    }
    call->done = true;
    copy->call = NULL;
    pthread_cond_broadcast(&copy->answered);
}
