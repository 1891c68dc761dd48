/* version.h - notices that the files of an open source have changed.
 *
 * Every function may be called from any thread.
 */
#ifndef RETILE_IO_DATASET_VERSION_H
#define RETILE_IO_DATASET_VERSION_H

#include "core/base/status.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_source_version;

/* Notes size, modification time and place of the local files that dataset,
 * opened as name, lists: the first few of them, without those of PAM, which
 * hold no pixels. NULL when out of memory. */
struct rt_source_version *rt_source_version_take(GDALDatasetH dataset,
                                                 const char *name);

void rt_source_version_free(struct rt_source_version *version);

/* RT_ERR_SOURCE, naming the source and the file, where one is not as it was.
 * One that is gone has not changed: who has it open still reads it. */
RT_MUST_CHECK enum rt_status
rt_source_version_check(struct rt_source_version *version, const char *name,
                        struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
