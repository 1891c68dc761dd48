/* in_flight.h - the source blocks that this process is decoding.
 *
 * An in-flight read is one fill's decoding of a set of source blocks. No two
 * in-flight reads share a block. A thread that needs a block of another
 * thread's in-flight read waits for it. Afterwards it looks in the cache again,
 * or it gets the same error. Nothing is remembered of an in-flight read that
 * has ended.
 *
 * Every function may be called from any thread. A thread that has begun an
 * in-flight read must not wait for another one, except for those of other
 * sources that its decoding reads from.
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

/* What to decode of one layer. Everything is copied except the identity. */
struct rt_in_flight_request {
    struct rt_identity *identity; /* borrowed */
    const void *cache;            /* the cache that receives what is decoded */
    int32_t layer;
    const int32_t *planes;
    int32_t n_planes;                    /* 0 stands for all planes, decoded
                                          * together */
    bool alone;                          /* no other in its layer: a SEQUENTIAL
                                          * source */
    struct rt_block_range source_blocks; /* bounds all needed blocks */
    const unsigned char *need; /* one byte for each of source_blocks */
};

enum rt_in_flight_state {
    RT_IN_FLIGHT_BEGUN, /* *read is the caller's; it must end it */
    RT_IN_FLIGHT_BUSY,  /* *read is another's: wait for it or release
                         * it */
    RT_IN_FLIGHT_NO_MEMORY
};

/* Begins a read of what is needed, unless another read decodes some of it. */
enum rt_in_flight_state
rt_in_flight_begin(const struct rt_in_flight_request *request,
                   struct rt_in_flight **read);

/* Reports that source_blocks are decoded, and that what is kept of them is in
 * the cache. */
void rt_in_flight_done(struct rt_in_flight *read,
                       const struct rt_block_range *source_blocks);

/* Ends the caller's in-flight read. If it failed, failed bounds the blocks that
 * could not be decoded and error gives the reason; otherwise both are NULL. */
void rt_in_flight_end(struct rt_in_flight *read,
                      const struct rt_block_range *failed,
                      const struct rt_error *error);

/* Waits until another thread's in-flight read has decoded all that it shares
 * with request, or has ended. Returns its error if the failed blocks lie within
 * wanted, and RT_OK otherwise. Releases read. */
RT_MUST_CHECK enum rt_status
rt_in_flight_wait(struct rt_in_flight *read,
                  const struct rt_in_flight_request *request,
                  const struct rt_block_range *wanted, struct rt_error *err);

/* Releases another thread's in-flight read without waiting for it. */
void rt_in_flight_release(struct rt_in_flight *read);

#ifdef __cplusplus
}
#endif
#endif
