/* identity.h - a text that changes whenever a source's pixels may.
 */
#ifndef RETILE_IO_DATASET_IDENTITY_H
#define RETILE_IO_DATASET_IDENTITY_H

#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The identity of dataset, which was opened as name with open_options (may be
 * NULL), under configuration options with the text settings (open_settings.h):
 * its canonical name, driver and options of both kinds, and device, inode, size
 * and times of every file that it lists. A file in memory counts by its
 * contents, since its time has whole seconds only. What has no file at all gets
 * a text of its own at every call, so that nothing is shared. The caller frees
 * it with CPLFree. */
char *rt_source_identity(GDALDatasetH dataset, const char *name,
                         CSLConstList open_options, const char *settings);

#ifdef __cplusplus
}
#endif
#endif
