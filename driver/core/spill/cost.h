/* cost.h - whether a block is worth writing to a temporary file.
 *
 * Costs are running means of what was measured, in picoseconds a byte.
 * No state of its own: the caller guards the struct.
 */
#ifndef RETILE_CORE_SPILL_COST_H
#define RETILE_CORE_SPILL_COST_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rt_spill_cost {
    uint64_t write_ps, read_ps; /* a byte */
};

/* What a block of imagery in the page cache cost when nothing was measured:
 * 2.6 ns a byte in, 0.1 ns a byte out. */
struct rt_spill_cost rt_spill_cost_first(void);

/* Takes one more measurement into a mean: a sixteenth of it. */
void rt_spill_cost_add(uint64_t *mean_ps, uint64_t ns, uint64_t bytes);

/* Whether decoding takes more than twice as long as writing and reading. */
bool rt_spill_cost_pays(const struct rt_spill_cost *cost, uint64_t decode_ns,
                        uint64_t bytes);

/* A clock for measuring. */
uint64_t rt_spill_cost_now_ns(void);

#ifdef __cplusplus
}
#endif
#endif
