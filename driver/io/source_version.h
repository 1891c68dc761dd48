/* source_version.h - notices that the files of an open source have changed.
 *
 * Every function may be called from any thread.
 */
#ifndef RETILE_IO_SOURCE_VERSION_H
#define RETILE_IO_SOURCE_VERSION_H

#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_source_version;

/* Notes size and modification time of the local files that dataset, opened as
 * name, lists: the first few of them, without those of PAM, which hold no
 * pixels. NULL when out of memory. */
struct rt_source_version *rt_source_version_take(GDALDatasetH dataset,
                                                 const char *name);

void rt_source_version_free(struct rt_source_version *version);

/* The path of a file that is not as it was, or NULL. One that is gone has not
 * changed: who has it open still reads it. Borrowed. */
const char *rt_source_version_changed(const struct rt_source_version *version);

#ifdef __cplusplus
}
#endif
#endif
