/* identity.c - see identity.h.
 *
 * A list under one lock: a process has as many as it has open or cached
 * rasters, and looks one up when it opens a raster, not when it reads.
 */
#include "core/identity.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct rt_identity {
    /* Fixed after create. */
    char *text;
    /* Guarded by lock. */
    long refs;
    struct rt_identity *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct rt_identity *head;

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
    identity->next = head;
    head = identity;
    return identity;
}

struct rt_identity *rt_identity_intern(const char *text)
{
    struct rt_identity *identity;

    pthread_mutex_lock(&lock);
    identity = find_locked(text);
    if (identity == NULL)
        identity = add_locked(text);
    if (identity != NULL)
        identity->refs++;
    pthread_mutex_unlock(&lock);
    return identity;
}

struct rt_identity *rt_identity_ref(struct rt_identity *identity)
{
    pthread_mutex_lock(&lock);
    identity->refs++;
    pthread_mutex_unlock(&lock);
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
    pthread_mutex_lock(&lock);
    if (--identity->refs > 0)
        identity = NULL;
    else
        unlink_locked(identity);
    pthread_mutex_unlock(&lock);
    if (identity != NULL) {
        free(identity->text);
        free(identity);
    }
}

const char *rt_identity_text(const struct rt_identity *identity)
{
    return identity->text;
}
