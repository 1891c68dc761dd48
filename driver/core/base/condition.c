/* condition.c - see condition.h. */
#include "core/base/condition.h"

#define SECOND_NS UINT64_C(1000000000)

bool rt_condition_init(struct rt_condition *condition)
{
    pthread_condattr_t attributes;
    bool made;

    if (pthread_condattr_init(&attributes) != 0)
        return false;
    made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
           pthread_cond_init(&condition->cond, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return made;
}

struct timespec rt_condition_until(uint64_t ns)
{
    struct timespec until;
    uint64_t part_ns;

    clock_gettime(CLOCK_MONOTONIC, &until);
    part_ns = (uint64_t)until.tv_nsec + ns % SECOND_NS;
    until.tv_sec += (time_t)(ns / SECOND_NS + part_ns / SECOND_NS);
    until.tv_nsec = (long)(part_ns % SECOND_NS);
    return until;
}

bool rt_condition_wait(struct rt_condition *condition, pthread_mutex_t *mutex,
                       const struct timespec *until)
{
    return pthread_cond_timedwait(&condition->cond, mutex, until) == 0;
}
