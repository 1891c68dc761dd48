/* plan_count.h - counts the work of a search for a plan. */
#ifndef RETILE_TEST_PLAN_COUNT_H
#define RETILE_TEST_PLAN_COUNT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct plan_count {
    uint64_t measured; /* plans whose steps were gone through */
    uint64_t steps;
};

/* What the calling thread has done since the last call of this function. */
struct plan_count plan_count_take(void);

#ifdef __cplusplus
}
#endif
#endif
