/* block_cache.c - see block_cache.h.
 *
 * A hash table of entries and, of those that nobody pins, a list from the
 * one used last to the one used longest ago. Invariants, under the lock:
 *
 *   - an entry is in the table if and only if it is published and neither
 *     evicted nor dropped since;
 *   - an entry is in the list if and only if it is in the table and has no
 *     pin, so that the list's tail can always be freed;
 *   - the budget counts every entry that exists, pinned or not.
 *
 * A source block that covers more than was asked for leaves entries behind
 * that nobody has read yet. They are spared once at the tail: a scan comes
 * back for them after about one more round of the cache.
 */
#include "core/block_cache.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/budget.h"
#include "core/checked.h"
#include "core/pages.h"

struct rt_block {
    /* Fixed after create. */
    struct rt_block_key key;
    uint64_t total_bytes;
    /* Guarded by the cache's lock. */
    struct rt_block *chain;         /* next in the bucket */
    struct rt_block *newer, *older; /* neighbours in the list */
    uint32_t pins;
    bool in_table;
    bool served;
    bool spared;
    /* The pixels follow, aligned for any type. */
    _Alignas(16) unsigned char pixels[];
};

struct rt_block_cache {
    struct rt_budget *budget; /* fixed after create; has its own lock */
    pthread_mutex_t lock;
    /* Guarded by lock. */
    struct rt_block **buckets;
    uint64_t n_buckets; /* a power of two */
    uint64_t n_blocks;
    uint64_t n_pieces;
    uint64_t resident_bytes;
    uint64_t evictions;
    struct rt_block *newest, *oldest;
};

#define FIRST_BUCKETS 1024

struct rt_block_cache *rt_block_cache_create(uint64_t limit_bytes)
{
    struct rt_block_cache *cache = calloc(1, sizeof(*cache));

    if (cache == NULL)
        return NULL;
    cache->n_buckets = FIRST_BUCKETS;
    cache->buckets = calloc(FIRST_BUCKETS, sizeof(struct rt_block *));
    if (cache->buckets == NULL)
        goto free_cache;
    cache->budget = rt_budget_create(limit_bytes);
    if (cache->budget == NULL)
        goto free_buckets;
    if (pthread_mutex_init(&cache->lock, NULL) != 0)
        goto destroy_budget;
    return cache;

destroy_budget:
    rt_budget_destroy(cache->budget);
free_buckets:
    free(cache->buckets);
free_cache:
    free(cache);
    return NULL;
}

static uint64_t mix(uint64_t h, uint64_t value)
{
    h = (h ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ (h >> 29);
}

static uint64_t hash(const struct rt_block_key *key)
{
    uint64_t h = mix(0, (uint64_t)(uintptr_t)key->identity);

    h = mix(h, ((uint64_t)(uint32_t)key->layer << 32) | (uint32_t)key->plane);
    h = mix(h,
            ((uint64_t)(uint32_t)key->col_blk << 32) | (uint32_t)key->row_blk);
    return mix(h, (uint64_t)key->piece);
}

static bool same_key(const struct rt_block_key *a, const struct rt_block_key *b)
{
    return a->identity == b->identity && a->layer == b->layer &&
           a->plane == b->plane && a->col_blk == b->col_blk &&
           a->row_blk == b->row_blk && a->piece == b->piece;
}

static struct rt_block **bucket_locked(struct rt_block_cache *cache,
                                       const struct rt_block_key *key)
{
    return &cache->buckets[hash(key) & (cache->n_buckets - 1)];
}

static struct rt_block *find_locked(struct rt_block_cache *cache,
                                    const struct rt_block_key *key)
{
    struct rt_block *block = *bucket_locked(cache, key);

    while (block != NULL && !same_key(&block->key, key))
        block = block->chain;
    return block;
}

static void list_remove_locked(struct rt_block_cache *cache,
                               struct rt_block *block)
{
    if (block->newer != NULL)
        block->newer->older = block->older;
    else
        cache->newest = block->older;
    if (block->older != NULL)
        block->older->newer = block->newer;
    else
        cache->oldest = block->newer;
    block->newer = block->older = NULL;
}

static void list_push_locked(struct rt_block_cache *cache,
                             struct rt_block *block)
{
    block->newer = NULL;
    block->older = cache->newest;
    if (cache->newest != NULL)
        cache->newest->newer = block;
    else
        cache->oldest = block;
    cache->newest = block;
}

/* Doubles the table when it is full. Without memory it merely stays slow. */
static void grow_locked(struct rt_block_cache *cache)
{
    const uint64_t n_buckets = cache->n_buckets * 2;
    struct rt_block **old = cache->buckets;
    struct rt_block **grown;

    if (cache->n_blocks < cache->n_buckets)
        return;
    grown = calloc(n_buckets, sizeof(struct rt_block *));
    if (grown == NULL)
        return;
    cache->buckets = grown;
    cache->n_buckets = n_buckets;
    for (uint64_t i = 0; i < n_buckets / 2; i++) {
        struct rt_block *block = old[i];

        while (block != NULL) {
            struct rt_block *next = block->chain;
            struct rt_block **bucket = bucket_locked(cache, &block->key);

            block->chain = *bucket;
            *bucket = block;
            block = next;
        }
    }
    free(old);
}

static void table_add_locked(struct rt_block_cache *cache,
                             struct rt_block *block)
{
    struct rt_block **bucket;

    grow_locked(cache);
    bucket = bucket_locked(cache, &block->key);
    block->chain = *bucket;
    *bucket = block;
    block->in_table = true;
    cache->n_blocks++;
    cache->n_pieces += block->key.piece != RT_WHOLE_BLOCK;
}

static void table_remove_locked(struct rt_block_cache *cache,
                                struct rt_block *block)
{
    struct rt_block **link = bucket_locked(cache, &block->key);

    while (*link != block)
        link = &(*link)->chain;
    *link = block->chain;
    block->in_table = false;
    cache->n_blocks--;
    cache->n_pieces -= block->key.piece != RT_WHOLE_BLOCK;
}

static void free_block_locked(struct rt_block_cache *cache,
                              struct rt_block *block)
{
    const uint64_t total_bytes = block->total_bytes;

    cache->resident_bytes -= block->total_bytes;
    rt_budget_release(cache->budget, block->total_bytes);
    rt_identity_unref(block->key.identity);
    rt_pages_free(block, total_bytes);
}

/* Frees the entry used longest ago. False where every entry is pinned. */
static bool evict_one_locked(struct rt_block_cache *cache)
{
    struct rt_block *block = cache->oldest;

    while (block != NULL && !block->served && !block->spared) {
        list_remove_locked(cache, block);
        block->spared = true;
        list_push_locked(cache, block);
        block = cache->oldest;
    }
    if (block == NULL)
        return false;
    list_remove_locked(cache, block);
    table_remove_locked(cache, block);
    free_block_locked(cache, block);
    cache->evictions++;
    return true;
}

static bool reserve_locked(struct rt_block_cache *cache, uint64_t bytes)
{
    if (bytes > rt_budget_limit(cache->budget))
        return false;
    while (!rt_budget_reserve(cache->budget, bytes))
        if (!evict_one_locked(cache))
            return false;
    return true;
}

void rt_block_cache_destroy(struct rt_block_cache *cache)
{
    if (cache == NULL)
        return;
    while (evict_one_locked(cache)) {
    }
    pthread_mutex_destroy(&cache->lock);
    rt_budget_destroy(cache->budget);
    free(cache->buckets);
    free(cache);
}

void rt_block_cache_set_limit(struct rt_block_cache *cache,
                              uint64_t limit_bytes)
{
    pthread_mutex_lock(&cache->lock);
    rt_budget_set_limit(cache->budget, limit_bytes);
    while (rt_budget_excess(cache->budget) > 0 && evict_one_locked(cache)) {
    }
    pthread_mutex_unlock(&cache->lock);
}

struct rt_block *rt_block_cache_pin(struct rt_block_cache *cache,
                                    const struct rt_block_key *key)
{
    struct rt_block *block;

    pthread_mutex_lock(&cache->lock);
    block = find_locked(cache, key);
    if (block != NULL) {
        if (block->pins++ == 0)
            list_remove_locked(cache, block);
        block->served = true;
    }
    pthread_mutex_unlock(&cache->lock);
    return block;
}

bool rt_block_cache_contains(struct rt_block_cache *cache,
                             const struct rt_block_key *key)
{
    bool found;

    pthread_mutex_lock(&cache->lock);
    found = find_locked(cache, key) != NULL;
    pthread_mutex_unlock(&cache->lock);
    return found;
}

struct rt_block *rt_block_cache_create_block(struct rt_block_cache *cache,
                                             const struct rt_block_key *key,
                                             uint64_t pixel_bytes)
{
    struct rt_block *block;
    uint64_t total_bytes;
    bool reserved;

    if (!rt_add_u64(pixel_bytes, sizeof(*block), &total_bytes) ||
        total_bytes > SIZE_MAX)
        return NULL;
    total_bytes = rt_pages_size(total_bytes);
    pthread_mutex_lock(&cache->lock);
    reserved = reserve_locked(cache, total_bytes);
    if (reserved)
        cache->resident_bytes += total_bytes;
    pthread_mutex_unlock(&cache->lock);
    if (!reserved)
        return NULL;

    block = rt_pages_alloc(total_bytes);
    if (block == NULL) {
        pthread_mutex_lock(&cache->lock);
        cache->resident_bytes -= total_bytes;
        rt_budget_release(cache->budget, total_bytes);
        pthread_mutex_unlock(&cache->lock);
        return NULL;
    }
    *block =
        (struct rt_block){.key = *key, .total_bytes = total_bytes, .pins = 1};
    rt_identity_ref(key->identity);
    return block;
}

void rt_block_cache_publish(struct rt_block_cache *cache,
                            struct rt_block *block, bool served)
{
    pthread_mutex_lock(&cache->lock);
    block->served = served;
    if (find_locked(cache, &block->key) == NULL)
        table_add_locked(cache, block);
    pthread_mutex_unlock(&cache->lock);
}

void rt_block_cache_unpin(struct rt_block_cache *cache, struct rt_block *block)
{
    pthread_mutex_lock(&cache->lock);
    if (--block->pins == 0) {
        if (block->in_table)
            list_push_locked(cache, block);
        else
            free_block_locked(cache, block);
        while (rt_budget_excess(cache->budget) > 0 && evict_one_locked(cache)) {
        }
    }
    pthread_mutex_unlock(&cache->lock);
}

void rt_block_cache_drop(struct rt_block_cache *cache,
                         const struct rt_block_key *key)
{
    struct rt_block *block;

    pthread_mutex_lock(&cache->lock);
    block = find_locked(cache, key);
    if (block != NULL) {
        table_remove_locked(cache, block);
        if (block->pins == 0) {
            list_remove_locked(cache, block);
            free_block_locked(cache, block);
        }
    }
    pthread_mutex_unlock(&cache->lock);
}

bool rt_block_cache_has_pieces(struct rt_block_cache *cache)
{
    bool has_pieces;

    pthread_mutex_lock(&cache->lock);
    has_pieces = cache->n_pieces > 0;
    pthread_mutex_unlock(&cache->lock);
    return has_pieces;
}

bool rt_block_cache_reserve(struct rt_block_cache *cache, uint64_t bytes,
                            bool overdraw)
{
    bool reserved;

    pthread_mutex_lock(&cache->lock);
    reserved = reserve_locked(cache, bytes);
    pthread_mutex_unlock(&cache->lock);
    if (!reserved && overdraw)
        rt_budget_overdraw(cache->budget, bytes);
    return reserved;
}

void rt_block_cache_release(struct rt_block_cache *cache, uint64_t bytes)
{
    rt_budget_release(cache->budget, bytes);
}

void rt_block_cache_count(struct rt_block_cache *cache,
                          struct rt_cache_counters *counters)
{
    pthread_mutex_lock(&cache->lock);
    counters->evictions = cache->evictions;
    counters->resident_bytes = cache->resident_bytes;
    pthread_mutex_unlock(&cache->lock);
    counters->used_bytes = rt_budget_used(cache->budget);
    counters->peak_bytes = rt_budget_peak(cache->budget);
    counters->limit_bytes = rt_budget_limit(cache->budget);
}

bool rt_block_cache_could_hold(const struct rt_block_cache *cache,
                               uint64_t pixel_bytes)
{
    const uint64_t limit = rt_budget_limit(cache->budget);

    return limit > sizeof(struct rt_block) &&
           pixel_bytes <= limit - sizeof(struct rt_block);
}

void *rt_block_pixels(struct rt_block *block)
{
    return block->pixels;
}
