/* reopen.h - finds out how to open an open dataset again for other threads, so
 * that they get the same pixels.
 */
#ifndef RETILE_IO_VRT_REOPEN_H
#define RETILE_IO_VRT_REOPEN_H

#include <stdbool.h>

#include "gdal.h"
#include "io/vrt/nature.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_reopen {
    char *name;          /* for rt_gdal_open; NULL if it cannot be opened
                          * again */
    char **options;      /* NULL for none */
    const char *why_not; /* if name is NULL: the reason, as static text */
    /* The nature of dataset, or of name if the caller gave one. */
    struct rt_vrt_nature nature;
};

/* Chooses the name for dataset, which was opened with open_options (may be
 * NULL). If name is not NULL, it is used instead of the dataset's description.
 * A VRT without a file is opened from its XML. The dataset is opened once to
 * compare. The datasets under a VRT are checked by their names only.
 *
 * These are not opened again:
 * - a dataset open for update, or a VRT over one;
 * - a dataset without a name, or whose name means something else (MEM, a
 *   component of a file that has the file's name);
 * - a VRT without a file whose XML is not exact, or that resamples: GDAL 3.6
 *   computes other pixels from its XML;
 * - a VRT that must be computed on its user's thread;
 * - the standard input.
 *
 * The caller frees the result. */
void rt_reopen_choose(GDALDatasetH dataset, const char *name,
                      CSLConstList open_options, struct rt_reopen *reopen);

void rt_reopen_free(struct rt_reopen *reopen);

#ifdef __cplusplus
}
#endif
#endif
