/* checked.h - products and sums of sizes that cannot wrap.
 *
 * Each function returns false and leaves *out alone if the exact result does
 * not fit. Sizes that come from a file or a user are checked once with these
 * functions, when a source is opened, a read begins or a plan is made.
 */
#ifndef RETILE_CORE_BASE_CHECKED_H
#define RETILE_CORE_BASE_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

static inline bool rt_mul_u64(uint64_t a, uint64_t b, uint64_t *out)
{
    if (a != 0 && b > UINT64_MAX / a)
        return false;
    *out = a * b;
    return true;
}

static inline bool rt_add_u64(uint64_t a, uint64_t b, uint64_t *out)
{
    if (b > UINT64_MAX - a)
        return false;
    *out = a + b;
    return true;
}

#endif
