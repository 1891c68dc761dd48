/* cost.c - see cost.h. */
#include "core/spill/cost.h"

#define PS_PER_NS 1000
#define SHARE 16
#define MOST_NS (UINT64_MAX / PS_PER_NS) /* the most that fits in ps */

struct rt_spill_cost rt_spill_cost_first(void)
{
    const struct rt_spill_cost cost = {2600, 100};

    return cost;
}

void rt_spill_cost_add(uint64_t *mean_ps, uint64_t ns, uint64_t bytes)
{
    if (bytes > 0 && ns <= MOST_NS)
        *mean_ps = *mean_ps - *mean_ps / SHARE + ns * PS_PER_NS / bytes / SHARE;
}

bool rt_spill_cost_pays(const struct rt_spill_cost *cost, uint64_t decode_ns,
                        uint64_t bytes)
{
    const uint64_t each_ps = 2 * (cost->write_ps + cost->read_ps);

    if (decode_ns > MOST_NS)
        return true;
    return bytes == 0 || each_ps < decode_ns * PS_PER_NS / bytes;
}
