/* identity.h - one object for each text that identifies cached pixels.
 *
 * Two handles that name the same pixels (same file, open options, version and
 * grid) produce the same text and get the same object, so a cache key only
 * needs a pointer. An object lives as long as a dataset or a cached block holds
 * a reference. Every function may be called from any thread.
 */
#ifndef RETILE_CORE_BASE_IDENTITY_H
#define RETILE_CORE_BASE_IDENTITY_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rt_identity;

/* Returns the object of text, with one reference for the caller; NULL when out
 * of memory. text is copied. */
struct rt_identity *rt_identity_intern(const char *text);

/* Adds a reference and returns identity. */
struct rt_identity *rt_identity_ref(struct rt_identity *identity);

/* Drops a reference. NULL is allowed. */
void rt_identity_unref(struct rt_identity *identity);

/* Records that decoding reader's pixels reads pixels of read. The record lasts
 * as long as reader. Returns false and records nothing if read is reader
 * itself, or is recorded as reading from reader, directly or through others.
 * Out of memory, it records nothing and returns true. */
bool rt_identity_note_read(struct rt_identity *reader,
                           struct rt_identity *read);

/* Borrowed; valid while the caller holds a reference. */
const char *rt_identity_text(const struct rt_identity *identity);

#ifdef __cplusplus
}
#endif
#endif
