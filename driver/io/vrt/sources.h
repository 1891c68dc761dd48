/* sources.h - the datasets that a VRT reads from: their names, whether
 * the VRT's XML tells exactly what it does with them, and the same VRT over
 * others.
 */
#ifndef RETILE_IO_VRT_SOURCES_H
#define RETILE_IO_VRT_SOURCES_H

#include <stdbool.h>

#include "cpl_string.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The names of all datasets that a VRT's XML reads from, as they have to be
 * opened, some maybe twice; "" for one that has no name. folder: what relative
 * names start from. The caller frees the list with CSLDestroy. */
char **rt_vrt_source_names(const char *xml, const char *folder);

/* Whether a VRT that is opened from this XML computes with the same numbers as
 * the one that wrote it: GDAL writes those of scalings, lookup tables, filters
 * and some warps with as few as six digits. */
bool rt_vrt_xml_is_exact(const char *xml);

/* What the names of views begin with that a copy puts in place of a VRT's
 * sources; they keep nothing in GDAL's block cache. */
#define RT_COPY_VIEW_PREFIX "RETILE:@copy-"

/* Whether all that a VRT reads from are such views. */
bool rt_vrt_reads_views(const char *xml);

/* What a dataset of a VRT is to be replaced with, for CPLFree; NULL: it
 * stays. options: it is opened with; NULL for none. */
typedef char *(*rt_vrt_renaming)(void *context, const char *name,
                                 CSLConstList options);

/* The XML with other names, for CPLFree; NULL where it is no VRT's or one of
 * the names is not for us to understand. */
char *rt_vrt_rename_sources(const char *xml, const char *folder,
                            rt_vrt_renaming rename, void *context);

#ifdef __cplusplus
}
#endif
#endif
