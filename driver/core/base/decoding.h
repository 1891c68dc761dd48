/* decoding.h - the rasters that the calling thread is decoding.
 *
 * They form a stack: decoding a raster may read pixels of another view, which
 * are then decoded inside it.
 */
#ifndef RETILE_CORE_BASE_DECODING_H
#define RETILE_CORE_BASE_DECODING_H

#include <stdbool.h>

#include "core/base/identity.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One entry of a thread's stack of decodes. It lives on the thread's C
 * stack. */
struct rt_decoding {
    struct rt_identity *identity; /* borrowed */
    const struct rt_decoding *outer;
    const struct rt_decoding *before; /* the thread's entry before begin */
};

/* The innermost decode; NULL if the thread decodes nothing. */
const struct rt_decoding *rt_decoding_now(void);

/* From begin to end, the calling thread decodes pixels of identity on behalf of
 * the decode outer. outer belongs to the same thread, or to another thread that
 * waits for this one. */
void rt_decoding_begin(struct rt_decoding *decoding,
                       struct rt_identity *identity,
                       const struct rt_decoding *outer);
void rt_decoding_end(const struct rt_decoding *decoding);

/* Whether the calling thread is already decoding pixels of identity. If so,
 * reading them would recurse without end. */
bool rt_decoding_includes(const struct rt_identity *identity);

/* The depth of the calling thread's nested decodes. */
int rt_decoding_depth(void);

/* Whether the calling thread may wait for other threads that decode pixels of
 * identity. False if those may be waiting for what this thread decodes. */
bool rt_decoding_may_wait(struct rt_identity *identity);

#ifdef __cplusplus
}
#endif
#endif
