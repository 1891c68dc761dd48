/* internal.h - what the parts of the block cache share.
 *
 * The state of an entry says where its pixels are and which thread may touch
 * them:
 *
 *   RESIDENT -> (evicted) -> WRITING -> ON_DISK -> READING -> RESIDENT
 *                         -> PACKING -> PACKED  -> READING -> RESIDENT
 *
 * WRITING, PACKING and READING have one owner each: a thread that holds a pin
 * and works without a lock. Pixels can be read in RESIDENT and WRITING. A
 * thread that wants a block in PACKING or READING waits for its owner.
 *
 * The order lock is taken before a shard's lock, and never two shards at once.
 * An entry is in the table of its shard if and only if it is published and has
 * not been forgotten or dropped since. It is in one of the lists if and only if
 * it is in the table and has no owner. One exception: a reader that becomes the
 * owner of a spilled entry takes it out of its list a moment later.
 */
#ifndef RETILE_CORE_CACHE_INTERNAL_H
#define RETILE_CORE_CACHE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/base/condition.h"
#include "core/base/fork_lock.h"
#include "core/cache/block_cache.h"
#include "core/spill/cost.h"
#include "core/spill/disk.h"

#define RT_SHARDS 16 /* a power of two */

enum rt_block_state {
    RT_BLOCK_RESIDENT, /* also before publish */
    RT_BLOCK_WRITING,
    RT_BLOCK_PACKING,
    RT_BLOCK_PACKED,
    RT_BLOCK_ON_DISK,
    RT_BLOCK_READING
};

enum rt_block_list {
    RT_LIST_NONE,
    RT_LIST_PROBATION, /* resident, new or not read again */
    RT_LIST_PROTECTED, /* resident, read again */
    RT_LIST_ENCODED,   /* resident, not pixels */
    RT_LIST_PACKED,
    RT_LIST_ON_DISK,
    RT_LIST_COUNT
};

struct rt_block {
    /* Fixed after publish. */
    struct rt_block_key key;
    uint64_t hash;
    uint64_t pixel_bytes, header_bytes;
    struct rt_block_cost cost;
    /* Guarded by the shard's lock. */
    struct rt_block *chain; /* next in the bucket */
    uint64_t born_bytes;    /* the cache's age when it came, or was promoted */
    uint32_t pins;
    enum rt_block_state state;
    bool in_table;
    bool served;  /* has reached a reader */
    bool visited; /* has been read again, some time later */
    bool spared;
    /* Guarded by the order lock. */
    struct rt_block *newer, *older;
    enum rt_block_list list;
    uint64_t listed_bytes;
    /* Belong to the owner; without an owner, guarded by the shard's lock. */
    unsigned char *pixels; /* compressed in PACKED, NULL in ON_DISK */
    uint64_t packed_bytes; /* 0 if not compressed */
    uint64_t packed_sum;
    struct rt_spill_place place; /* kept after the pixels are read back,
                                  * until the entry is freed */
    uint32_t chunk_bytes[];      /* sizes of the compressed chunks */
};

struct rt_cache_shard {
    struct rt_fork_lock lock;
    pthread_cond_t changed; /* signalled when an owner is done */
    /* Guarded by lock. */
    struct rt_block **buckets;
    uint64_t n_buckets; /* a power of two */
    uint64_t n_blocks;
};

struct rt_cache_list {
    struct rt_block *newest, *oldest;
    uint64_t n_blocks, bytes;
};

struct rt_block_cache {
    /* Fixed after create, or with locks of their own. */
    struct rt_budget *budget;
    struct rt_spill_disk *disk; /* NULL if there is none */
    bool in_order;              /* see rt_block_cache_serve_in_order */
    void (*warn)(void *context, const char *text);
    void *warn_context;
    struct rt_cache_shard shards[RT_SHARDS];
    struct rt_fork_lock order;
    struct rt_condition changed; /* signalled when n_changes grows */
    /* Guarded by order. */
    struct rt_cache_list lists[RT_LIST_COUNT];
    struct rt_spill_cost cost;
    uint64_t reserved_bytes;
    uint64_t aside_bytes; /* in use, but by no entry and no reservation */
    uint64_t n_busy;      /* entries being written or compressed */
    bool disk_failed;
    /* Changed under order; read without it. */
    atomic_uint_least64_t n_changes;
    /* Used without a lock. resident_bytes is raised after the budget and
     * lowered before it, so that it never exceeds the budget's count. */
    atomic_uint_least64_t n_waiters;
    atomic_uint_least64_t resident_bytes;
    atomic_uint_least64_t n_pieces;
    atomic_uint_least64_t age_bytes; /* total bytes ever published */
    atomic_uint_least64_t evictions;
    atomic_uint_least64_t spill_writes, spill_reads, spill_bytes;
};

/* table.c: the shards. */
bool rt_shard_init(struct rt_cache_shard *shard);
void rt_shard_destroy(struct rt_cache_shard *shard);
uint64_t rt_block_hash(const struct rt_block_key *key);
struct rt_cache_shard *rt_cache_shard(struct rt_block_cache *cache,
                                      uint64_t hash);
struct rt_block *rt_shard_find_locked(struct rt_cache_shard *shard,
                                      const struct rt_block_key *key,
                                      uint64_t hash);
void rt_table_add_locked(struct rt_block_cache *cache, struct rt_block *block);
void rt_table_remove_locked(struct rt_block_cache *cache,
                            struct rt_block *block);

/* eviction.c: which entry is evicted first. */
/* The list that a resident entry starts in. */
enum rt_block_list rt_order_first(const struct rt_block *block);
/* The limit less what encoded entries take. */
uint64_t rt_order_limit_locked(const struct rt_block_cache *cache);
void rt_order_add_locked(struct rt_block_cache *cache, struct rt_block *block,
                         enum rt_block_list list, uint64_t bytes);
void rt_order_remove_locked(struct rt_block_cache *cache,
                            struct rt_block *block);
/* Marks block as read. The caller holds its shard's lock. */
void rt_order_read_locked(struct rt_block_cache *cache, struct rt_block *block);
/* The resident entry to evict, with its shard locked, or NULL. in_need: encoded
 * entries may be evicted below their share if there is nothing else. */
struct rt_block *rt_order_victim_locked(struct rt_block_cache *cache,
                                        bool in_need);
/* Removes an entry from its table and its list, so that nobody can find it. The
 * caller has locked its shard; this unlocks it. NULL is allowed. */
struct rt_block *rt_order_forget_locked(struct rt_block_cache *cache,
                                        struct rt_block *block);
/* Removes a spilled entry from a list that exceeds its share (in memory or on
 * disk), or, with all, any spilled entry. NULL if there is none. */
struct rt_block *rt_order_surplus_locked(struct rt_block_cache *cache,
                                         bool all);
/* Frees the oldest block on disk. False if there is none. */
bool rt_order_forget_on_disk(struct rt_block_cache *cache);
/* For an owner that gives an entry back: puts it in the list of its state. */
void rt_order_add_back_locked(struct rt_block_cache *cache,
                              struct rt_block *block);

/* entry.c: the bytes of an entry. */
/* Wakes the threads that wait for bytes. */
void rt_cache_changed_locked(struct rt_block_cache *cache);
void rt_cache_changed(struct rt_block_cache *cache);
void rt_cache_give_room(struct rt_block_cache *cache, uint64_t bytes);
/* Frees an entry that nobody can find any more. */
void rt_cache_free_block(struct rt_block_cache *cache, struct rt_block *block);
/* The bytes of the uncompressed pixels, in whole pages. */
uint64_t rt_block_room(const struct rt_block *block);
/* Adds the time of a disk write or read to its mean. */
void rt_cache_measure(struct rt_block_cache *cache, uint64_t *mean_ps,
                      uint64_t ns, uint64_t bytes);

/* reservation.c: bytes under the limit. */
/* Takes bytes, evicting others and waiting for evictions in progress. in_need:
 * as for rt_order_victim_locked. */
bool rt_cache_take_room(struct rt_block_cache *cache, uint64_t bytes,
                        bool in_need);
/* Evicts what exceeds the limit. patient: also waits for evictions in
 * progress. */
void rt_cache_trim(struct rt_block_cache *cache, bool patient);

/* spill.c: evicted blocks to memory or disk. rt_spill_fate_locked says
 * which. */
enum rt_block_state rt_spill_fate_locked(const struct rt_block_cache *cache,
                                         const struct rt_block *block);
void rt_spill_store(struct rt_block_cache *cache, struct rt_block *block);
/* recall.c: spilled blocks back to memory. */
/* Called by the owner of a READING block. Returns block, pinned, or NULL. */
struct rt_block *rt_spill_recall(struct rt_block_cache *cache,
                                 struct rt_block *block);

/* fork.c */
void rt_cache_start_child(void *cache);

#endif
