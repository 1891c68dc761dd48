/* stats.h - what a view counts while it is read.
 *
 * Every function may be called from any thread.
 */
#ifndef RETILE_CORE_BASE_STATS_H
#define RETILE_CORE_BASE_STATS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum rt_stat {
    RT_STAT_HITS,            /* cached blocks that served a read */
    RT_STAT_MISSES,          /* blocks that had to be decoded for a read */
    RT_STAT_SOURCE_READS,    /* calls to the source */
    RT_STAT_PIXELS_DECODED,  /* pixels of source blocks, each decode counted */
    RT_STAT_PIXELS_TOUCHED,  /* the same, each block counted once */
    RT_STAT_DECODE_NS,       /* time spent in the source */
    RT_STAT_IN_FLIGHT_WAITS, /* waits for what another reader is decoding */
    RT_STAT_OVERSIZE,        /* blocks or reads that do not fit in the budget */
    RT_STAT_COUNT
};

struct rt_stats;

/* NULL when out of memory. */
struct rt_stats *rt_stats_create(void);
void rt_stats_destroy(struct rt_stats *stats);
void rt_stats_add(struct rt_stats *stats, enum rt_stat stat, uint64_t n);
uint64_t rt_stats_get(const struct rt_stats *stats, enum rt_stat stat);

/* A set of block numbers, from 0 to 2^31-2. Its memory grows with use. */
struct rt_block_set;

struct rt_block_set *rt_block_set_create(void);
void rt_block_set_destroy(struct rt_block_set *set);

/* Adds number. Returns true if it was not in the set. Also returns true when
 * out of memory: the reported amplification is then too low, but no read
 * fails. */
bool rt_block_set_add(struct rt_block_set *set, int64_t number);

#ifdef __cplusplus
}
#endif
#endif
