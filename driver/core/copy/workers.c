/* workers.c - what all tasks of a copy share: waking workers, giving back
 * reserved bytes, and recording the first failure. */
#include "core/copy/internal.h"

void rt_copy_wake_locked(struct rt_copy *copy)
{
    for (int32_t i = 0; i < copy->plan->n_workers; i++) {
        struct rt_copy_worker *worker = &copy->workers[i];

        if (worker->busy)
            continue;
        worker->busy = true;
        copy->n_busy++;
        rt_pool_submit(copy->pool, &worker->task);
    }
}

void rt_copy_end_reading_locked(struct rt_copy *copy,
                                struct rt_copy_decode *task)
{
    copy->n_reading -= task->reads;
    task->reads = false;
}

void rt_copy_fail_locked(struct rt_copy *copy, const struct rt_error *error)
{
    if (!copy->failed)
        copy->error = *error;
    copy->failed = true;
    pthread_cond_broadcast(&copy->margin_came);
}

void rt_copy_give_back_to(struct rt_copy *copy, struct rt_copy_decode *task,
                          uint64_t bytes)
{
    if (task->reserved_bytes <= bytes)
        return;
    rt_budget_release(copy->budget, task->reserved_bytes - bytes);
    task->reserved_bytes = bytes;
}
