/* reopen.h - how a dataset that is open already is opened again, for other
 * threads, so that it shows the same pixels.
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
    char *name;          /* for rt_gdal_open; NULL where it cannot be */
    char **options;      /* NULL for none */
    const char *why_not; /* where name is NULL; static text */
    /* Of dataset; of what name opens where the caller gave one. */
    struct rt_vrt_nature nature;
};

/* Chooses the name for dataset, which was opened with open_options (may be
 * NULL); name, if not NULL, is taken instead of its description. A VRT
 * without a file is opened from its XML. The dataset is opened once to see
 * that it shows the same; what is under a VRT is only looked at by name.
 *
 * Not opened again: what is open for update, or is a VRT over what is; what
 * has no name, or one that means something else (MEM, a component of a file
 * that bears the file's name); a VRT without a file whose XML is not exact, or
 * that resamples, for GDAL 3.6 computes otherwise from its XML; one that must
 * be computed on the thread of its user; the standard input.
 * The caller frees the result. */
void rt_reopen_choose(GDALDatasetH dataset, const char *name,
                      CSLConstList open_options, struct rt_reopen *reopen);

void rt_reopen_free(struct rt_reopen *reopen);

#ifdef __cplusplus
}
#endif
#endif
