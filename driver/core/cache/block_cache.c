/* block_cache.c - see block_cache.h and internal.h.
 *
 * A hit takes only the lock of one shard, counts a pin and sets a mark. Adding
 * or removing entries also takes the order lock.
 */
#include "core/cache/block_cache.h"

#include <stdlib.h>

#include "core/base/checked.h"
#include "core/base/pages.h"
#include "core/cache/internal.h"
#include "core/cache/pack.h"

static void destroy_shards(struct rt_block_cache *cache, int n)
{
    while (n-- > 0)
        rt_shard_destroy(&cache->shards[n]);
}

struct rt_block_cache *rt_block_cache_create(uint64_t limit_bytes)
{
    struct rt_block_cache *cache = calloc(1, sizeof(*cache));
    int n_shards = 0;

    if (cache == NULL)
        return NULL;
    cache->cost = rt_spill_cost_first();
    cache->budget = rt_budget_create(limit_bytes);
    if (cache->budget == NULL)
        goto free_cache;
    if (!rt_condition_init(&cache->changed))
        goto destroy_budget;
    if (!rt_fork_lock_init(&cache->order, RT_RANK_CACHE_ORDER))
        goto destroy_condition;
    for (; n_shards < RT_SHARDS; n_shards++)
        if (!rt_shard_init(&cache->shards[n_shards]))
            goto destroy_shards;
    rt_fork_lock_on_fork(&cache->order, rt_cache_start_child, cache);
    return cache;

destroy_shards:
    destroy_shards(cache, n_shards);
    rt_fork_lock_destroy(&cache->order);
destroy_condition:
    pthread_cond_destroy(&cache->changed.cond);
destroy_budget:
    rt_budget_destroy(cache->budget);
free_cache:
    free(cache);
    return NULL;
}

static void free_blocks(struct rt_block_cache *cache,
                        struct rt_cache_shard *shard)
{
    for (uint64_t i = 0; i < shard->n_buckets; i++)
        while (shard->buckets[i] != NULL) {
            struct rt_block *block = shard->buckets[i];

            shard->buckets[i] = block->chain;
            rt_cache_free_block(cache, block);
        }
}

void rt_block_cache_destroy(struct rt_block_cache *cache)
{
    if (cache == NULL)
        return;
    for (int i = 0; i < RT_SHARDS; i++)
        free_blocks(cache, &cache->shards[i]);
    rt_fork_lock_destroy(&cache->order); /* first, so that a fork cannot call
                                          * rt_cache_start_child any more */
    destroy_shards(cache, RT_SHARDS);
    pthread_cond_destroy(&cache->changed.cond);
    rt_spill_disk_destroy(cache->disk);
    rt_budget_destroy(cache->budget);
    free(cache);
}

bool rt_block_cache_set_spill(struct rt_block_cache *cache, const char *folder,
                              struct rt_budget *disk,
                              void (*warn)(void *context, const char *text),
                              void *context)
{
    cache->warn = warn;
    cache->warn_context = context;
    cache->disk = rt_spill_disk_create(folder, disk);
    return cache->disk != NULL;
}

void rt_block_cache_serve_in_order(struct rt_block_cache *cache)
{
    cache->in_order = true;
}

uint64_t rt_block_cache_limit(struct rt_block_cache *cache)
{
    return rt_budget_limit(cache->budget);
}

void rt_block_cache_set_limit(struct rt_block_cache *cache,
                              uint64_t limit_bytes)
{
    rt_budget_set_limit(cache->budget, limit_bytes);
    rt_cache_trim(cache, true);
    rt_cache_changed(cache);
}

static bool can_be_read(const struct rt_block *block)
{
    return block->state == RT_BLOCK_RESIDENT ||
           block->state == RT_BLOCK_WRITING;
}

static bool is_spilled(const struct rt_block *block)
{
    return block->state == RT_BLOCK_PACKED || block->state == RT_BLOCK_ON_DISK;
}

struct rt_block *rt_block_cache_pin(struct rt_block_cache *cache,
                                    const struct rt_block_key *key)
{
    const uint64_t hash = rt_block_hash(key);
    struct rt_cache_shard *shard = rt_cache_shard(cache, hash);
    struct rt_block *block;
    bool recall = false;

    pthread_mutex_lock(&shard->lock.mutex);
    /* After a wait the table may hold another entry for key. */
    while ((block = rt_shard_find_locked(shard, key, hash)) != NULL &&
           !can_be_read(block) && !is_spilled(block))
        pthread_cond_wait(&shard->changed, &shard->lock.mutex);
    if (block != NULL) {
        block->pins++;
        recall = is_spilled(block);
        if (recall)
            block->state = RT_BLOCK_READING;
        else
            rt_order_read_locked(cache, block);
    }
    pthread_mutex_unlock(&shard->lock.mutex);
    return recall ? rt_spill_recall(cache, block) : block;
}

bool rt_block_cache_peek(struct rt_block_cache *cache,
                         const struct rt_block_key *key,
                         void (*peek)(void *context, const void *pixels),
                         void *context)
{
    const uint64_t hash = rt_block_hash(key);
    struct rt_cache_shard *shard = rt_cache_shard(cache, hash);
    struct rt_block *block;
    bool found;

    pthread_mutex_lock(&shard->lock.mutex);
    block = rt_shard_find_locked(shard, key, hash);
    found = block != NULL && can_be_read(block);
    if (found) {
        rt_order_read_locked(cache, block);
        peek(context, block->pixels);
    }
    pthread_mutex_unlock(&shard->lock.mutex);
    return found;
}

bool rt_block_cache_contains(struct rt_block_cache *cache,
                             const struct rt_block_key *key)
{
    const uint64_t hash = rt_block_hash(key);
    struct rt_cache_shard *shard = rt_cache_shard(cache, hash);
    bool found;

    pthread_mutex_lock(&shard->lock.mutex);
    found = rt_shard_find_locked(shard, key, hash) != NULL;
    pthread_mutex_unlock(&shard->lock.mutex);
    return found;
}

static uint64_t header_bytes(uint64_t pixel_bytes)
{
    return sizeof(struct rt_block) +
           rt_pack_chunks(pixel_bytes) * sizeof(uint32_t);
}

/* The caller has already reserved the bytes. */
static struct rt_block *new_block(const struct rt_block_key *key,
                                  uint64_t pixel_bytes)
{
    const uint64_t bytes = header_bytes(pixel_bytes);
    struct rt_block *block = calloc(1, (size_t)bytes);

    if (block == NULL)
        return NULL;
    block->pixels = rt_pages_alloc(pixel_bytes);
    if (block->pixels == NULL) {
        free(block);
        return NULL;
    }
    block->key = *key;
    block->hash = rt_block_hash(key);
    block->pixel_bytes = pixel_bytes;
    block->header_bytes = bytes;
    block->cost.px_bytes = 1;
    block->pins = 1;
    rt_identity_ref(key->identity);
    return block;
}

struct rt_block *rt_block_cache_create_block(struct rt_block_cache *cache,
                                             const struct rt_block_key *key,
                                             uint64_t pixel_bytes)
{
    struct rt_block *block;
    uint64_t bytes;

    if (!rt_add_u64(rt_pages_size(pixel_bytes), header_bytes(pixel_bytes),
                    &bytes) ||
        bytes > SIZE_MAX || !rt_cache_take_room(cache, bytes, false))
        return NULL;
    atomic_fetch_add(&cache->resident_bytes, bytes);
    block = new_block(key, pixel_bytes);
    if (block == NULL) {
        atomic_fetch_sub(&cache->resident_bytes, bytes);
        rt_cache_give_room(cache, bytes);
    }
    return block;
}

void rt_block_set_cost(struct rt_block *block, const struct rt_block_cost *cost)
{
    block->cost = *cost;
}

void rt_block_cache_publish(struct rt_block_cache *cache,
                            struct rt_block *block, bool served)
{
    struct rt_cache_shard *shard = rt_cache_shard(cache, block->hash);
    const uint64_t bytes = block->header_bytes + rt_block_room(block);

    pthread_mutex_lock(&cache->order.mutex);
    pthread_mutex_lock(&shard->lock.mutex);
    block->served = served;
    if (rt_shard_find_locked(shard, &block->key, block->hash) == NULL) {
        block->born_bytes = atomic_fetch_add(&cache->age_bytes, bytes) + bytes;
        rt_table_add_locked(cache, block);
        rt_order_add_locked(cache, block, rt_order_first(block), bytes);
    }
    pthread_mutex_unlock(&shard->lock.mutex);
    pthread_mutex_unlock(&cache->order.mutex);
}

void rt_block_cache_unpin(struct rt_block_cache *cache, struct rt_block *block)
{
    struct rt_cache_shard *shard = rt_cache_shard(cache, block->hash);
    bool unpinned, gone;

    pthread_mutex_lock(&shard->lock.mutex);
    unpinned = --block->pins == 0;
    gone = unpinned && !block->in_table;
    pthread_mutex_unlock(&shard->lock.mutex);
    if (gone)
        rt_cache_free_block(cache, block);
    if (unpinned) {
        rt_cache_trim(cache, false);
        rt_cache_changed(cache);
    }
}

void rt_block_cache_drop(struct rt_block_cache *cache,
                         const struct rt_block_key *key)
{
    const uint64_t hash = rt_block_hash(key);
    struct rt_cache_shard *shard = rt_cache_shard(cache, hash);
    struct rt_block *block;
    bool gone = false;

    pthread_mutex_lock(&cache->order.mutex);
    pthread_mutex_lock(&shard->lock.mutex);
    block = rt_shard_find_locked(shard, key, hash);
    if (block != NULL) {
        rt_table_remove_locked(cache, block);
        rt_order_remove_locked(cache, block);
        gone = block->pins == 0;
    }
    pthread_mutex_unlock(&shard->lock.mutex);
    pthread_mutex_unlock(&cache->order.mutex);
    if (gone)
        rt_cache_free_block(cache, block);
}

bool rt_block_cache_has_pieces(struct rt_block_cache *cache)
{
    return atomic_load(&cache->n_pieces) > 0;
}

void rt_block_cache_count(struct rt_block_cache *cache,
                          struct rt_cache_counters *counters)
{
    counters->evictions = atomic_load(&cache->evictions);
    counters->resident_bytes = atomic_load(&cache->resident_bytes);
    counters->used_bytes = rt_budget_used(cache->budget);
    counters->peak_bytes = rt_budget_peak(cache->budget);
    counters->limit_bytes = rt_budget_limit(cache->budget);
    counters->spill_writes = atomic_load(&cache->spill_writes);
    counters->spill_reads = atomic_load(&cache->spill_reads);
    counters->spill_bytes = atomic_load(&cache->spill_bytes);
}

bool rt_block_cache_could_hold(const struct rt_block_cache *cache,
                               uint64_t pixel_bytes)
{
    const uint64_t limit = rt_budget_limit(cache->budget);
    const uint64_t header = header_bytes(pixel_bytes);

    return limit >= header && rt_pages_size(pixel_bytes) <= limit - header;
}

void *rt_block_pixels(struct rt_block *block)
{
    return block->pixels;
}
