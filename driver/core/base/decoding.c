/* decoding.c - see decoding.h.
 *
 * If two rasters read from each other, one thread may decode the first and
 * another thread the second. Each would then wait for the other. So before a
 * thread waits, it notes which raster reads from which (identity.h). It does
 * not wait if that would close a cycle.
 */
#include "core/base/decoding.h"

#include <stddef.h>

static _Thread_local const struct rt_decoding *now;

const struct rt_decoding *rt_decoding_now(void)
{
    return now;
}

void rt_decoding_begin(struct rt_decoding *decoding,
                       struct rt_identity *identity,
                       const struct rt_decoding *outer)
{
    decoding->identity = identity;
    decoding->outer = outer;
    decoding->before = now;
    now = decoding;
}

void rt_decoding_end(const struct rt_decoding *decoding)
{
    now = decoding->before;
}

bool rt_decoding_includes(const struct rt_identity *identity)
{
    for (const struct rt_decoding *at = now; at != NULL; at = at->outer)
        if (at->identity == identity)
            return true;
    return false;
}

int rt_decoding_depth(void)
{
    int depth = 0;

    for (const struct rt_decoding *at = now; at != NULL; at = at->outer)
        depth++;
    return depth;
}

bool rt_decoding_may_wait(struct rt_identity *identity)
{
    struct rt_identity *read = identity;

    for (const struct rt_decoding *at = now; at != NULL; at = at->outer) {
        if (!rt_identity_note_read(at->identity, read))
            return false;
        read = at->identity;
    }
    return true;
}
