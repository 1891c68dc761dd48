/* identity.c - see identity.h.
 *
 * A list under one lock is enough: there are only as many identities as open or
 * cached rasters, and a lookup happens when a raster is opened, not when it is
 * read.
 */
#include "core/base/identity.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/fork_lock.h"

struct rt_identity {
    /* Fixed after create. */
    char *text;
    /* Guarded by lock. */
    long refs;
    struct rt_identity *next;
    struct rt_identity **reads; /* the identities that it reads from, each
                                 * referenced */
    size_t n_reads;
    unsigned looked_at; /* number of the last search that visited it */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct rt_fork_lock lock; /* created with the first identity */
static bool has_lock;            /* fixed after make_lock */
static struct rt_identity *head; /* guarded by lock */

static void make_lock(void)
{
    has_lock = rt_fork_lock_init(&lock, RT_RANK_IDENTITY);
}

static struct rt_identity *find_locked(const char *text)
{
    struct rt_identity *identity;

    for (identity = head; identity != NULL; identity = identity->next)
        if (strcmp(identity->text, text) == 0)
            return identity;
    return NULL;
}

static struct rt_identity *add_locked(const char *text)
{
    struct rt_identity *identity = malloc(sizeof(*identity));

    if (identity == NULL)
        return NULL;
    identity->text = strdup(text);
    if (identity->text == NULL) {
        free(identity);
        return NULL;
    }
    identity->refs = 0;
    identity->reads = NULL;
    identity->n_reads = 0;
    identity->looked_at = 0;
    identity->next = head;
    head = identity;
    return identity;
}

struct rt_identity *rt_identity_intern(const char *text)
{
    struct rt_identity *identity;

    pthread_once(&once, make_lock);
    if (!has_lock)
        return NULL;
    pthread_mutex_lock(&lock.mutex);
    identity = find_locked(text);
    if (identity == NULL)
        identity = add_locked(text);
    if (identity != NULL)
        identity->refs++;
    pthread_mutex_unlock(&lock.mutex);
    return identity;
}

struct rt_identity *rt_identity_ref(struct rt_identity *identity)
{
    pthread_mutex_lock(&lock.mutex);
    identity->refs++;
    pthread_mutex_unlock(&lock.mutex);
    return identity;
}

static void unlink_locked(const struct rt_identity *identity)
{
    struct rt_identity **link = &head;

    while (*link != identity)
        link = &(*link)->next;
    *link = identity->next;
}

void rt_identity_unref(struct rt_identity *identity)
{
    if (identity == NULL)
        return;
    pthread_mutex_lock(&lock.mutex);
    if (--identity->refs > 0)
        identity = NULL;
    else
        unlink_locked(identity);
    pthread_mutex_unlock(&lock.mutex);
    if (identity == NULL)
        return;
    for (size_t i = 0; i < identity->n_reads; i++)
        rt_identity_unref(identity->reads[i]);
    free(identity->reads);
    free(identity->text);
    free(identity);
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
