/* stats.c - see stats.h. The set of blocks is a table of pages of bits. A page
 * is allocated when its first number is added. The lock is taken once for each
 * decoded source block.
 */
#include "core/base/stats.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/base/fork_lock.h"

struct rt_stats {
    atomic_uint_least64_t counts[RT_STAT_COUNT];
};

struct rt_stats *rt_stats_create(void)
{
    struct rt_stats *stats = malloc(sizeof(*stats));

    if (stats != NULL)
        for (int i = 0; i < RT_STAT_COUNT; i++)
            atomic_init(&stats->counts[i], 0);
    return stats;
}

void rt_stats_destroy(struct rt_stats *stats)
{
    free(stats);
}

void rt_stats_add(struct rt_stats *stats, enum rt_stat stat, uint64_t n)
{
    atomic_fetch_add_explicit(&stats->counts[stat], n, memory_order_relaxed);
}

uint64_t rt_stats_get(const struct rt_stats *stats, enum rt_stat stat)
{
    return atomic_load_explicit(&stats->counts[stat], memory_order_relaxed);
}

#define PAGE_BITS 32768
#define PAGE_COUNT 65536 /* PAGE_BITS * PAGE_COUNT numbers, 2^31 */

struct rt_block_set {
    struct rt_fork_lock lock;
    unsigned char **pages; /* guarded by lock; allocated at the first use */
};

struct rt_block_set *rt_block_set_create(void)
{
    struct rt_block_set *set = calloc(1, sizeof(*set));

    if (set != NULL && !rt_fork_lock_init(&set->lock, RT_RANK_LEAF)) {
        free(set);
        return NULL;
    }
    return set;
}

void rt_block_set_destroy(struct rt_block_set *set)
{
    if (set == NULL)
        return;
    for (int i = 0; set->pages != NULL && i < PAGE_COUNT; i++)
        free(set->pages[i]);
    free(set->pages);
    rt_fork_lock_destroy(&set->lock);
    free(set);
}

static unsigned char *page_locked(struct rt_block_set *set, int64_t number)
{
    unsigned char **page;

    if (set->pages == NULL)
        set->pages = calloc(PAGE_COUNT, sizeof(*set->pages));
    if (set->pages == NULL)
        return NULL;
    page = &set->pages[number / PAGE_BITS];
    if (*page == NULL)
        *page = calloc(PAGE_BITS / 8, 1);
    return *page;
}

bool rt_block_set_add(struct rt_block_set *set, int64_t number)
{
    const int64_t bit = number % PAGE_BITS;
    unsigned char *page;
    bool added = true;

    pthread_mutex_lock(&set->lock.mutex);
    page = page_locked(set, number);
    if (page != NULL) {
        const unsigned char mask = (unsigned char)(1u << (bit % 8));

        added = (page[bit / 8] & mask) == 0;
        page[bit / 8] = (unsigned char)(page[bit / 8] | mask);
    }
    pthread_mutex_unlock(&set->lock.mutex);
    return added;
}
