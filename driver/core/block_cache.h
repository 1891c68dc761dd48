/* block_cache.h - decoded blocks under a byte budget.
 *
 * An entry is one block of one plane at one level, or one piece of such a
 * block that a source block left over. Its pixels are immutable once it is
 * published. Whoever reads an entry holds a pin; an entry that is evicted or
 * dropped while pinned lives until the last pin is given back, and its bytes
 * count until then.
 *
 * The life of an entry:
 *
 *   create -> (filled by its creator) -> publish -> found by pin -> unpin ...
 *        \-> unpin without publish: freed
 *
 * Every function may be called from any thread. A hit copies nothing.
 */
#ifndef RETILE_CORE_BLOCK_CACHE_H
#define RETILE_CORE_BLOCK_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/identity.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_block_cache;
struct rt_block;

#define RT_WHOLE_BLOCK INT64_C(-1)

/* What becomes of an evicted block. */
enum rt_spill {
    RT_SPILL_NONE,   /* dropped */
    RT_SPILL_MEMORY, /* kept compressed, under the same budget */
    RT_SPILL_DISK,   /* also written to a temporary file */
    RT_SPILL_AUTO    /* as what decoding it again costs makes worth while */
};

/* All that changes the pixels. identity names the source, its version and
 * the grid of cached blocks. */
struct rt_block_key {
    struct rt_identity *identity; /* borrowed */
    int32_t layer, plane;
    int32_t col_blk, row_blk;
    int64_t piece; /* RT_WHOLE_BLOCK, or the number of the source's block */
};

struct rt_cache_counters {
    uint64_t evictions;
    uint64_t resident_bytes; /* of entries, their bookkeeping included */
    uint64_t used_bytes;     /* the same and what is being decoded */
    uint64_t peak_bytes;     /* highest used_bytes so far */
    uint64_t limit_bytes;
};

/* NULL when out of memory. */
struct rt_block_cache *rt_block_cache_create(uint64_t limit_bytes);

/* No entry may be pinned. NULL is allowed. */
void rt_block_cache_destroy(struct rt_block_cache *cache);

/* Changes the budget; evicts at once what no longer fits. */
void rt_block_cache_set_limit(struct rt_block_cache *cache,
                              uint64_t limit_bytes);

/* The published entry of key, pinned, or NULL. */
struct rt_block *rt_block_cache_pin(struct rt_block_cache *cache,
                                    const struct rt_block_key *key);

/* Whether key is there now; says nothing about later. */
bool rt_block_cache_contains(struct rt_block_cache *cache,
                             const struct rt_block_key *key);

/* A new entry for key with room for pixel_bytes, pinned and not yet seen by
 * others. Evicts others to make room; NULL where that is not enough. */
struct rt_block *rt_block_cache_create_block(struct rt_block_cache *cache,
                                             const struct rt_block_key *key,
                                             uint64_t pixel_bytes);

/* Lets others find block, which the caller keeps pinned. Where key is there
 * already the older entry stays and block remains the caller's alone. served
 * says that the pixels have reached a reader: an entry that has not served
 * yet is spared once when its turn to be evicted comes. */
void rt_block_cache_publish(struct rt_block_cache *cache,
                            struct rt_block *block, bool served);

void rt_block_cache_unpin(struct rt_block_cache *cache, struct rt_block *block);

/* Forgets key, if it is there. */
void rt_block_cache_drop(struct rt_block_cache *cache,
                         const struct rt_block_key *key);

/* Whether any entry in the cache is a piece: lets a reader skip looking. */
bool rt_block_cache_has_pieces(struct rt_block_cache *cache);

/* Reserves bytes for decoding, evicting entries to make room. False where
 * the limit leaves no room; they are then counted above it if overdraw. */
bool rt_block_cache_reserve(struct rt_block_cache *cache, uint64_t bytes,
                            bool overdraw);
void rt_block_cache_release(struct rt_block_cache *cache, uint64_t bytes);

void rt_block_cache_count(struct rt_block_cache *cache,
                          struct rt_cache_counters *counters);

/* Whether an entry of pixel_bytes could be kept at all. */
bool rt_block_cache_could_hold(const struct rt_block_cache *cache,
                               uint64_t pixel_bytes);

/* The pixels of a pinned block; written by its creator before publish only. */
void *rt_block_pixels(struct rt_block *block);

#ifdef __cplusplus
}
#endif
#endif
