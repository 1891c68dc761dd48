/* recall.c - brings spilled blocks back to memory.
 *
 * The owner of a block does this: a thread that holds a pin and no lock.
 * end_recall ends its ownership.
 */
#include "core/base/checksum.h"
#include "core/base/clock.h"
#include "core/base/pages.h"
#include "core/cache/internal.h"
#include "core/cache/pack.h"

/* Reads the spilled data of block into pixels. */
static bool read_back(struct rt_block_cache *cache,
                      const struct rt_block *block, unsigned char *pixels)
{
    const uint64_t start_ns = rt_now_ns();
    struct rt_error err;

    if (block->packed_bytes > 0)
        return rt_checksum(block->pixels, block->packed_bytes) ==
                   block->packed_sum &&
               rt_unpack(block->pixels, block->chunk_bytes, pixels,
                         block->pixel_bytes, block->cost.px_bytes);
    if (rt_spill_disk_read(cache->disk, &block->place, pixels,
                           block->pixel_bytes, &err) != RT_OK)
        return false;
    rt_cache_measure(cache, &cache->cost.read_ps, rt_now_ns() - start_ns,
                     block->pixel_bytes);
    return true;
}

static void own(struct rt_block_cache *cache, struct rt_block *block)
{
    pthread_mutex_lock(&cache->order.mutex);
    rt_order_remove_locked(cache, block);
    pthread_mutex_unlock(&cache->order.mutex);
}

/* Ends the ownership of a block that was read back. If pixels is NULL, reading
 * failed and the block is forgotten. */
static void end_recall(struct rt_block_cache *cache, struct rt_block *block,
                       unsigned char *pixels)
{
    struct rt_cache_shard *shard = rt_cache_shard(cache, block->hash);

    pthread_mutex_lock(&cache->order.mutex);
    pthread_mutex_lock(&shard->lock.mutex);
    if (pixels == NULL) {
        block->pins--;
        if (block->in_table)
            rt_table_remove_locked(cache, block);
    } else {
        block->pixels = pixels;
        block->packed_bytes = 0;
        block->state = RT_BLOCK_RESIDENT;
        block->served = block->visited = true;
        if (block->in_table)
            rt_order_add_back_locked(cache, block);
    }
    pthread_cond_broadcast(&shard->changed);
    pthread_mutex_unlock(&shard->lock.mutex);
    pthread_mutex_unlock(&cache->order.mutex);
}

struct rt_block *rt_spill_recall(struct rt_block_cache *cache,
                                 struct rt_block *block)
{
    const uint64_t room = rt_block_room(block);
    const uint64_t packed_bytes = block->packed_bytes;
    const uint64_t packed_room =
        packed_bytes > 0 ? rt_pages_size(packed_bytes) : 0;
    unsigned char *packed = block->pixels;
    unsigned char *pixels;

    own(cache, block);
    if (!rt_cache_take_room(cache, room, true))
        rt_budget_overdraw(cache->budget, room);
    atomic_fetch_add(&cache->resident_bytes, room);
    pixels = rt_pages_alloc(block->pixel_bytes);
    if (pixels == NULL || !read_back(cache, block, pixels)) {
        end_recall(cache, block, NULL);
        rt_pages_free(pixels, block->pixel_bytes);
        atomic_fetch_sub(&cache->resident_bytes, room);
        rt_cache_give_room(cache, room);
        rt_cache_free_block(cache, block);
        return NULL;
    }
    end_recall(cache, block, pixels);
    rt_pages_free(packed, packed_bytes);
    atomic_fetch_sub(&cache->spill_bytes, packed_bytes);
    atomic_fetch_sub(&cache->resident_bytes, packed_room);
    rt_cache_give_room(cache, packed_room);
    atomic_fetch_add(&cache->spill_reads, 1);
    return block;
}
