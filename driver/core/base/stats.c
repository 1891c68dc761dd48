/* stats.c - see stats.h. The set of blocks is a table of pages of bits. The
 * table grows up to the highest number; a page is allocated when its first
 * number is added. The lock is taken once for each decoded source block.
 */
#include "core/base/stats.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

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

#define PAGE_BITS 4096

struct rt_block_set {
    struct rt_fork_lock lock;
    /* Guarded by lock. */
    unsigned char **pages; /* NULL for pages without a number */
    int64_t n_pages;
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
    for (int64_t i = 0; i < set->n_pages; i++)
        free(set->pages[i]);
    free(set->pages);
    rt_fork_lock_destroy(&set->lock);
    free(set);
}

/* Makes the table at least twice as large, so that numbers that come in order
 * do not copy it each time. */
static bool grow_locked(struct rt_block_set *set, int64_t n_pages)
{
    const int64_t twice = 2 * set->n_pages;
    const int64_t n = n_pages > twice ? n_pages : twice;
    unsigned char **pages =
        realloc(set->pages, (size_t)n * sizeof(*set->pages));

    if (pages == NULL)
        return false;
    memset(pages + set->n_pages, 0,
           (size_t)(n - set->n_pages) * sizeof(*set->pages));
    set->pages = pages;
    set->n_pages = n;
    return true;
}

static unsigned char *page_locked(struct rt_block_set *set, int64_t number)
{
    const int64_t i = number / PAGE_BITS;
    unsigned char **page;

    if (i >= set->n_pages && !grow_locked(set, i + 1))
        return NULL;
    page = &set->pages[i];
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
