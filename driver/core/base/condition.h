/* condition.h - conditions that are waited for by the clock which nobody sets:
 * a wait with a deadline ends on time whatever becomes of the wall clock.
 */
#ifndef RETILE_CORE_BASE_CONDITION_H
#define RETILE_CORE_BASE_CONDITION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* False where the system has no room for it. To be destroyed by
 * pthread_cond_destroy. */
bool rt_condition_init(pthread_cond_t *condition);

/* For pthread_cond_timedwait of such a condition: ns from now on. */
struct timespec rt_condition_until(uint64_t ns);

#ifdef __cplusplus
}
#endif
#endif
