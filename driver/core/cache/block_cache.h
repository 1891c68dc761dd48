/* block_cache.h - decoded blocks under a byte budget.
 *
 * An entry is one block of one plane at one level, or one piece of such a
 * block that a source block left over, or encoded bytes of many blocks
 * (encoded_cache.h). Its pixels are immutable once it is published. Whoever
 * reads an entry holds a pin; an entry that is evicted or dropped while pinned
 * lives until the last pin is given back, and its bytes count until then.
 *
 * The life of an entry:
 *
 *   create -> (filled by its creator) -> publish -> found by pin -> unpin ...
 *        \-> unpin without publish: freed
 *
 * An entry that is evicted may be spilled: kept compressed under the same
 * budget, or written to a temporary file. It is still found then; the pin
 * reads it back.
 *
 * Every function may be called from any thread. A hit copies nothing. In a
 * child of fork the cache works on: it keeps what is in memory and whole, and
 * forgets what is on disk and what other threads had in hand.
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

/* What becomes of an evicted block. */
enum rt_spill {
    RT_SPILL_NONE,   /* dropped */
    RT_SPILL_MEMORY, /* kept compressed, under the same budget */
    RT_SPILL_DISK,   /* also written to a temporary file */
    RT_SPILL_AUTO    /* as what decoding it again costs makes cost while */
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
    uint64_t spill_writes; /* blocks compressed in memory or written to disk */
    uint64_t spill_reads;  /* blocks brought back from there */
    uint64_t spill_bytes;  /* what they take there now */
};

/* What evicting a block costs later, and what it is made of. */
struct rt_block_cost {
    enum rt_spill spill;
    uint32_t px_bytes;  /* of one sample */
    uint64_t decode_ns; /* to decode it again */
    /* Not pixels but what they are decoded from: while such entries have no
     * more than half of the limit, they go only for reservations that have
     * nothing to wait for, and after all others. */
    bool encoded;
};

/* What a reservation does where there is no room, after evicting. */
enum rt_reserve {
    RT_RESERVE_TRY, /* gives up */
    /* Waits for other reservations and for pins. Where no reservation is
     * left to wait for, or the thread holds one itself, or nothing moves for
     * a second, the bytes are counted above the limit. */
    RT_RESERVE_WAIT,
    RT_RESERVE_OVERDRAW /* counts them above the limit at once */
};

/* NULL when out of memory. */
struct rt_block_cache *rt_block_cache_create(uint64_t limit_bytes);

/* No entry may be pinned. NULL is allowed. */
void rt_block_cache_destroy(struct rt_block_cache *cache);

/* Changes the budget; evicts at once what no longer fits. */
void rt_block_cache_set_limit(struct rt_block_cache *cache,
                              uint64_t limit_bytes);

/* Where blocks of RT_SPILL_DISK and RT_SPILL_AUTO go; once, before the first
 * block. folder is copied; disk counts the bytes on disk, of several caches
 * perhaps, and is borrowed until the cache is destroyed. When it is full, the
 * oldest block there goes. Where a file cannot be made or written, warn (NULL:
 * nobody) is told so once, from any thread, without a lock held; blocks are
 * compressed in memory from then on. Without this call RT_SPILL_DISK does so
 * at once, and RT_SPILL_AUTO drops. False when out of memory. */
bool rt_block_cache_set_spill(struct rt_block_cache *cache, const char *folder,
                              struct rt_budget *disk,
                              void (*warn)(void *context, const char *text),
                              void *context);

/* The published entry of key, pinned, or NULL. One that was spilled is read
 * back first, at the cost of others; where all others are pinned it is
 * counted above the limit, for decoding it again would take more. NULL also
 * where it is damaged: it is forgotten then. */
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

/* Called by the creator before publish; else an evicted block is dropped. */
void rt_block_set_cost(struct rt_block *block,
                        const struct rt_block_cost *cost);

/* Lets others find block, which the caller keeps pinned. Where key is there
 * already the older entry stays and block remains the caller's alone. served
 * says that the pixels have reached a reader: an entry that has not served
 * yet is spared once when its turn to be evicted comes. */
void rt_block_cache_publish(struct rt_block_cache *cache,
                            struct rt_block *block, bool served);

void rt_block_cache_unpin(struct rt_block_cache *cache, struct rt_block *block);

/* Calls look with the pixels of the entry, if they are in memory, and says
 * whether they are: a pin and an unpin for what takes less time than these.
 * The entry's shard is locked meanwhile; look calls nothing that may wait. */
bool rt_block_cache_peek(struct rt_block_cache *cache,
                         const struct rt_block_key *key,
                         void (*peek)(void *context, const void *pixels),
                         void *context);

/* Forgets key, if it is there. */
void rt_block_cache_drop(struct rt_block_cache *cache,
                         const struct rt_block_key *key);

/* Decoders are counted up to half of the limit, and up to what it has beyond
 * this: the rest is for blocks. */
#define RT_CACHE_BLOCK_BYTES (UINT64_C(8) << 20)

/* Counts bytes as in use that a decoder keeps from one read to the next, and
 * evicts for them. Returns how many bytes are counted, to be taken back once
 * they are freed, by any thread. */
uint64_t rt_block_cache_set_aside(struct rt_block_cache *cache, uint64_t bytes);
void rt_block_cache_take_back(struct rt_block_cache *cache, uint64_t bytes);

/* With how many bytes a decoder may be counted for one read: half of what all
 * may, and no more than what is not set aside. */
uint64_t rt_block_cache_decoder_room(struct rt_block_cache *cache);

/* Whether any entry in the cache is a piece: lets a reader skip looking. */
bool rt_block_cache_has_pieces(struct rt_block_cache *cache);

/* Reserves bytes for decoding, evicting entries to make room. False where
 * there was none: with RT_RESERVE_TRY nothing is reserved then, else they are
 * counted above the limit, and released like others. The thread that reserves
 * is the one that releases. */
bool rt_block_cache_reserve(struct rt_block_cache *cache, uint64_t bytes,
                            enum rt_reserve how);
void rt_block_cache_release(struct rt_block_cache *cache, uint64_t bytes);

void rt_block_cache_count(struct rt_block_cache *cache,
                          struct rt_cache_counters *counters);

/* Whether an entry of pixel_bytes could be kept at all. */
bool rt_block_cache_could_hold(const struct rt_block_cache *cache,
                               uint64_t pixel_bytes);

/* Whether entries of so many bytes, evicted as spill tells, find room in
 * temporary files. */
bool rt_block_cache_could_spill(struct rt_block_cache *cache,
                                enum rt_spill spill, uint64_t pixel_bytes);

/* The pixels of a pinned block; written by its creator before publish only. */
void *rt_block_pixels(struct rt_block *block);

#ifdef __cplusplus
}
#endif
#endif
