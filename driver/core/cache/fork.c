/* fork.c - the block cache in a child of fork.
 *
 * The locks are free, but the lost threads may have owned entries, reserved
 * bytes or been waiting. What they worked on is left alone and not freed: they
 * may have freed an address already, and it may belong to something else.
 * Blocks on disk are forgotten, because the parent will reuse their slots.
 */
#include <stdlib.h>

#include "core/base/pages.h"
#include "core/cache/internal.h"

static uint64_t held_bytes(const struct rt_block *block)
{
    uint64_t bytes = block->header_bytes;

    if (block->pixels != NULL)
        bytes += rt_pages_size(block->packed_bytes > 0 ? block->packed_bytes
                                                       : block->pixel_bytes);
    return bytes;
}

/* Removes block from the table and the lists. Returns true if no thread worked
 * on it, so that it can be freed. */
static bool forget_block(struct rt_block_cache *cache, struct rt_block *block)
{
    rt_table_remove_locked(cache, block);
    rt_order_remove_locked(cache, block);
    if (block->state == RT_BLOCK_ON_DISK)
        return true;
    atomic_fetch_sub(&cache->resident_bytes, held_bytes(block));
    atomic_fetch_sub(&cache->spill_bytes, block->packed_bytes);
    return false;
}

static void start_block(struct rt_block_cache *cache, struct rt_block *block)
{
    if (block->place.slot_bytes > 0)
        atomic_fetch_sub(&cache->spill_bytes, block->pixel_bytes);
    block->place.slot_bytes = 0;
    if (block->state == RT_BLOCK_WRITING) {
        block->state = RT_BLOCK_RESIDENT;
        block->pins--;
        rt_order_add_locked(cache, block, rt_order_first(block),
                            block->header_bytes + rt_block_room(block));
    }
    if (block->state == RT_BLOCK_RESIDENT || block->state == RT_BLOCK_PACKED)
        return;
    if (forget_block(cache, block))
        rt_cache_free_block(cache, block);
}

static void start_shard(struct rt_block_cache *cache,
                        struct rt_cache_shard *shard)
{
    (void)pthread_cond_init(&shard->changed, NULL);
    for (uint64_t i = 0; i < shard->n_buckets; i++)
        for (struct rt_block *block = shard->buckets[i], *next; block != NULL;
             block = next) {
            next = block->chain;
            start_block(cache, block);
        }
}

/* The child has only one thread here, so no lock is needed. */
void rt_cache_start_child(void *context)
{
    struct rt_block_cache *cache = context;

    (void)rt_condition_init(&cache->changed);
    cache->n_busy = 0;
    cache->reserved_bytes = 0;
    cache->aside_bytes = 0;
    atomic_store(&cache->n_waiters, 0);
    if (cache->disk != NULL)
        rt_spill_disk_start_child(cache->disk);
    for (int i = 0; i < RT_SHARDS; i++)
        start_shard(cache, &cache->shards[i]);
    rt_budget_release(cache->budget, rt_budget_used(cache->budget) -
                                         atomic_load(&cache->resident_bytes));
}
