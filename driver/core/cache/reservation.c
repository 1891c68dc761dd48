/* reservation.c - bytes under the block cache's limit: taking them, waiting for
 * them, evicting for them.
 *
 * The budget counts every entry that exists and every reservation. Bytes are
 * taken before memory is allocated and given back after it is freed.
 */
#include "core/base/pages.h"
#include "core/cache/internal.h"

/* Decoders may take 1/DECODER_SHARE of the limit. One read may take
 * 1/READ_SHARE of that, because before the first read nothing is set aside
 * yet. */
#define DECODER_SHARE 2
#define READ_SHARE 2

/* If nothing changes for this long, the thread is probably waiting for itself,
 * through views nested in one another. */
#define PATIENCE_NS UINT64_C(1000000000)

/* Reservations that this thread holds, in all caches. */
static _Thread_local uint32_t n_held;

/* Whether dropping all spilled entries would free enough for bytes. */
static bool spilled_suffices_locked(const struct rt_block_cache *cache,
                                    uint64_t bytes)
{
    const uint64_t limit = rt_budget_limit(cache->budget);
    const uint64_t used = rt_budget_used(cache->budget);
    const uint64_t spilled = cache->lists[RT_LIST_PACKED].bytes +
                             cache->lists[RT_LIST_ON_DISK].bytes;

    return used <= spilled || used - spilled + bytes <= limit;
}

/* The caller has locked the shard of block; this unlocks it. If the block is
 * already on disk, *pixels receives the memory to free. */
static enum rt_block_state begin_locked(struct rt_block_cache *cache,
                                        struct rt_block *block,
                                        unsigned char **pixels)
{
    struct rt_cache_shard *shard = rt_cache_shard(cache, block->hash);
    const enum rt_block_state fate = rt_spill_fate_locked(cache, block);

    atomic_fetch_add(&cache->evictions, 1);
    if (fate == RT_BLOCK_RESIDENT) { /* it cannot be spilled */
        rt_order_forget_locked(cache, block);
        return fate;
    }
    rt_order_remove_locked(cache, block);
    block->state = fate;
    if (fate == RT_BLOCK_ON_DISK) {
        *pixels = block->pixels;
        block->pixels = NULL;
        rt_order_add_locked(cache, block, RT_LIST_ON_DISK, block->header_bytes);
    } else {
        block->pins++;
        cache->n_busy++;
    }
    pthread_mutex_unlock(&shard->lock.mutex);
    return fate;
}

static void wait_locked(struct rt_block_cache *cache, uint64_t seen,
                        bool *timed_out)
{
    const struct timespec until = rt_condition_until(PATIENCE_NS);
    bool in_time = true;

    while (in_time && atomic_load(&cache->n_changes) == seen)
        in_time =
            rt_condition_wait(&cache->changed, &cache->order.mutex, &until);
    *timed_out = !in_time;
}

/* Waits for an eviction in progress. Returns false if there is none. */
static bool wait_for_busy_locked(struct rt_block_cache *cache)
{
    bool timed_out = true;

    while (timed_out && cache->n_busy > 0)
        wait_locked(cache, atomic_load(&cache->n_changes), &timed_out);
    return !timed_out;
}

/* Frees some bytes towards the goal of bytes. Returns false if nothing can be
 * freed. */
static bool evict_one(struct rt_block_cache *cache, uint64_t bytes,
                      bool patient, bool in_need)
{
    enum rt_block_state fate = RT_BLOCK_RESIDENT;
    unsigned char *pixels = NULL;
    struct rt_block *block;
    uint64_t room = 0;
    bool some = true;

    pthread_mutex_lock(&cache->order.mutex);
    block = rt_order_surplus_locked(cache, false);
    if (block == NULL) {
        block = rt_order_victim_locked(cache, in_need);
        if (block != NULL) {
            room = rt_block_room(block);
            fate = begin_locked(cache, block, &pixels);
        } else if (spilled_suffices_locked(cache, bytes)) {
            block = rt_order_surplus_locked(cache, true);
        }
    }
    if (block == NULL)
        some = patient && wait_for_busy_locked(cache);
    pthread_mutex_unlock(&cache->order.mutex);
    if (block == NULL)
        return some;

    if (fate == RT_BLOCK_RESIDENT) {
        rt_cache_free_block(cache, block);
    } else if (fate == RT_BLOCK_ON_DISK) {
        rt_pages_free(pixels, room);
        atomic_fetch_sub(&cache->resident_bytes, room);
        rt_cache_give_room(cache, room);
    } else {
        rt_spill_store(cache, block);
    }
    return true;
}

bool rt_cache_take_room(struct rt_block_cache *cache, uint64_t bytes,
                        bool in_need)
{
    while (!rt_budget_reserve(cache->budget, bytes))
        if (bytes > rt_budget_limit(cache->budget) ||
            !evict_one(cache, bytes, true, in_need))
            return false;
    return true;
}

void rt_cache_trim(struct rt_block_cache *cache, bool patient)
{
    while (rt_budget_excess(cache->budget) > 0 &&
           evict_one(cache, 0, patient, true)) {
    }
}

static bool reserve_now_locked(struct rt_block_cache *cache, uint64_t bytes,
                               bool overdraw)
{
    const bool reserved = rt_budget_reserve(cache->budget, bytes);

    if (!reserved && overdraw)
        rt_budget_overdraw(cache->budget, bytes);
    if (reserved || overdraw) {
        cache->reserved_bytes += bytes;
        n_held++;
    }
    return reserved;
}

/* Reserves bytes without waiting for other reservations. */
static bool try_to_reserve(struct rt_block_cache *cache, uint64_t bytes,
                           bool patient, bool in_need)
{
    bool reserved = false;

    do {
        pthread_mutex_lock(&cache->order.mutex);
        reserved = reserve_now_locked(cache, bytes, false);
        pthread_mutex_unlock(&cache->order.mutex);
    } while (!reserved && bytes <= rt_budget_limit(cache->budget) &&
             evict_one(cache, bytes, patient, in_need));
    return reserved;
}

/* Waits until something has changed since seen. Returns true if nothing changed
 * in time, or if there is nothing to wait for. The bytes are then reserved if
 * they happen to fit, and otherwise overdrawn. */
static bool give_up(struct rt_block_cache *cache, uint64_t bytes, uint64_t seen,
                    bool *reserved)
{
    bool up = false;

    pthread_mutex_lock(&cache->order.mutex);
    if (atomic_load(&cache->n_changes) == seen) {
        up = n_held > 0 || (cache->reserved_bytes == 0 && cache->n_busy == 0);
        if (!up)
            wait_locked(cache, seen, &up);
        if (up)
            *reserved = reserve_now_locked(cache, bytes, true);
    }
    pthread_mutex_unlock(&cache->order.mutex);
    return up;
}

/* Whether there is no other reservation that this thread can wait for. */
static bool is_alone(struct rt_block_cache *cache)
{
    bool alone;

    pthread_mutex_lock(&cache->order.mutex);
    alone = n_held > 0 || cache->reserved_bytes == 0;
    pthread_mutex_unlock(&cache->order.mutex);
    return alone;
}

static bool wait_and_reserve(struct rt_block_cache *cache, uint64_t bytes)
{
    bool reserved = false, done = false;

    atomic_fetch_add(&cache->n_waiters, 1);
    while (!done) {
        const uint64_t seen = atomic_load(&cache->n_changes);

        reserved = try_to_reserve(cache, bytes, true, is_alone(cache));
        done = reserved || give_up(cache, bytes, seen, &reserved);
    }
    atomic_fetch_sub(&cache->n_waiters, 1);
    return reserved;
}

bool rt_block_cache_reserve(struct rt_block_cache *cache, uint64_t bytes,
                            enum rt_reserve how)
{
    bool reserved;

    if (how == RT_RESERVE_WAIT)
        return wait_and_reserve(cache, bytes);
    reserved = try_to_reserve(cache, bytes, how == RT_RESERVE_TRY,
                              how == RT_RESERVE_OVERDRAW);
    if (!reserved && how == RT_RESERVE_OVERDRAW) {
        pthread_mutex_lock(&cache->order.mutex);
        reserved = reserve_now_locked(cache, bytes, true);
        pthread_mutex_unlock(&cache->order.mutex);
    }
    return reserved;
}

/* In a child of fork, earlier reservations are forgotten; ignore their
 * release. */
void rt_block_cache_release(struct rt_block_cache *cache, uint64_t bytes)
{
    pthread_mutex_lock(&cache->order.mutex);
    if (n_held > 0)
        n_held--;
    if (bytes <= cache->reserved_bytes) {
        cache->reserved_bytes -= bytes;
        rt_budget_release(cache->budget, bytes);
    }
    if (atomic_load(&cache->n_waiters) > 0)
        rt_cache_changed_locked(cache);
    pthread_mutex_unlock(&cache->order.mutex);
}

/* The total for all decoders. */
static uint64_t decoder_limit(const struct rt_block_cache *cache)
{
    const uint64_t limit = rt_budget_limit(cache->budget);
    const uint64_t most = limit / DECODER_SHARE;

    if (limit <= RT_CACHE_BLOCK_BYTES)
        return 0;
    return limit - RT_CACHE_BLOCK_BYTES < most ? limit - RT_CACHE_BLOCK_BYTES
                                               : most;
}

static uint64_t decoder_room_locked(const struct rt_block_cache *cache)
{
    const uint64_t most = decoder_limit(cache);

    return most > cache->aside_bytes ? most - cache->aside_bytes : 0;
}

uint64_t rt_block_cache_decoder_room(struct rt_block_cache *cache)
{
    const uint64_t most = decoder_limit(cache) / READ_SHARE;
    uint64_t bytes;

    pthread_mutex_lock(&cache->order.mutex);
    bytes = decoder_room_locked(cache);
    pthread_mutex_unlock(&cache->order.mutex);
    return bytes < most ? bytes : most;
}

uint64_t rt_block_cache_set_aside(struct rt_block_cache *cache, uint64_t bytes)
{
    uint64_t free_bytes;

    pthread_mutex_lock(&cache->order.mutex);
    free_bytes = decoder_room_locked(cache);
    if (bytes > free_bytes)
        bytes = free_bytes;
    cache->aside_bytes += bytes;
    pthread_mutex_unlock(&cache->order.mutex);
    if (!rt_cache_take_room(cache, bytes, true))
        rt_budget_overdraw(cache->budget, bytes);
    return bytes;
}

/* In a child of fork, bytes set aside earlier are forgotten; ignore their
 * return. */
void rt_block_cache_take_back(struct rt_block_cache *cache, uint64_t bytes)
{
    pthread_mutex_lock(&cache->order.mutex);
    if (bytes <= cache->aside_bytes) {
        cache->aside_bytes -= bytes;
        rt_budget_release(cache->budget, bytes);
    }
    if (atomic_load(&cache->n_waiters) > 0)
        rt_cache_changed_locked(cache);
    pthread_mutex_unlock(&cache->order.mutex);
}
