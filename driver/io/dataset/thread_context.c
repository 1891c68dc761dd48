/* thread_context.c - see thread_context.h.
 *
 * A raster that (through a VRT, say) reads from itself would recurse for
 * ever: each thread knows the names that it is reading. Those of another
 * thread are copies, for look-ahead may outlive the call that asked for it.
 */
#include "io/dataset/thread_context.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"

struct rt_lent_thread {
    /* Fixed after take. */
    char **settings; /* of GDAL, NAME=VALUE; NULL where there are none */
    struct rt_reading *readings; /* innermost first; names are owned */
    int n_readings;
};

struct rt_entered_thread {
    char **settings_before;
    const struct rt_reading *reading_before;
};

static _Thread_local const struct rt_reading *reading_now;

void rt_reading_begin(struct rt_reading *reading, const char *name)
{
    reading->name = name;
    reading->outer = reading_now;
    reading_now = reading;
}

void rt_reading_end(const struct rt_reading *reading)
{
    reading_now = reading->outer;
}

bool rt_reading_includes(const char *name)
{
    const struct rt_reading *reading;

    for (reading = reading_now; reading != NULL; reading = reading->outer)
        if (strcmp(reading->name, name) == 0)
            return true;
    return false;
}

static int count_readings(void)
{
    int n = 0;

    for (const struct rt_reading *at = reading_now; at != NULL; at = at->outer)
        n++;
    return n;
}

static bool copy_readings(struct rt_lent_thread *lent)
{
    const int n = count_readings();
    const struct rt_reading *at = reading_now;

    if (n == 0)
        return true;
    lent->readings = calloc((size_t)n, sizeof(*lent->readings));
    if (lent->readings == NULL)
        return false;
    for (; at != NULL; at = at->outer) {
        struct rt_reading *copy = &lent->readings[lent->n_readings++];

        copy->name = CPLStrdup(at->name);
        copy->outer = lent->n_readings < n ? copy + 1 : NULL;
    }
    return true;
}

struct rt_lent_thread *rt_lent_thread_take(void)
{
    struct rt_lent_thread *lent = calloc(1, sizeof(*lent));

    if (lent == NULL)
        return NULL;
    if (!copy_readings(lent)) {
        free(lent);
        return NULL;
    }
    lent->settings = CPLGetThreadLocalConfigOptions();
    return lent;
}

void rt_lent_thread_free(struct rt_lent_thread *lent)
{
    if (lent == NULL)
        return;
    for (int i = 0; i < lent->n_readings; i++)
        CPLFree((void *)lent->readings[i].name);
    free(lent->readings);
    CSLDestroy(lent->settings);
    free(lent);
}

struct rt_entered_thread *
rt_lent_thread_enter(const struct rt_lent_thread *lent)
{
    struct rt_entered_thread *entered = calloc(1, sizeof(*entered));

    if (entered == NULL)
        return NULL;
    entered->settings_before = CPLGetThreadLocalConfigOptions();
    entered->reading_before = reading_now;
    CPLSetThreadLocalConfigOptions((const char *const *)lent->settings);
    CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", "1");
    /* Nothing of its own: it may do this while it waits in a read. */
    reading_now = lent->readings;
    return entered;
}

void rt_lent_thread_leave(struct rt_entered_thread *entered)
{
    if (entered == NULL)
        return;
    CPLSetThreadLocalConfigOptions(
        (const char *const *)entered->settings_before);
    reading_now = entered->reading_before;
    CSLDestroy(entered->settings_before);
    free(entered);
}
