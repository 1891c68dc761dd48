/* thread_context.c - see thread_context.h.
 *
 * A raster that reads from itself (through a VRT, say) would recurse forever,
 * so each thread records the names that it is reading. A captured context holds
 * copies of the names, because a prefetch may outlive the call that started it.
 */
#include "io/dataset/thread_context.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"

struct rt_thread_context {
    /* Fixed after capture. */
    char **settings; /* GDAL's, as NAME=VALUE; NULL if there are none */
    struct rt_reading *readings; /* innermost first; names are owned */
    int n_readings;
};

struct rt_entered_context {
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

static bool copy_readings(struct rt_thread_context *thread_context)
{
    const int n = count_readings();
    const struct rt_reading *at = reading_now;

    if (n == 0)
        return true;
    thread_context->readings =
        calloc((size_t)n, sizeof(*thread_context->readings));
    if (thread_context->readings == NULL)
        return false;
    for (; at != NULL; at = at->outer) {
        struct rt_reading *copy =
            &thread_context->readings[thread_context->n_readings++];

        copy->name = CPLStrdup(at->name);
        copy->outer = thread_context->n_readings < n ? copy + 1 : NULL;
    }
    return true;
}

struct rt_thread_context *rt_thread_context_capture(void)
{
    struct rt_thread_context *thread_context =
        calloc(1, sizeof(*thread_context));

    if (thread_context == NULL)
        return NULL;
    if (!copy_readings(thread_context)) {
        free(thread_context);
        return NULL;
    }
    thread_context->settings = CPLGetThreadLocalConfigOptions();
    return thread_context;
}

void rt_thread_context_free(struct rt_thread_context *thread_context)
{
    if (thread_context == NULL)
        return;
    for (int i = 0; i < thread_context->n_readings; i++)
        CPLFree((void *)thread_context->readings[i].name);
    free(thread_context->readings);
    CSLDestroy(thread_context->settings);
    free(thread_context);
}

struct rt_entered_context *
rt_thread_context_enter(const struct rt_thread_context *thread_context)
{
    struct rt_entered_context *entered = calloc(1, sizeof(*entered));

    if (entered == NULL)
        return NULL;
    entered->settings_before = CPLGetThreadLocalConfigOptions();
    entered->reading_before = reading_now;
    CPLSetThreadLocalConfigOptions(
        (const char *const *)thread_context->settings);
    CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", "1");
    /* Hides the thread's own readings: it may do this work while it waits
     * inside a read of its own. */
    reading_now = thread_context->readings;
    return entered;
}

void rt_thread_context_leave(struct rt_entered_context *entered)
{
    if (entered == NULL)
        return;
    CPLSetThreadLocalConfigOptions(
        (const char *const *)entered->settings_before);
    reading_now = entered->reading_before;
    CSLDestroy(entered->settings_before);
    free(entered);
}
