/* clock.h - the monotonic clock, for measurements. */
#ifndef RETILE_CORE_BASE_CLOCK_H
#define RETILE_CORE_BASE_CLOCK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 0 if the system has no such clock. */
uint64_t rt_now_ns(void);

#ifdef __cplusplus
}
#endif
#endif
