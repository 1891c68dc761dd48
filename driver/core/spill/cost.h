/* cost.h - whether writing a block to a temporary file pays.
 *
 * Costs are running means of measurements, in picoseconds for each byte. There
 * is no state here: the caller guards the struct.
 */
#ifndef RETILE_CORE_SPILL_COST_H
#define RETILE_CORE_SPILL_COST_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rt_spill_cost {
    uint64_t write_ps, read_ps; /* for each byte */
};

/* The costs to assume before anything is measured: those of a block of imagery
 * in the page cache, 2.6 ns for each byte to write and 0.1 ns to read. */
struct rt_spill_cost rt_spill_cost_first(void);

/* Adds a measurement to a mean, with a weight of one sixteenth. */
void rt_spill_cost_add(uint64_t *mean_ps, uint64_t ns, uint64_t bytes);

/* Whether decoding takes more than twice as long as writing and reading
 * back. */
bool rt_spill_cost_pays(const struct rt_spill_cost *cost, uint64_t decode_ns,
                        uint64_t bytes);

#ifdef __cplusplus
}
#endif
#endif
