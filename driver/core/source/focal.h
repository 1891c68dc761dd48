/* focal.h - an operator that computes a pixel from its neighbourhood.
 *
 * A source may be the result of an operator on another source of the same size.
 * A copy can then decode the input itself, keep the lines and columns that
 * neighbouring runs share, and apply the operator.
 */
#ifndef RETILE_CORE_SOURCE_FOCAL_H
#define RETILE_CORE_SOURCE_FOCAL_H

#include <stdint.h>

#include "core/base/grid.h"
#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_source;

struct rt_focal {
    const struct rt_source *input; /* borrowed; layer 0 is the operator's
                                    * input */
    int32_t plane;                 /* the plane of the input that it uses */
    int32_t halo_px;               /* on each of the four sides; 0 or more */
    void *context;                 /* for apply */

    /* Computes all planes of the result for the window output. planes[i]
     * receives plane i, row by row without gaps. input holds the pixels of
     * input_window: output grown by halo_px on each side and clipped to the
     * raster. Called from any number of threads at once. The result for a pixel
     * must not depend on the window that it is computed in. */
    enum rt_status (*apply)(void *context, const struct rt_window *input_window,
                            const void *input, const struct rt_window *output,
                            void *const *planes, struct rt_error *err);
};

#ifdef __cplusplus
}
#endif
#endif
