/* min_max.h - the smaller and the larger of two numbers. */
#ifndef RETILE_CORE_BASE_MIN_MAX_H
#define RETILE_CORE_BASE_MIN_MAX_H

#include <stdint.h>

static inline int32_t rt_min_i32(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline int32_t rt_max_i32(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

static inline int64_t rt_min_i64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t rt_max_i64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* value, but at least 0 and at most most, which is 0 or more. */
static inline int32_t rt_clip_i32(int64_t value, int32_t most)
{
    if (value < 0)
        return 0;
    return value > most ? most : (int32_t)value;
}

static inline uint64_t rt_min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t rt_max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

#endif
