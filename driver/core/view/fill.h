/* fill.h - decodes what a read misses, each source block once. */
#ifndef RETILE_CORE_VIEW_FILL_H
#define RETILE_CORE_VIEW_FILL_H

#include <stdbool.h>

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_read;

/* Delivers the missing cells of read to its sink, for the planes chosen (one
 * byte for each plane of the read). Leaves every cell that the decoded source
 * blocks complete in the cache. missing has one byte for each cell of the read,
 * row by row. *look_again tells whether the read must look again for what is
 * missing, because another fill may have decoded it; attempt counts how often
 * it has done so. A read without a sink only fills the cache: it does not wait
 * and stays within the budget. Errors as for rt_view_read. */
RT_MUST_CHECK enum rt_status rt_fill(const struct rt_read *read,
                                     const unsigned char *chosen,
                                     const unsigned char *missing, int attempt,
                                     bool *look_again, struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
