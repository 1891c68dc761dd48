/* whole_pass.h - rent or buy: a source whose parts cost nearly what the whole
 * costs is decoded as a whole once parts of it have been decoded often enough.
 */
#ifndef RETILE_CORE_VIEW_WHOLE_PASS_H
#define RETILE_CORE_VIEW_WHOLE_PASS_H

#include "core/view/internal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Counts pixels that a read has decoded of a layer. */
void rt_whole_pass_count(struct rt_view_layer *layer, uint64_t n_px);

/* Whether a read that misses something had better decode the whole layer
 * first, in large reads: the source says that its reads cost much whatever
 * their windows (whole_reads), reads of parts have decoded half as many pixels
 * as the layer has, and there is room for it. Only one of several threads that
 * ask at the same time is told so. */
bool rt_whole_pass_is_due(const struct rt_read *read);

#ifdef __cplusplus
}
#endif
#endif
