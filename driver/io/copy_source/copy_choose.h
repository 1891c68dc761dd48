/* copy_choose.h - chooses what a copy opens, how that is read, and in which
 * blocks. */
#ifndef RETILE_IO_COPY_SOURCE_COPY_CHOOSE_H
#define RETILE_IO_COPY_SOURCE_COPY_CHOOSE_H

#include "io/copy_source/copy_origin.h"

#ifdef __cplusplus
extern "C" {
#endif

/* See rt_copy_source_open. The caller frees origins (rt_copy_origins_free),
 * also after an error. */
RT_MUST_CHECK enum rt_status
rt_copy_choose(const struct rt_copy_request *request,
               struct rt_copy_origins *origins, struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
