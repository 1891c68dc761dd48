/* prefetch.h - decodes what a sequential reader will ask for next.
 *
 * A reader that advances by its own width or height, line by line or tile by
 * tile, finds the next cells in the cache or in flight. A random reader only
 * pays for a comparison with the last few reads.
 */
#ifndef RETILE_CORE_VIEW_PREFETCH_H
#define RETILE_CORE_VIEW_PREFETCH_H

#ifdef __cplusplus
extern "C" {
#endif

struct rt_prefetch;
struct rt_read;
struct rt_view;

/* For view, which has a cache. NULL when out of memory. */
struct rt_prefetch *rt_prefetch_create(struct rt_view *view);

/* Waits until the current prefetch ends. NULL is allowed. */
void rt_prefetch_destroy(struct rt_prefetch *prefetch);

/* Notes a read that succeeded. If it continues earlier ones, starts a prefetch
 * on the pool. May be called from any number of threads. */
void rt_prefetch_after(struct rt_prefetch *prefetch,
                       const struct rt_read *read);

#ifdef __cplusplus
}
#endif
#endif
