/* entry.c - counts and frees the bytes of cache entries, and wakes the threads
 * that wait for bytes. */
#include <stdlib.h>

#include "core/base/pages.h"
#include "core/cache/internal.h"

uint64_t rt_block_room(const struct rt_block *block)
{
    return rt_pages_size(block->pixel_bytes);
}

void rt_cache_changed_locked(struct rt_block_cache *cache)
{
    atomic_fetch_add(&cache->n_changes, 1);
    pthread_cond_broadcast(&cache->changed.cond);
}

void rt_cache_changed(struct rt_block_cache *cache)
{
    if (atomic_load(&cache->n_waiters) == 0)
        return;
    pthread_mutex_lock(&cache->order.mutex);
    rt_cache_changed_locked(cache);
    pthread_mutex_unlock(&cache->order.mutex);
}

void rt_cache_give_room(struct rt_block_cache *cache, uint64_t bytes)
{
    rt_budget_release(cache->budget, bytes);
    rt_cache_changed(cache);
}

void rt_cache_free_block(struct rt_block_cache *cache, struct rt_block *block)
{
    const uint64_t pixels =
        block->packed_bytes > 0 ? block->packed_bytes : block->pixel_bytes;
    uint64_t bytes = block->header_bytes;

    if (block->pixels != NULL)
        bytes += rt_pages_size(pixels);
    rt_pages_free(block->pixels, pixels);
    atomic_fetch_sub(&cache->spill_bytes,
                     block->packed_bytes + (block->place.slot_bytes > 0
                                                ? block->pixel_bytes
                                                : 0));
    if (cache->disk != NULL)
        rt_spill_disk_forget(cache->disk, &block->place);
    rt_identity_unref(block->key.identity);
    free(block);
    atomic_fetch_sub(&cache->resident_bytes, bytes);
    rt_cache_give_room(cache, bytes);
}

void rt_cache_measure(struct rt_block_cache *cache, uint64_t *mean_ps,
                      uint64_t ns, uint64_t bytes)
{
    pthread_mutex_lock(&cache->order.mutex);
    rt_spill_cost_add(mean_ps, ns, bytes);
    pthread_mutex_unlock(&cache->order.mutex);
}
