/* eviction.c - which entry of the block cache is evicted first.
 *
 * There are two queues for pixels. A new entry starts in the first one, on
 * probation. At the end of that queue it is promoted to the second one if it
 * has been read again or is pinned; otherwise it is evicted. An entry at the
 * end of the second queue goes back to its start if it has been read since or
 * is pinned; otherwise it returns to probation. The second queue has a fixed
 * share of the limit and is evicted from first while it exceeds that share. A
 * scan reads each entry only once, so its entries pass through the first queue
 * only.
 *
 * Reads close together count as one, because reading a block line by line is
 * one use of it. A read counts as another one only if a certain part of the
 * limit has been published since the entry arrived.
 *
 * A source block that covers more than was requested leaves entries that nobody
 * has read yet. They are spared once at the end of probation: a scan returns
 * for them after about one more round of the cache.
 *
 * Encoded entries have a queue of their own. Normally only what exceeds its
 * share is evicted, because many blocks are decoded from one such entry and it
 * is small. Below the share, its entries are evicted only if a read needs the
 * bytes to work at all and nothing else can be evicted. The second queue's
 * share refers to the limit less what encoded entries take.
 *
 * A cache that serves in order (a copy's) has the first queue only: what was
 * read again a moment ago is no more likely to be read once more than what has
 * just come, and the second queue would fill with what the copy has passed.
 *
 * A hit moves nothing in the queues; it only sets marks.
 */
#include "core/base/pages.h"
#include "core/cache/internal.h"

#define PROTECTED_PERCENT UINT64_C(50) /* of the limit */
#define CLOSE_TOGETHER 16              /* divides the limit: see above */
#define ENCODED_SHARE 2                /* divides the limit: half of it */

/* Divisors: compressed entries may take half of the limit less the encoded
 * entries, headers of entries on disk a sixteenth of the limit. */
#define PACKED_SHARE 2
#define ON_DISK_SHARE 16

enum rt_block_list rt_order_first(const struct rt_block *block)
{
    return block->cost.encoded ? RT_LIST_ENCODED : RT_LIST_PROBATION;
}

uint64_t rt_order_limit_locked(const struct rt_block_cache *cache)
{
    const uint64_t limit = rt_budget_limit(cache->budget);
    const uint64_t encoded = cache->lists[RT_LIST_ENCODED].bytes;

    return encoded < limit ? limit - encoded : 0;
}

void rt_order_add_locked(struct rt_block_cache *cache, struct rt_block *block,
                         enum rt_block_list list, uint64_t bytes)
{
    struct rt_cache_list *at = &cache->lists[list];

    block->list = list;
    block->listed_bytes = bytes;
    block->newer = NULL;
    block->older = at->newest;
    if (at->newest != NULL)
        at->newest->newer = block;
    else
        at->oldest = block;
    at->newest = block;
    at->n_blocks++;
    at->bytes += bytes;
}

void rt_order_remove_locked(struct rt_block_cache *cache,
                            struct rt_block *block)
{
    struct rt_cache_list *at = &cache->lists[block->list];

    if (block->list == RT_LIST_NONE)
        return;
    if (block->newer != NULL)
        block->newer->older = block->older;
    else
        at->newest = block->older;
    if (block->older != NULL)
        block->older->newer = block->newer;
    else
        at->oldest = block->newer;
    at->n_blocks--;
    at->bytes -= block->listed_bytes;
    block->newer = block->older = NULL;
    block->list = RT_LIST_NONE;
}

void rt_order_read_locked(struct rt_block_cache *cache, struct rt_block *block)
{
    const uint64_t age =
        atomic_load_explicit(&cache->age_bytes, memory_order_relaxed) -
        block->born_bytes;

    if (!block->served)
        block->served = true;
    else if (!block->visited)
        block->visited = age >= rt_budget_limit(cache->budget) / CLOSE_TOGETHER;
}

static void move_locked(struct rt_block_cache *cache, struct rt_block *block,
                        enum rt_block_list list)
{
    rt_order_remove_locked(cache, block);
    rt_order_add_locked(cache, block, list,
                        block->header_bytes + rt_block_room(block));
}

/* The queue to evict from next. If n_pinned shows that all entries of the
 * second queue may be pinned, it is the first. */
static enum rt_block_list
list_to_evict_from_locked(const struct rt_block_cache *cache, uint64_t n_pinned)
{
    const struct rt_cache_list *promoted = &cache->lists[RT_LIST_PROTECTED];
    const uint64_t limit = rt_order_limit_locked(cache);

    if (cache->lists[RT_LIST_PROBATION].n_blocks == 0)
        return RT_LIST_PROTECTED;
    if (promoted->bytes > limit / 100 * PROTECTED_PERCENT &&
        n_pinned <= promoted->n_blocks)
        return RT_LIST_PROTECTED;
    return RT_LIST_PROBATION;
}

/* Whether block, the oldest of its queue, is evicted; otherwise it is requeued.
 * Its shard must be locked. */
static bool is_evicted_locked(struct rt_block_cache *cache,
                              struct rt_block *block, uint64_t *n_pinned)
{
    if (block->pins > 0) {
        ++*n_pinned;
        move_locked(cache, block,
                    cache->in_order ? RT_LIST_PROBATION : RT_LIST_PROTECTED);
    } else if (cache->in_order) {
        return true;
    } else if (block->visited) {
        block->visited = false;
        block->born_bytes = atomic_load(&cache->age_bytes);
        move_locked(cache, block, RT_LIST_PROTECTED);
    } else if (block->list == RT_LIST_PROTECTED) {
        move_locked(cache, block, RT_LIST_PROBATION);
    } else if (!block->served && !block->spared) {
        block->spared = true;
        move_locked(cache, block, RT_LIST_PROBATION);
    } else {
        return true;
    }
    return false;
}

/* The entry of pixels to evict, with its shard locked, or NULL. */
static struct rt_block *pixels_victim_locked(struct rt_block_cache *cache)
{
    /* An entry takes at most four steps: promoted, back to probation, spared,
     * evicted. After that only pinned entries can be left. */
    uint64_t steps = 4 * (cache->lists[RT_LIST_PROBATION].n_blocks +
                          cache->lists[RT_LIST_PROTECTED].n_blocks);
    uint64_t n_pinned = 0;

    for (; steps > 0; steps--) {
        struct rt_block *block =
            cache->lists[list_to_evict_from_locked(cache, n_pinned)].oldest;
        struct rt_cache_shard *shard = rt_cache_shard(cache, block->hash);

        pthread_mutex_lock(&shard->lock.mutex);
        if (is_evicted_locked(cache, block, &n_pinned))
            return block;
        pthread_mutex_unlock(&shard->lock.mutex);
    }
    return NULL;
}

/* The encoded entry to evict, with its shard locked, or NULL: the oldest that
 * has not been read again since it arrived or was last requeued. */
static struct rt_block *encoded_victim_locked(struct rt_block_cache *cache)
{
    const struct rt_cache_list *encoded = &cache->lists[RT_LIST_ENCODED];

    for (uint64_t steps = 2 * encoded->n_blocks; steps > 0; steps--) {
        struct rt_block *block = encoded->oldest;
        struct rt_cache_shard *shard = rt_cache_shard(cache, block->hash);

        pthread_mutex_lock(&shard->lock.mutex);
        if (block->pins == 0 && !block->visited)
            return block;
        if (block->pins == 0) {
            block->visited = false;
            block->born_bytes = atomic_load(&cache->age_bytes);
        }
        move_locked(cache, block, RT_LIST_ENCODED);
        pthread_mutex_unlock(&shard->lock.mutex);
    }
    return NULL;
}

struct rt_block *rt_order_victim_locked(struct rt_block_cache *cache,
                                        bool in_need)
{
    const bool is_much = cache->lists[RT_LIST_ENCODED].bytes >
                         rt_budget_limit(cache->budget) / ENCODED_SHARE;
    struct rt_block *block = is_much ? encoded_victim_locked(cache) : NULL;

    if (block == NULL)
        block = pixels_victim_locked(cache);
    if (block == NULL && !is_much && in_need)
        block = encoded_victim_locked(cache);
    return block;
}

static struct rt_block *oldest_spilled_locked(struct rt_block_cache *cache,
                                              enum rt_block_list list)
{
    struct rt_block *block = cache->lists[list].oldest;

    for (; block != NULL; block = block->newer) {
        struct rt_cache_shard *shard = rt_cache_shard(cache, block->hash);

        pthread_mutex_lock(&shard->lock.mutex);
        if (block->state != RT_BLOCK_READING)
            return block;
        pthread_mutex_unlock(&shard->lock.mutex);
    }
    return NULL;
}

struct rt_block *rt_order_forget_locked(struct rt_block_cache *cache,
                                        struct rt_block *block)
{
    struct rt_cache_shard *shard;

    if (block == NULL)
        return NULL;
    shard = rt_cache_shard(cache, block->hash);
    rt_table_remove_locked(cache, block);
    rt_order_remove_locked(cache, block);
    pthread_mutex_unlock(&shard->lock.mutex);
    return block;
}

bool rt_order_forget_on_disk(struct rt_block_cache *cache)
{
    struct rt_block *block;

    pthread_mutex_lock(&cache->order.mutex);
    block = rt_order_forget_locked(
        cache, oldest_spilled_locked(cache, RT_LIST_ON_DISK));
    pthread_mutex_unlock(&cache->order.mutex);
    if (block != NULL)
        rt_cache_free_block(cache, block);
    return block != NULL;
}

struct rt_block *rt_order_surplus_locked(struct rt_block_cache *cache, bool all)
{
    const uint64_t limit = rt_budget_limit(cache->budget);
    struct rt_block *block = NULL;

    if (all || cache->lists[RT_LIST_PACKED].bytes >
                   rt_order_limit_locked(cache) / PACKED_SHARE)
        block = oldest_spilled_locked(cache, RT_LIST_PACKED);
    if (block == NULL &&
        (all || cache->lists[RT_LIST_ON_DISK].bytes > limit / ON_DISK_SHARE))
        block = oldest_spilled_locked(cache, RT_LIST_ON_DISK);
    return rt_order_forget_locked(cache, block);
}

static enum rt_block_list list_of(const struct rt_block *block)
{
    if (block->state == RT_BLOCK_PACKED)
        return RT_LIST_PACKED;
    return block->state == RT_BLOCK_ON_DISK ? RT_LIST_ON_DISK
                                            : rt_order_first(block);
}

void rt_order_add_back_locked(struct rt_block_cache *cache,
                              struct rt_block *block)
{
    uint64_t bytes = block->header_bytes;

    if (block->state == RT_BLOCK_PACKED)
        bytes += rt_pages_size(block->packed_bytes);
    else if (block->state == RT_BLOCK_RESIDENT)
        bytes += rt_block_room(block);
    rt_order_add_locked(cache, block, list_of(block), bytes);
}
