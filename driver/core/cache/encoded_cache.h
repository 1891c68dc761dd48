/* encoded_cache.h - encoded bytes of a source, kept in the block cache in case
 * what is decoded from them is wanted again.
 *
 * The source numbers the units. Each unit is fetched as a whole. While it is
 * fetched it behaves like a source block in an in-flight read: another thread
 * that needs it waits for it. A fill may wait here although it has an in-flight
 * read of its own, because a thread that fetches waits for nobody.
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

struct rt_encoded_unit {
    /* Set by the caller. */
    int32_t number;   /* from 0 */
    uint64_t n_bytes; /* the same for every use of a number */
    /* Pinned, or NULL if the unit could not be kept. */
    struct rt_block *block;
    /* For the loader. wanted: fetch this unit's bytes into block. loaded: the
     * loader sets it when it has done so. */
    bool wanted, loaded;
};

/* load fetches the units that are wanted. Units that it does not mark as loaded
 * are not kept. */
struct rt_byte_loader {
    void (*load)(void *context, struct rt_encoded_unit *units, int32_t n_units);
    void *context;
};

/* identity must stand for the source and its version, and must not be one that
 * pixels are cached under. The object takes a reference to it; cache is
 * borrowed. spill says what happens to evicted bytes; they are never
 * compressed. NULL when out of memory. */
struct rt_encoded_cache *rt_encoded_cache_create(struct rt_block_cache *cache,
                                                 struct rt_identity *identity,
                                                 enum rt_spill spill);
/* No unit may be pinned. The bytes stay in the cache. NULL is allowed. */
void rt_encoded_cache_destroy(struct rt_encoded_cache *encoded);

/* How many units, counted from the first, can be pinned at once within a
 * quarter of the budget. 0 if the first alone takes more. */
int32_t rt_encoded_cache_fit(const struct rt_encoded_cache *encoded,
                             const struct rt_encoded_unit *units,
                             int32_t n_units);

/* Pins units, which must be in order of rising numbers. Missing ones are first
 * fetched with one call of loader. A unit's block is NULL if it did not fit in
 * the cache or could not be fetched. */
void rt_encoded_cache_take(struct rt_encoded_cache *encoded,
                           struct rt_encoded_unit *units, int32_t n_units,
                           const struct rt_byte_loader *loader);
void rt_encoded_cache_give_back(struct rt_encoded_cache *encoded,
                                struct rt_encoded_unit *units, int32_t n_units);

/* Removes a unit whose bytes turned out to be bad. */
void rt_encoded_cache_drop(struct rt_encoded_cache *encoded, int32_t number);

#ifdef __cplusplus
}
#endif
#endif
