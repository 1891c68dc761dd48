/* prefetch.h - decodes what a steady reader will ask for next.
 *
 * Readers that move on by their own width or height, line by line or tile by
 * tile, find the next cells in the cache or in flight. A random reader costs
 * a comparison with the last few reads.
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

/* Waits for what is being decoded ahead. NULL is allowed. */
void rt_prefetch_destroy(struct rt_prefetch *prefetch);

/* Notes a read that has ended well, and decodes ahead on the pool where it
 * continues others. Any number of threads may read. */
void rt_prefetch_after(struct rt_prefetch *prefetch, const struct rt_read *read);

#ifdef __cplusplus
}
#endif
#endif
