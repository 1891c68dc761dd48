/* thread_context.h - the state that a reading thread carries: the names that it
 * is reading, and GDAL's thread-local configuration options. A thread that
 * decodes on its behalf enters a copy of both.
 */
#ifndef RETILE_IO_DATASET_THREAD_CONTEXT_H
#define RETILE_IO_DATASET_THREAD_CONTEXT_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One name that is being read. On the caller's stack. */
struct rt_reading {
    const char *name; /* borrowed */
    const struct rt_reading *outer;
};

/* Between begin and end the calling thread is reading name. */
void rt_reading_begin(struct rt_reading *reading, const char *name);
void rt_reading_end(const struct rt_reading *reading);

/* Whether the calling thread, or the thread that it decodes for, is reading
 * name. */
bool rt_reading_includes(const char *name);

struct rt_thread_context;
struct rt_entered_context;

/* A copy of the calling thread's state. It may outlive the reads in it. NULL if
 * out of memory. */
struct rt_thread_context *rt_thread_context_capture(void);

/* No thread may have entered it. NULL is allowed. */
void rt_thread_context_free(struct rt_thread_context *thread_context);

/* Gives the calling thread the captured state until leave. Until then the
 * datasets that it opens and reads start no threads of their own. Several
 * threads may enter the same context at the same time. One thread may enter
 * several, and leaves them in the opposite order. NULL if out of memory; leave
 * then does nothing. */
struct rt_entered_context *
rt_thread_context_enter(const struct rt_thread_context *thread_context);
void rt_thread_context_leave(struct rt_entered_context *entered);

#ifdef __cplusplus
}
#endif
#endif
