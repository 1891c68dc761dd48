/* thread_context.h - what a thread that reads sources carries with it: the
 * names that it is reading, and GDAL's settings of its own. Another thread
 * that decodes for it borrows both.
 */
#ifndef RETILE_IO_DATASET_THREAD_CONTEXT_H
#define RETILE_IO_DATASET_THREAD_CONTEXT_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One name that is being read, in the caller's stack. */
struct rt_reading {
    const char *name; /* borrowed */
    const struct rt_reading *outer;
};

/* Between begin and end the calling thread reads name. */
void rt_reading_begin(struct rt_reading *reading, const char *name);
void rt_reading_end(const struct rt_reading *reading);

/* Whether the calling thread, or one that it decodes for, reads name. */
bool rt_reading_includes(const char *name);

struct rt_thread_context;
struct rt_entered_context;

/* A copy of what the calling thread carries; outlives its reads. NULL when out
 * of memory. */
struct rt_thread_context *rt_thread_context_capture(void);

/* No thread may be in it. NULL is allowed. */
void rt_thread_context_free(struct rt_thread_context *thread_context);

/* From now on, until leave, the calling thread has what was thread_context, and
 * what it opens and reads starts no threads of its own. Threads may be in one
 * thread_context at the same time, and one thread in several, left in the
 * opposite order. NULL when out of memory; leave then does nothing. */
struct rt_entered_context *
rt_thread_context_enter(const struct rt_thread_context *thread_context);
void rt_thread_context_leave(struct rt_entered_context *entered);

#ifdef __cplusplus
}
#endif
#endif
