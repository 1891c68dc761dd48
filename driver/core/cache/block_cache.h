/* block_cache.h - decoded blocks under a byte budget.
 *
 * An entry is one of three things: one block of one plane at one level, a piece
 * of such a block that a source block left over, or encoded bytes of many
 * blocks (encoded_cache.h). The pixels of an entry do not change after it is
 * published. A reader holds a pin while it reads. An entry that is evicted or
 * dropped while pinned lives until its last unpin, and its bytes count until
 * then.
 *
 * The life of an entry:
 *
 *   create -> (filled by its creator) -> publish -> found by pin -> unpin ...
 *        \-> unpin without publish: freed
 *
 * An evicted entry may be spilled: kept compressed under the same budget, or
 * written to a temporary file. It can still be found; the pin reads it back.
 *
 * Every function may be called from any thread. A hit copies nothing. The cache
 * keeps working in a child of fork: it keeps the entries that are complete in
 * memory, and forgets those on disk and those that other threads were working
 * on.
 */
#ifndef RETILE_CORE_CACHE_BLOCK_CACHE_H
#define RETILE_CORE_CACHE_BLOCK_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/budget.h"
#include "core/base/identity.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_block_cache;
struct rt_block;

#define RT_WHOLE_BLOCK INT64_C(-1)

/* What happens to an evicted block. */
enum rt_spill {
    RT_SPILL_NONE,   /* dropped */
    RT_SPILL_MEMORY, /* kept compressed, under the same budget */
    RT_SPILL_DISK,   /* as MEMORY, but written to a temporary file if
                      * possible */
    RT_SPILL_AUTO    /* to disk if that is cheaper than decoding again, or
                      * else dropped */
};

/* Everything that determines the pixels. identity names the source, its version
 * and the grid of cached blocks. */
struct rt_block_key {
    struct rt_identity *identity; /* borrowed */
    int32_t layer, plane;
    int32_t col_blk, row_blk;
    int64_t piece; /* RT_WHOLE_BLOCK, or the number of the source block */
};

struct rt_cache_counters {
    uint64_t evictions;
    uint64_t resident_bytes; /* of entries, including their bookkeeping */
    uint64_t used_bytes;     /* the same, and decoding in progress */
    uint64_t peak_bytes;     /* highest used_bytes so far */
    uint64_t limit_bytes;
    uint64_t spill_writes; /* blocks compressed in memory or written to disk */
    uint64_t spill_reads;  /* blocks read back from memory or disk */
    uint64_t spill_bytes;  /* bytes that spilled blocks take at present */
};

/* What to do with a block when it is evicted, and what that will cost. */
struct rt_block_cost {
    enum rt_spill spill;
    uint32_t px_bytes;  /* of one sample */
    uint64_t decode_ns; /* how long decoding it again takes */
    /* The entry holds encoded bytes, not pixels. As long as such entries take
     * no more than half of the limit, they are evicted last, and only for
     * reservations that have nothing else to wait for. */
    bool encoded;
};

/* What a reservation does if evicting does not free enough bytes. */
enum rt_reserve {
    RT_RESERVE_TRY, /* fails */
    /* Waits for other reservations and for pins. The bytes are counted above
     * the limit if there is no reservation left to wait for, if the thread
     * holds one itself, or if nothing changes for a second. */
    RT_RESERVE_WAIT,
    RT_RESERVE_OVERDRAW /* counts the bytes above the limit at once */
};

/* NULL when out of memory. */
struct rt_block_cache *rt_block_cache_create(uint64_t limit_bytes);

/* For readers that go through their sources once, roughly in the order in which
 * they are decoded, as a copy does: entries are evicted in the order in which
 * they came, and pinned ones are requeued. Call this before the first
 * entry. */
void rt_block_cache_serve_in_order(struct rt_block_cache *cache);

/* No entry may be pinned when this is called. NULL is allowed. */
void rt_block_cache_destroy(struct rt_block_cache *cache);

/* Changes the budget and at once evicts what does not fit. */
void rt_block_cache_set_limit(struct rt_block_cache *cache,
                              uint64_t limit_bytes);

uint64_t rt_block_cache_limit(struct rt_block_cache *cache);

/* Sets where RT_SPILL_DISK and RT_SPILL_AUTO write blocks. Call it once, before
 * the first block is created. folder is copied. disk counts the bytes on disk,
 * possibly for several caches; it is borrowed until the cache is destroyed.
 * When it is full, the oldest block on disk is dropped. If a file cannot be
 * created or written, warn (may be NULL) is called once, from any thread and
 * without a lock held; from then on blocks are compressed in memory instead.
 * Without this call, RT_SPILL_DISK compresses in memory and RT_SPILL_AUTO
 * drops. Returns false when out of memory. */
bool rt_block_cache_set_spill(struct rt_block_cache *cache, const char *folder,
                              struct rt_budget *disk,
                              void (*warn)(void *context, const char *text),
                              void *context);

/* Returns the published entry of key, pinned, or NULL. A spilled entry is first
 * read back, and others are evicted for it. If all others are pinned, it is
 * counted above the limit, because decoding it again would take more memory.
 * Returns NULL also if the spilled data is damaged; the entry is then
 * forgotten. */
struct rt_block *rt_block_cache_pin(struct rt_block_cache *cache,
                                    const struct rt_block_key *key);

/* Whether key is in the cache at this moment. It may be evicted right after. */
bool rt_block_cache_contains(struct rt_block_cache *cache,
                             const struct rt_block_key *key);

/* Creates an entry for key with pixel_bytes of memory. It is pinned and other
 * threads cannot find it yet. Evicts others if needed; NULL if that does not
 * free enough. */
struct rt_block *rt_block_cache_create_block(struct rt_block_cache *cache,
                                             const struct rt_block_key *key,
                                             uint64_t pixel_bytes);

/* Called by the creator before publish. Without it, the block is dropped when
 * it is evicted. */
void rt_block_set_cost(struct rt_block *block,
                       const struct rt_block_cost *cost);

/* Lets others find block. The caller keeps its pin. If key is already there,
 * the older entry stays and block remains the caller's own. served says that a
 * reader has already received the pixels: an entry that has not served any
 * reader is spared once when its turn to be evicted comes. */
void rt_block_cache_publish(struct rt_block_cache *cache,
                            struct rt_block *block, bool served);

void rt_block_cache_unpin(struct rt_block_cache *cache, struct rt_block *block);

/* Calls peek with the pixels of the entry if they are in memory, and returns
 * whether they are. For work that takes less time than a pin and an unpin. The
 * entry's shard is locked during the call, so peek must not call anything that
 * may wait. */
bool rt_block_cache_peek(struct rt_block_cache *cache,
                         const struct rt_block_key *key,
                         void (*peek)(void *context, const void *pixels),
                         void *context);

/* Removes key from the cache, if it is there. */
void rt_block_cache_drop(struct rt_block_cache *cache,
                         const struct rt_block_key *key);

/* The limit keeps at least this many bytes for blocks: decoders may take up to
 * half of the limit, but no more than what exceeds this. */
#define RT_CACHE_BLOCK_BYTES (UINT64_C(8) << 20)

/* Counts bytes that a decoder keeps from one read to the next, and evicts for
 * them. Returns how many bytes were counted. Any thread may take that many back
 * once they are freed. */
uint64_t rt_block_cache_set_aside(struct rt_block_cache *cache, uint64_t bytes);
void rt_block_cache_take_back(struct rt_block_cache *cache, uint64_t bytes);

/* How many bytes a decoder may count for one read: half of what all decoders
 * may take, and no more than what is not yet set aside. */
uint64_t rt_block_cache_decoder_room(struct rt_block_cache *cache);

/* Whether any entry in the cache is a piece. If not, a reader can skip looking
 * for pieces. */
bool rt_block_cache_has_pieces(struct rt_block_cache *cache);

/* Reserves bytes for decoding and evicts entries for them. Returns false if
 * they did not fit: with RT_RESERVE_TRY nothing is then reserved; with the
 * others the bytes are counted above the limit and must be released all the
 * same. The thread that reserves must also release. */
bool rt_block_cache_reserve(struct rt_block_cache *cache, uint64_t bytes,
                            enum rt_reserve how);
void rt_block_cache_release(struct rt_block_cache *cache, uint64_t bytes);

void rt_block_cache_count(struct rt_block_cache *cache,
                          struct rt_cache_counters *counters);

/* Whether an entry of pixel_bytes could fit at all. */
bool rt_block_cache_could_hold(const struct rt_block_cache *cache,
                               uint64_t pixel_bytes);

/* Whether entries with this many bytes in total, evicted according to spill,
 * would fit in temporary files. */
bool rt_block_cache_could_spill(struct rt_block_cache *cache,
                                enum rt_spill spill, uint64_t pixel_bytes);

/* The pixels of a pinned block. Only its creator may write them, and only
 * before publish. */
void *rt_block_pixels(struct rt_block *block);

#ifdef __cplusplus
}
#endif
#endif
