/* open_xml.h - the XML of an open VRT. */
#ifndef RETILE_IO_VRT_OPEN_XML_H
#define RETILE_IO_VRT_OPEN_XML_H

#include <stdbool.h>

#include "cpl_string.h"
#include "gdal.h"

#ifdef __cplusplus
extern "C" {
#endif

bool rt_vrt_is_vrt(GDALDatasetH dataset);

/* Whether no file shows the same as dataset: it is a VRT that the process has
 * made or changed, or one opened by vrt://, which GDAL shares within a
 * thread. */
bool rt_vrt_needs_xml(GDALDatasetH dataset);

/* The present XML of a VRT, and the folder from which its relative names start
 * ("" for the working directory). The caller frees both with CPLFree. NULL if
 * dataset is not a VRT. */
char *rt_vrt_xml(GDALDatasetH dataset, CSLConstList open_options,
                 char **folder);

/* The text from which a VRT was opened, with all digits of its numbers; names
 * start from the same folder. NULL if dataset is not a VRT, or was not opened
 * from a text, or has changed since. The caller frees it with CPLFree. */
char *rt_vrt_text(GDALDatasetH dataset);

/* The text of a file that is a VRT, freed with CPLFree; otherwise NULL. Of
 * files behind a network only those that end in .vrt are looked at. */
char *rt_vrt_text_of_file(const char *name);

#ifdef __cplusplus
}
#endif
#endif
