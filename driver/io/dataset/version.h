/* version.h - detects that the files of an open source have changed.
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

/* The most files of a dataset that are watched. */
#define RT_VERSION_FILES 8

/* Records size, modification time and inode of the local ones of the files that
 * a dataset, opened as name, is read from. PAM files do not count, because they
 * hold no pixels. NULL if out of memory. */
struct rt_source_version *rt_source_version_take(CSLConstList files,
                                                 const char *name);

void rt_source_version_free(struct rt_source_version *version);

/* RT_ERR_SOURCE, with the source and the file in err, if a file differs from
 * its record. A deleted file does not count as changed: open handles still read
 * it. */
RT_MUST_CHECK enum rt_status
rt_source_version_check(struct rt_source_version *version, const char *name,
                        struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
