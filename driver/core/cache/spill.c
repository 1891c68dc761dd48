/* spill.c - moves evicted blocks to compressed memory or to disk.
 *
 * The owner of a block does this: a thread that holds a pin and no lock. let_go
 * ends its ownership.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/checksum.h"
#include "core/base/clock.h"
#include "core/base/pages.h"
#include "core/cache/internal.h"
#include "core/cache/pack.h"

/* Whether the block, compressed to three quarters (the most that rt_pack
 * leaves), fits in the share for compressed entries (PACKED_SHARE in
 * eviction.c). */
static bool memory_takes(const struct rt_block_cache *cache,
                         const struct rt_block *block)
{
    return block->pixel_bytes > 0 &&
           block->header_bytes + rt_block_room(block) / 4 * 3 <=
               rt_budget_limit(cache->budget) / 2;
}

static bool disk_takes(const struct rt_block_cache *cache,
                       const struct rt_block *block)
{
    return cache->disk != NULL && block->pixel_bytes > 0 &&
           block->header_bytes <= rt_budget_limit(cache->budget) / 16;
}

bool rt_block_cache_could_spill(struct rt_block_cache *cache,
                                enum rt_spill spill, uint64_t pixel_bytes)
{
    bool could = cache->disk != NULL &&
                 (spill == RT_SPILL_DISK || spill == RT_SPILL_AUTO);

    pthread_mutex_lock(&cache->order.mutex);
    could = could && !cache->disk_failed;
    pthread_mutex_unlock(&cache->order.mutex);
    return could && rt_spill_disk_has_room(cache->disk, pixel_bytes);
}

/* The state of block after its eviction. RESIDENT means that it is dropped. */
enum rt_block_state rt_spill_fate_locked(const struct rt_block_cache *cache,
                                         const struct rt_block *block)
{
    const struct rt_block_cost *cost = &block->cost;
    bool disk = cost->spill == RT_SPILL_DISK;

    if (block->place.slot_bytes > 0)
        return RT_BLOCK_ON_DISK;
    if (cost->spill == RT_SPILL_NONE)
        return RT_BLOCK_RESIDENT;
    if (cost->spill == RT_SPILL_AUTO) {
        disk = cache->disk != NULL &&
               rt_spill_cost_pays(&cache->cost, cost->decode_ns,
                                  block->pixel_bytes);
        if (!disk)
            return RT_BLOCK_RESIDENT;
    }
    if (disk && !cache->disk_failed && disk_takes(cache, block))
        return RT_BLOCK_WRITING;
    return memory_takes(cache, block) ? RT_BLOCK_PACKING : RT_BLOCK_RESIDENT;
}

/* Ends the ownership of an evicted block and sets its state. RESIDENT means
 * that it could not be spilled: it then stays only if a reader has pinned it in
 * the meantime. */
static void let_go(struct rt_block_cache *cache, struct rt_block *block,
                   enum rt_block_state state)
{
    struct rt_cache_shard *shard = rt_cache_shard(cache, block->hash);
    const uint64_t pixel_bytes = block->pixel_bytes;
    const uint64_t room = rt_block_room(block);
    unsigned char *pixels = NULL;
    bool gone;

    pthread_mutex_lock(&cache->order.mutex);
    pthread_mutex_lock(&shard->lock.mutex);
    block->pins--;
    if (state == RT_BLOCK_ON_DISK && block->pins > 0)
        state = RT_BLOCK_RESIDENT;
    else if (state == RT_BLOCK_RESIDENT && block->pins == 0 && block->in_table)
        rt_table_remove_locked(cache, block);
    if (state == RT_BLOCK_ON_DISK && block->in_table) {
        pixels = block->pixels;
        block->pixels = NULL;
    }
    block->state = state;
    if (block->in_table)
        rt_order_add_back_locked(cache, block);
    gone = !block->in_table && block->pins == 0;
    cache->n_busy--;
    rt_cache_changed_locked(cache);
    pthread_cond_broadcast(&shard->changed);
    pthread_mutex_unlock(&shard->lock.mutex);
    pthread_mutex_unlock(&cache->order.mutex);

    if (gone) {
        rt_cache_free_block(cache, block);
    } else if (pixels != NULL) {
        rt_pages_free(pixels, pixel_bytes);
        atomic_fetch_sub(&cache->resident_bytes, room);
        rt_cache_give_room(cache, room);
    }
}

static void pack_block(struct rt_block_cache *cache, struct rt_block *block)
{
    unsigned char *shrunk = NULL;
    uint64_t packed_bytes, freed;

    if (rt_pack(block->pixels, block->pixel_bytes, block->cost.px_bytes,
                block->chunk_bytes, &packed_bytes))
        shrunk =
            rt_pages_shrink(block->pixels, block->pixel_bytes, packed_bytes);
    if (shrunk == NULL) {
        let_go(cache, block, RT_BLOCK_RESIDENT);
        return;
    }
    freed = rt_block_room(block) - rt_pages_size(packed_bytes);
    block->pixels = shrunk;
    block->packed_bytes = packed_bytes;
    block->packed_sum = rt_checksum(shrunk, packed_bytes);
    atomic_fetch_add(&cache->spill_writes, 1);
    atomic_fetch_add(&cache->spill_bytes, packed_bytes);
    atomic_fetch_sub(&cache->resident_bytes, freed);
    rt_budget_release(cache->budget, freed);
    let_go(cache, block, RT_BLOCK_PACKED);
}

/* Warns once for each cache. A full disk budget is no reason to warn. */
static void stop_disk(struct rt_block_cache *cache, const struct rt_error *err)
{
    char text[RT_ERROR_TEXT_BYTES + 64];
    bool first;

    pthread_mutex_lock(&cache->order.mutex);
    first = !cache->disk_failed;
    cache->disk_failed = true;
    pthread_mutex_unlock(&cache->order.mutex);
    if (!first || cache->warn == NULL)
        return;
    (void)snprintf(text, sizeof(text), "blocks are kept in memory only: %s",
                   err->text);
    cache->warn(cache->warn_context, text);
}

/* Changes WRITING to PACKING, unless a reader has pinned the block. */
static bool pack_instead(struct rt_block_cache *cache, struct rt_block *block)
{
    struct rt_cache_shard *shard = rt_cache_shard(cache, block->hash);
    bool packing;

    pthread_mutex_lock(&shard->lock.mutex);
    packing = block->pins == 1 && block->in_table && memory_takes(cache, block);
    if (packing)
        block->state = RT_BLOCK_PACKING;
    pthread_mutex_unlock(&shard->lock.mutex);
    return packing;
}

static void write_block(struct rt_block_cache *cache, struct rt_block *block)
{
    enum rt_status status;
    struct rt_error err;
    uint64_t start_ns;

    do {
        start_ns = rt_now_ns();
        status = rt_spill_disk_write(cache->disk, block->pixels,
                                     block->pixel_bytes, &block->place, &err);
    } while (status == RT_ERR_RANGE && rt_order_forget_on_disk(cache));
    if (status == RT_OK) {
        rt_cache_measure(cache, &cache->cost.write_ps, rt_now_ns() - start_ns,
                         block->pixel_bytes);
        atomic_fetch_add(&cache->spill_writes, 1);
        atomic_fetch_add(&cache->spill_bytes, block->pixel_bytes);
        let_go(cache, block, RT_BLOCK_ON_DISK);
        return;
    }
    if (status == RT_ERR_IO)
        stop_disk(cache, &err);
    if (pack_instead(cache, block))
        pack_block(cache, block);
    else
        let_go(cache, block, RT_BLOCK_RESIDENT);
}

void rt_spill_store(struct rt_block_cache *cache, struct rt_block *block)
{
    if (block->state == RT_BLOCK_WRITING)
        write_block(cache, block);
    else
        pack_block(cache, block);
}
