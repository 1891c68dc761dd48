/* xml.h - access to the elements of a VRT's XML.
 *
 * folder, in all functions: where relative names in a VRT start, "" for the
 * working directory.
 */
#ifndef RETILE_IO_VRT_XML_H
#define RETILE_IO_VRT_XML_H

#include <stdbool.h>
#include <stdint.h>

#include "cpl_minixml.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The XML tree, freed with CPLDestroyXMLNode, and its element VRTDataset. Both
 * are NULL if xml has none. */
CPLXMLNode *rt_vrt_parse(const char *xml, CPLXMLNode **root);

bool rt_vrt_is_element(const CPLXMLNode *node, const char *name);

/* Whether an element is a source, such as SimpleSource. */
bool rt_vrt_is_source(const CPLXMLNode *node);

/* Whether a band has NBITS in its metadata: GDAL clamps its values. */
bool rt_vrt_has_nbits(const CPLXMLNode *band);

/* The dataset name in an element such as SourceFilename; freed with CPLFree.
 * False for a name relative to the VRT inside a text such as
 * NETCDF:"a.nc":band, which only GDAL's own code can interpret. */
bool rt_vrt_resolve(const CPLXMLNode *file, const char *folder, char **name);

/* The open options of a source; freed with CSLDestroy. */
char **rt_vrt_open_options(const CPLXMLNode *node);

bool rt_vrt_whole_number(const CPLXMLNode *rect, const char *attribute,
                         int32_t *number);

#ifdef __cplusplus
}
#endif
#endif
