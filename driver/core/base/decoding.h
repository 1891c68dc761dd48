/* decoding.h - whose pixels the calling thread is decoding: one inside the
 * other, where decoding asks for pixels of a further view.
 */
#ifndef RETILE_CORE_BASE_DECODING_H
#define RETILE_CORE_BASE_DECODING_H

#include <stdbool.h>

#include "core/base/identity.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In the stack of who decodes. */
struct rt_decoding {
    struct rt_identity *identity; /* borrowed */
    const struct rt_decoding *outer;
    const struct rt_decoding *before; /* what the thread had */
};

/* Innermost first; NULL where the thread decodes nothing. */
const struct rt_decoding *rt_decoding_now(void);

/* Between begin and end the calling thread decodes pixels of identity, for a
 * thread that decodes outer: its own, or another that waits for it. */
void rt_decoding_begin(struct rt_decoding *decoding,
                       struct rt_identity *identity,
                       const struct rt_decoding *outer);
void rt_decoding_end(const struct rt_decoding *decoding);

/* Whether the calling thread decodes pixels of identity: to read them now would
 * go on for ever. */
bool rt_decoding_includes(const struct rt_identity *identity);

/* How many the calling thread decodes within each other. */
int rt_decoding_depth(void);

/* Whether the calling thread may wait for others that decode pixels of
 * identity. False where these may be waiting for what it decodes. */
bool rt_decoding_may_wait(struct rt_identity *identity);

#ifdef __cplusplus
}
#endif
#endif
