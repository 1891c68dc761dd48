/* open_xml.h - the XML of a VRT that is open. */
#ifndef RETILE_IO_VRT_OPEN_XML_H
#define RETILE_IO_VRT_OPEN_XML_H

#include <stdbool.h>

#include "cpl_string.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

bool rt_vrt_is_vrt(GDALDatasetH dataset);

/* Whether no file shows what dataset shows: it is a VRT that the process has
 * changed or made. What vrt:// opens is shared within a thread. */
bool rt_vrt_needs_xml(GDALDatasetH dataset);

/* A VRT's XML as it is now, and the folder that its relative names start
 * from ("" for the working directory). The caller frees both with CPLFree.
 * NULL where dataset is no VRT. */
char *rt_vrt_xml(GDALDatasetH dataset, CSLConstList open_options,
                 char **folder);

/* The text that a VRT was opened from, with all digits of its numbers; names
 * start from the same folder. NULL where dataset is no VRT, or none that was
 * opened so and is unchanged. The caller frees it with CPLFree. */
char *rt_vrt_text(GDALDatasetH dataset);

#ifdef __cplusplus
}
#endif
#endif
