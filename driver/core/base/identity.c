/* identity.c - see identity.h.
 *
 * A tree of the C library, ordered by text, under one lock: a mosaic may open
 * hundreds of thousands of rasters, and each has an identity while its blocks
 * are cached. A lookup happens when a raster is opened, not when it is read.
 */
#include "core/base/identity.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fork_lock.h"

struct rt_identity {
    /* Fixed after create. */
    char *text;
    /* Guarded by lock. */
    long refs;
    struct rt_identity **reads; /* the identities that it reads from, each
                                 * referenced */
    size_t n_reads;
    unsigned looked_at; /* number of the last search that visited it */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct rt_fork_lock lock; /* created with the first identity */
static bool has_lock;            /* fixed after make_lock */
static void *tree;               /* guarded by lock */

static void make_lock(void)
{
    has_lock = rt_fork_lock_init(&lock, RT_RANK_IDENTITY);
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct rt_identity *)a)->text,
                  ((const struct rt_identity *)b)->text);
}

static struct rt_identity *create(const char *text)
{
    struct rt_identity *identity = calloc(1, sizeof(*identity));

    if (identity == NULL)
        return NULL;
    identity->text = strdup(text);
    if (identity->text == NULL) {
        free(identity);
        return NULL;
    }
    return identity;
}

static void destroy(struct rt_identity *identity)
{
    if (identity == NULL)
        return;
    free(identity->reads);
    free(identity->text);
    free(identity);
}

struct rt_identity *rt_identity_intern(const char *text)
{
    struct rt_identity *made, *identity = NULL;
    struct rt_identity *const *node;

    pthread_once(&once, make_lock);
    made = has_lock ? create(text) : NULL;
    if (made == NULL)
        return NULL;
    pthread_mutex_lock(&lock.mutex);
    node = tsearch(made, &tree, compare);
    if (node != NULL) {
        identity = *node;
        identity->refs++;
    }
    pthread_mutex_unlock(&lock.mutex);
    if (identity != made)
        destroy(made);
    return identity;
}

struct rt_identity *rt_identity_ref(struct rt_identity *identity)
{
    pthread_mutex_lock(&lock.mutex);
    identity->refs++;
    pthread_mutex_unlock(&lock.mutex);
    return identity;
}

void rt_identity_unref(struct rt_identity *identity)
{
    if (identity == NULL)
        return;
    pthread_mutex_lock(&lock.mutex);
    if (--identity->refs > 0)
        identity = NULL;
    else
        (void)tdelete(identity, &tree, compare);
    pthread_mutex_unlock(&lock.mutex);
    if (identity == NULL)
        return;
    for (size_t i = 0; i < identity->n_reads; i++)
        rt_identity_unref(identity->reads[i]);
    destroy(identity);
}

/* Whether from equals to, or reads from it directly or through others. */
static bool leads_to_locked(struct rt_identity *from,
                            const struct rt_identity *to, unsigned search)
{
    if (from == to)
        return true;
    if (from->looked_at == search)
        return false;
    from->looked_at = search;
    for (size_t i = 0; i < from->n_reads; i++)
        if (leads_to_locked(from->reads[i], to, search))
            return true;
    return false;
}

static bool is_noted_locked(const struct rt_identity *reader,
                            const struct rt_identity *read)
{
    for (size_t i = 0; i < reader->n_reads; i++)
        if (reader->reads[i] == read)
            return true;
    return false;
}

static void note_locked(struct rt_identity *reader, struct rt_identity *read)
{
    struct rt_identity **reads =
        realloc(reader->reads, (reader->n_reads + 1) * sizeof(*reads));

    if (reads == NULL)
        return;
    reader->reads = reads;
    reader->reads[reader->n_reads++] = read;
    read->refs++;
}

bool rt_identity_note_read(struct rt_identity *reader, struct rt_identity *read)
{
    static unsigned search; /* guarded by lock */
    bool may = true;

    pthread_mutex_lock(&lock.mutex);
    if (!is_noted_locked(reader, read)) {
        may = !leads_to_locked(read, reader, ++search);
        if (may)
            note_locked(reader, read);
    }
    pthread_mutex_unlock(&lock.mutex);
    return may;
}

const char *rt_identity_text(const struct rt_identity *identity)
{
    return identity->text;
}
