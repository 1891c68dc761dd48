/* fill.h - decodes what a read misses, each source block once. */
#ifndef RETILE_CORE_VIEW_FILL_H
#define RETILE_CORE_VIEW_FILL_H

#include <stdbool.h>

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_read;

/* Delivers the missing cells of read to its sink, for the planes chosen (a
 * byte for each plane of the read), and leaves every cached block that the
 * decoded source blocks complete in the cache. missing has a byte for each
 * cell of the read, row by row. *again says that the read is to look anew for
 * what is missing, since another one may have filled it meanwhile; attempt
 * counts how often it has. A read without a sink fills the cache only: it does
 * not wait, nor go above the budget. Errors as rt_view_read. */
RT_MUST_CHECK enum rt_status rt_fill(const struct rt_read *read,
                                     const unsigned char *chosen,
                                     const unsigned char *missing, int attempt,
                                     bool *again, struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
