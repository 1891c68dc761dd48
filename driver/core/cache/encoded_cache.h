/* encoded_cache.h - encoded bytes of a source, kept in the block cache for when
 * what is decoded from them is wanted once more.
 *
 * They come in units that the source numbers, each fetched as a whole. Under
 * way they are like source blocks: who needs a unit that another thread is
 * fetching waits for it. A fill may wait here though it has a flight of its
 * own: whoever fetches waits for nobody.
 *
 * Every function may be called from any thread.
 */
#ifndef RETILE_CORE_CACHE_ENCODED_CACHE_H
#define RETILE_CORE_CACHE_ENCODED_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/cache/block_cache.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_encoded_cache;

struct rt_kept_unit {
    /* Of the caller. */
    int32_t number;   /* from 0 */
    uint64_t n_bytes; /* always the same for one number */
    /* Pinned, or NULL: not kept. */
    struct rt_block *block;
    /* While a loader has it: its bytes are to be put into block, and whether
     * that was done. */
    bool wanted, loaded;
};

/* Fetches the units that are wanted. Those that it does not mark as loaded are
 * not kept. */
struct rt_byte_loader {
    void (*load)(void *context, struct rt_kept_unit *units, int32_t n_units);
    void *context;
};

/* identity: of the source and its version, and of nothing that pixels are
 * cached by. It has a reference of its own; cache is borrowed. spill: what
 * becomes of bytes that have to go; they are never packed. NULL when out of
 * memory. */
struct rt_encoded_cache *rt_encoded_cache_create(struct rt_block_cache *cache,
                                           struct rt_identity *identity,
                                           enum rt_spill spill);
/* Nothing may be pinned. What is kept stays. NULL is allowed. */
void rt_encoded_cache_destroy(struct rt_encoded_cache *kept);

/* How many of the first units can be pinned at once: with no more than a
 * quarter of the budget, 0 where the first alone takes more. */
int32_t rt_encoded_cache_fit(const struct rt_encoded_cache *kept,
                          const struct rt_kept_unit *units, int32_t n_units);

/* Pins units (by rising numbers), those that are not there after loader has
 * fetched them, in one call. Where there was no room, or no success, block is
 * NULL. */
void rt_encoded_cache_take(struct rt_encoded_cache *kept, struct rt_kept_unit *units,
                        int32_t n_units, const struct rt_byte_loader *loader);
void rt_encoded_cache_give_back(struct rt_encoded_cache *kept,
                             struct rt_kept_unit *units, int32_t n_units);

/* Forgets a unit: its bytes have turned out to be bad. */
void rt_encoded_cache_drop(struct rt_encoded_cache *kept, int32_t number);

#ifdef __cplusplus
}
#endif
#endif
