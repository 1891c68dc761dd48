/* condition.h - condition variables that use the monotonic clock, so that a
 * wait with a deadline ends on time even if the wall clock is changed. */
#ifndef RETILE_CORE_BASE_CONDITION_H
#define RETILE_CORE_BASE_CONDITION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A type of its own, because a condition variable of another clock would treat
 * such a deadline as long past. Signal cond, and wait on it without a deadline,
 * with pthread's functions. */
struct rt_condition {
    pthread_cond_t cond;
};

/* Returns false if the system has no resources for it. Destroy cond with
 * pthread_cond_destroy. */
bool rt_condition_init(struct rt_condition *condition);

/* The deadline that is ns from now. */
struct timespec rt_condition_until(uint64_t ns);

/* As pthread_cond_timedwait. Returns false when the deadline has passed. */
bool rt_condition_wait(struct rt_condition *condition, pthread_mutex_t *mutex,
                       const struct timespec *until);

#ifdef __cplusplus
}
#endif
#endif
