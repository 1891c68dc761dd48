/* identity.h - a text that changes whenever a source's pixels may change.
 */
#ifndef RETILE_IO_DATASET_IDENTITY_H
#define RETILE_IO_DATASET_IDENTITY_H

#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The identity of dataset, which was opened as name with open_options (may be
 * NULL) under the configuration options settings (the text of open_settings.h).
 * It consists of the canonical name, the driver, both kinds of options, and
 * device, inode, size and times of files, the list of all that the pixels come
 * from (of rt_vrt_files; NULL for none). Files in memory have times of whole
 * seconds only, so their contents are hashed instead. A dataset without files
 * gets a new text at every call, so that nothing is shared. The caller frees
 * the text with CPLFree. */
char *rt_source_identity(GDALDatasetH dataset, const char *name,
                         CSLConstList open_options, const char *settings,
                         CSLConstList files);

#ifdef __cplusplus
}
#endif
#endif
