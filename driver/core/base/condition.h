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

/* Returns false if the system has no resources for it. Destroy it with
 * pthread_cond_destroy. */
bool rt_condition_init(pthread_cond_t *condition);

/* The deadline that is ns from now, for pthread_cond_timedwait on such a
 * condition. */
struct timespec rt_condition_until(uint64_t ns);

#ifdef __cplusplus
}
#endif
#endif
