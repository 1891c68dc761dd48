/* sources.h - the datasets that a VRT reads from: their names, whether the
 * VRT's XML says exactly what is computed from them, and the same XML with
 * other names.
 */
#ifndef RETILE_IO_VRT_SOURCES_H
#define RETILE_IO_VRT_SOURCES_H

#include <stdbool.h>

#include "cpl_string.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The names of all datasets that a VRT's XML reads from, as they have to be
 * opened. Some may appear twice; a dataset without a name is "". folder: where
 * relative names start. The caller frees the list with CSLDestroy. */
char **rt_vrt_source_names(const char *xml, const char *folder);

/* The path in a name vrt://PATH?OPTIONS. The caller frees it with CPLFree. */
char *rt_vrt_connection_path(const char *name);

/* Whether a VRT opened from this XML computes with the same numbers as the VRT
 * that wrote it. GDAL writes the numbers of scalings, lookup tables, filters
 * and some warps with as few as six digits. */
bool rt_vrt_xml_is_exact(const char *xml);

/* The prefix of the views that a copy substitutes for a VRT's sources. They
 * leave nothing in GDAL's block cache. */
#define RT_COPY_VIEW_PREFIX "RETILE:@copy-"

/* Whether a VRT reads from such views only. */
bool rt_vrt_reads_views(const char *xml);

/* Returns the new name of a VRT's source (freed with CPLFree), or NULL to keep
 * the old one. options: its open options; NULL for none. */
typedef char *(*rt_vrt_renaming)(void *context, const char *name,
                                 CSLConstList options);

/* The XML with other names; the caller frees it with CPLFree. NULL if xml is
 * not a VRT's, or contains a name that we cannot interpret. */
char *rt_vrt_rename_sources(const char *xml, const char *folder,
                            rt_vrt_renaming rename, void *context);

#ifdef __cplusplus
}
#endif
#endif
