/* Damages compressed blocks of a cache; see spill_rig.h. */
#include "core/cache/internal.h"

#include "spill_rig.h"

bool spill_rig_flip_packed(struct rt_block_cache *cache,
                           const struct rt_block_key *key, uint64_t bit)
{
    const uint64_t hash = rt_block_hash(key);
    struct rt_cache_shard *shard = rt_cache_shard(cache, hash);
    struct rt_block *block;
    bool packed;

    pthread_mutex_lock(&shard->lock.mutex);
    block = rt_shard_find_locked(shard, key, hash);
    packed = block != NULL && block->state == RT_BLOCK_PACKED;
    if (packed) {
        bit %= block->packed_bytes * 8;
        block->pixels[bit / 8] =
            (unsigned char)(block->pixels[bit / 8] ^ (1u << (bit % 8)));
    }
    pthread_mutex_unlock(&shard->lock.mutex);
    return packed;
}
