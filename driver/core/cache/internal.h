/* internal.h - what the parts of the block cache share.
 *
 * The state of an entry says where its pixels are and who may touch them:
 *
 *   RESIDENT -> (evicted) -> WRITING -> ON_DISK -> READING -> RESIDENT
 *                         -> PACKING -> PACKED  -> READING -> RESIDENT
 *
 * WRITING, PACKING and READING have one owner each, a thread that holds a pin
 * and works without a lock. Pixels can be read in RESIDENT and WRITING; who
 * wants a block in PACKING or READING waits for its owner.
 *
 * The order lock is taken before that of a shard, never two shards at once.
 * An entry is in the table of its shard if and only if it is published and
 * neither forgotten nor dropped since, and in one of the lists if and only if
 * it is in the table and has no owner; a reader takes what it reads back out
 * of its list a moment after it has become the owner.
 */
#ifndef RETILE_CORE_CACHE_INTERNAL_H
#define RETILE_CORE_CACHE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

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
    RT_LIST_PROBATION, /* resident, new or not read again since */
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
    bool visited; /* and another one later */
    bool spared;
    /* Guarded by the order lock. */
    struct rt_block *newer, *older;
    enum rt_block_list list;
    uint64_t listed_bytes;
    /* Of the owner; where there is none, guarded by the shard's lock. */
    unsigned char *pixels; /* packed ones in PACKED, NULL in ON_DISK */
    uint64_t packed_bytes; /* 0: not packed */
    uint64_t packed_sum;
    struct rt_spill_place place; /* stays while read back pixels live */
    uint32_t chunk_bytes[];      /* sizes of the packed chunks */
};

struct rt_cache_shard {
    struct rt_fork_lock lock;
    pthread_cond_t changed; /* an owner is done */
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
    /* Fixed after create; with locks of their own. */
    struct rt_budget *budget;
    struct rt_spill_disk *disk; /* NULL: none */
    void (*warn)(void *context, const char *text);
    void *warn_context;
    struct rt_cache_shard shards[RT_SHARDS];
    struct rt_fork_lock order;
    pthread_cond_t changed; /* n_changes is another one */
    /* Guarded by order. */
    struct rt_cache_list lists[RT_LIST_COUNT];
    struct rt_spill_cost cost;
    uint64_t reserved_bytes;
    uint64_t aside_bytes; /* in use, and nobody's entries or reservations */
    uint64_t n_busy;      /* entries being written or packed */
    bool disk_failed;
    /* Changed under order, read anywhere. */
    atomic_uint_least64_t n_changes;
    /* Free of locks. resident_bytes is added to after the budget and taken
     * from before it, so that it is never ahead. */
    atomic_uint_least64_t n_waiters;
    atomic_uint_least64_t resident_bytes;
    atomic_uint_least64_t n_pieces;
    atomic_uint_least64_t age_bytes; /* of all that was ever published */
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

/* eviction.c: who goes first. */
/* Where a resident entry starts. */
enum rt_block_list rt_order_first(const struct rt_block *block);
/* The limit less what encoded entries take. */
uint64_t rt_order_limit_locked(const struct rt_block_cache *cache);
void rt_order_add_locked(struct rt_block_cache *cache, struct rt_block *block,
                         enum rt_block_list list, uint64_t bytes);
void rt_order_remove_locked(struct rt_block_cache *cache,
                            struct rt_block *block);
/* Notes that block is read; under its shard's lock. */
void rt_order_read_locked(struct rt_block_cache *cache, struct rt_block *block);
/* The resident entry to evict, with its shard locked, or NULL. in_need:
 * encoded ones go below their share where there is nothing else. */
struct rt_block *rt_order_victim_locked(struct rt_block_cache *cache,
                                        bool in_need);
/* Takes an entry away from everyone: out of its table and its list. Unlocks its
 * shard, which the caller has locked. NULL is allowed. */
struct rt_block *rt_order_forget_locked(struct rt_block_cache *cache,
                                        struct rt_block *block);
/* Takes away an entry of those in memory or on disk that have more than their
 * share, or, with all, any spilled one. NULL if there is none. */
struct rt_block *rt_order_surplus_locked(struct rt_block_cache *cache,
                                         bool all);
/* Frees the oldest block on disk. False if there is none. */
bool rt_order_forget_on_disk(struct rt_block_cache *cache);
/* An entry that its owner hands back goes to the list of its state. */
void rt_order_add_back_locked(struct rt_block_cache *cache,
                              struct rt_block *block);

/* entry.c: the bytes of an entry. */
/* Wakes those who wait for room. */
void rt_cache_changed_locked(struct rt_block_cache *cache);
void rt_cache_changed(struct rt_block_cache *cache);
void rt_cache_give_room(struct rt_block_cache *cache, uint64_t bytes);
/* Frees an entry that nobody can find any more. */
void rt_cache_free_block(struct rt_block_cache *cache, struct rt_block *block);
/* The bytes of unpacked pixels. */
uint64_t rt_block_room(const struct rt_block *block);
/* Adds a write or a read of the disk to its mean. */
void rt_cache_measure(struct rt_block_cache *cache, uint64_t *mean_ps,
                      uint64_t ns, uint64_t bytes);

/* reservation.c: bytes under the limit. */
/* Takes bytes, evicting others, and waits for evictions under way. in_need: as
 * rt_order_victim_locked has it. */
bool rt_cache_take_room(struct rt_block_cache *cache, uint64_t bytes,
                        bool in_need);
/* Evicts what is above the limit. */
void rt_cache_trim(struct rt_block_cache *cache, bool patient);

/* spill.c: out. */
enum rt_block_state rt_spill_fate_locked(const struct rt_block_cache *cache,
                                         const struct rt_block *block);
void rt_spill_store(struct rt_block_cache *cache, struct rt_block *block);
/* recall.c: back to memory. */
/* For the owner of a READING block: block, pinned, or NULL. */
struct rt_block *rt_spill_recall(struct rt_block_cache *cache,
                                 struct rt_block *block);

/* fork.c */
void rt_cache_start_child(void *cache);

#endif
