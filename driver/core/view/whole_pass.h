/* whole_pass.h - decodes a source as a whole once many small reads have been
 * made, if a small read costs nearly as much as the whole. */
#ifndef RETILE_CORE_VIEW_WHOLE_PASS_H
#define RETILE_CORE_VIEW_WHOLE_PASS_H

#include "core/view/internal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Counts pixels of a layer that a read has decoded. */
void rt_whole_pass_count(struct rt_view_layer *layer, uint64_t n_px);

/* Whether a read that misses something should first decode the whole layer, in
 * large reads. That is so if the source says that its reads are expensive
 * whatever their windows (whole_reads), small reads have decoded half as many
 * pixels as the layer has, and the layer fits in the cache or on disk. Of
 * several threads that ask at the same time, only one gets true. */
bool rt_whole_pass_is_due(const struct rt_read *read);

#ifdef __cplusplus
}
#endif
#endif
