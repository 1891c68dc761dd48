/* read_common.c - what all parts of a read share: delivery to its sink, the
 * view's pool, and the error for a raster that refers to itself. */
#include <string.h>

#include "core/view/internal.h"

struct rt_pool *rt_view_pool(struct rt_view *view)
{
    struct rt_pool *pool;

    pthread_mutex_lock(&view->pool_lock.mutex);
    if (view->pool != NULL && !rt_pool_is_ours(view->pool))
        view->pool = NULL;
    if (view->pool == NULL)
        view->pool = rt_pool_acquire(view->n_threads);
    pool = view->pool;
    pthread_mutex_unlock(&view->pool_lock.mutex);
    return pool;
}

void rt_read_deliver(const struct rt_read *read, const int32_t *i_planes,
                     const unsigned char *const *pixels, int32_t n_planes,
                     const struct rt_window *window,
                     const struct rt_window *from)
{
    const struct rt_layer *source = &read->view->source->layers[read->layer];
    const uint64_t offset_px = rt_window_offset(from, window);
    const void *top_left[RT_PART_PLANES];
    const struct rt_part part = {*window, n_planes, i_planes, top_left,
                                 from->w_px};

    for (int32_t i = 0; i < n_planes; i++)
        top_left[i] =
            pixels[i] + offset_px * source->px_bytes[read->planes[i_planes[i]]];
    read->sink->write(read->sink->context, &part);
}

enum rt_status rt_read_of_itself(const struct rt_read *read,
                                 struct rt_error *err)
{
    const char *text = rt_identity_text(read->view->identity);

    /* The first line of the text is the name. */
    return rt_error_set(err, RT_ERR_SOURCE, "'%.*s' refers to itself",
                        (int)strcspn(text, "\n"), text);
}
