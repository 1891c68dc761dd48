/* focal.h - an operator that computes a pixel from its neighbourhood.
 *
 * A source may be the result of an operator on another source of the same
 * size: whoever copies it can then decode the input itself, keep the lines and
 * columns that neighbouring runs share, and apply the operator.
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
    const struct rt_source *input; /* borrowed; its layer 0 is looked at */
    int32_t plane;                 /* of the input: one */
    int32_t halo_px;               /* on each of the four sides; 0 or more */
    void *context;                 /* for apply */

    /* Computes the pixels of output, all planes of the result:
     * planes[i] receives plane i, row by row without gaps. input has the
     * pixels of output grown by halo_px and clipped to the raster, which is
     * input_window. Called from any number of threads at once. The result for
     * a pixel does not depend on the window that it is computed in. */
    enum rt_status (*apply)(void *context, const struct rt_window *input_window,
                            const void *input, const struct rt_window *output,
                            void *const *planes, struct rt_error *err);
};

#ifdef __cplusplus
}
#endif
#endif
