/* identity.h - one object for each text that identifies cached pixels.
 *
 * Two handles that name the same pixels (same file, open options, version
 * and grid) write the same text and get the same object, so that a cache key
 * holds a pointer. An object lives while anyone holds a reference: a dataset,
 * or a block in a cache. Every function may be called from any thread.
 */
#ifndef RETILE_CORE_BASE_IDENTITY_H
#define RETILE_CORE_BASE_IDENTITY_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rt_identity;

/* The object of text, with one reference for the caller; NULL when out of
 * memory. text is copied. */
struct rt_identity *rt_identity_intern(const char *text);

/* One more reference; returns identity. */
struct rt_identity *rt_identity_ref(struct rt_identity *identity);

/* Gives a reference back. NULL is allowed. */
void rt_identity_unref(struct rt_identity *identity);

/* Notes, for as long as reader lives, that to decode its pixels those of read
 * are read. False, and nothing is noted, where read is reader, or is noted to
 * read from it, directly or through others. Without memory nothing is noted
 * either. */
bool rt_identity_note_read(struct rt_identity *reader,
                           struct rt_identity *read);

/* Borrowed, for as long as a reference is held. */
const char *rt_identity_text(const struct rt_identity *identity);

#ifdef __cplusplus
}
#endif
#endif
