/* table.c - the block cache's table, in shards with a lock each.
 *
 * The hash's upper bits choose the shard, its lower bits the bucket in it.
 */
#include <stdlib.h>

#include "core/cache/internal.h"

#define FIRST_BUCKETS 64

bool rt_shard_init(struct rt_cache_shard *shard)
{
    shard->buckets = calloc(FIRST_BUCKETS, sizeof(struct rt_block *));
    if (shard->buckets == NULL)
        return false;
    shard->n_buckets = FIRST_BUCKETS;
    if (pthread_cond_init(&shard->changed, NULL) != 0)
        goto free_buckets;
    if (!rt_fork_lock_init(&shard->lock, RT_RANK_CACHE_SHARD))
        goto destroy_condition;
    return true;

destroy_condition:
    pthread_cond_destroy(&shard->changed);
free_buckets:
    free(shard->buckets);
    return false;
}

void rt_shard_destroy(struct rt_cache_shard *shard)
{
    rt_fork_lock_destroy(&shard->lock);
    pthread_cond_destroy(&shard->changed);
    free(shard->buckets);
}

static uint64_t mix(uint64_t h, uint64_t value)
{
    h = (h ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ (h >> 29);
}

uint64_t rt_block_hash(const struct rt_block_key *key)
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

struct rt_cache_shard *rt_cache_shard(struct rt_block_cache *cache,
                                      uint64_t hash)
{
    return &cache->shards[(hash >> 48) & (RT_SHARDS - 1)];
}

static struct rt_block **bucket_locked(struct rt_cache_shard *shard,
                                       uint64_t hash)
{
    return &shard->buckets[hash & (shard->n_buckets - 1)];
}

struct rt_block *rt_shard_find_locked(struct rt_cache_shard *shard,
                                      const struct rt_block_key *key,
                                      uint64_t hash)
{
    struct rt_block *block = *bucket_locked(shard, hash);

    while (block != NULL &&
           (block->hash != hash || !same_key(&block->key, key)))
        block = block->chain;
    return block;
}

/* Doubles the number of buckets when they are full. Out of memory, lookups
 * merely become slower. */
static void grow_locked(struct rt_cache_shard *shard)
{
    const uint64_t n_old = shard->n_buckets;
    struct rt_block **old = shard->buckets;
    struct rt_block **grown;

    if (shard->n_blocks < n_old)
        return;
    grown = calloc(n_old * 2, sizeof(struct rt_block *));
    if (grown == NULL)
        return;
    shard->buckets = grown;
    shard->n_buckets = n_old * 2;
    for (uint64_t i = 0; i < n_old; i++) {
        struct rt_block *block = old[i];

        while (block != NULL) {
            struct rt_block *next = block->chain;
            struct rt_block **bucket = bucket_locked(shard, block->hash);

            block->chain = *bucket;
            *bucket = block;
            block = next;
        }
    }
    free(old);
}

void rt_table_add_locked(struct rt_block_cache *cache, struct rt_block *block)
{
    struct rt_cache_shard *shard = rt_cache_shard(cache, block->hash);
    struct rt_block **bucket;

    grow_locked(shard);
    bucket = bucket_locked(shard, block->hash);
    block->chain = *bucket;
    *bucket = block;
    block->in_table = true;
    shard->n_blocks++;
    if (block->key.piece != RT_WHOLE_BLOCK)
        atomic_fetch_add(&cache->n_pieces, 1);
}

void rt_table_remove_locked(struct rt_block_cache *cache,
                            struct rt_block *block)
{
    struct rt_cache_shard *shard = rt_cache_shard(cache, block->hash);
    struct rt_block **link = bucket_locked(shard, block->hash);

    while (*link != block)
        link = &(*link)->chain;
    *link = block->chain;
    block->in_table = false;
    shard->n_blocks--;
    if (block->key.piece != RT_WHOLE_BLOCK)
        atomic_fetch_sub(&cache->n_pieces, 1);
}
