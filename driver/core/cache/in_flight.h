/* in_flight.h - which source blocks are being decoded in this process.
 *
 * A flight is one fill's decoding of a set of source blocks. No two flights
 * under way have a block in common: who needs one of a flight that is under
 * way waits for it, and then looks again for what it left in the cache, or
 * shares its error. Nothing is remembered of a flight that has landed.
 *
 * Every function may be called from any thread. Whoever has a flight under way
 * must not wait for another one, but for those of other sources that its
 * decoding asks for.
 */
#ifndef RETILE_CORE_CACHE_IN_FLIGHT_H
#define RETILE_CORE_CACHE_IN_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/grid.h"
#include "core/base/identity.h"
#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_in_flight;

/* What is to be decoded of one layer. All is copied but the identity. */
struct rt_in_flight_request {
    struct rt_identity *identity; /* borrowed */
    const void *cache;            /* where what is decoded will be found */
    int32_t layer;
    const int32_t *planes;
    int32_t n_planes;               /* 0: all, in one */
    bool alone;                     /* in its layer: a SEQUENTIAL source */
    struct rt_block_range source_blocks; /* bounds all of them */
    const unsigned char *need;      /* a byte for each of source_blocks */
};

enum rt_in_flight_state {
    RT_IN_FLIGHT_BEGUN, /* *flight is the caller's, to be landed */
    RT_IN_FLIGHT_BUSY,      /* *flight is another's, to be waited for or left */
    RT_IN_FLIGHT_NO_MEMORY
};

enum rt_in_flight_state rt_in_flight_begin(const struct rt_in_flight_request *plan,
                                    struct rt_in_flight **flight);

/* Those of source_blocks are decoded, and what is kept of them is in the cache. */
void rt_in_flight_done(struct rt_in_flight *flight,
                    const struct rt_block_range *source_blocks);

/* Ends the caller's flight. Where it failed, failed bounds the blocks that
 * could not be decoded and error says why; else NULL. */
void rt_in_flight_end(struct rt_in_flight *flight,
                    const struct rt_block_range *failed,
                    const struct rt_error *error);

/* Waits until another's flight has decoded what it has in common with plan,
 * or has landed. Its error where that lies within wanted; else RT_OK. */
RT_MUST_CHECK enum rt_status rt_in_flight_wait(struct rt_in_flight *flight,
                                            const struct rt_in_flight_request *plan,
                                            const struct rt_block_range *wanted,
                                            struct rt_error *err);

/* Forgets another's flight without waiting for it. */
void rt_in_flight_release(struct rt_in_flight *flight);

#ifdef __cplusplus
}
#endif
#endif
