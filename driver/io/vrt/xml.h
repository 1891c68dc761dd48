/* xml.h - the elements of a VRT's XML, for those who look into it.
 *
 * folder, throughout: what relative names in a VRT start from, "" for the
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

/* The tree, for CPLDestroyXMLNode, and in it the element VRTDataset; both
 * NULL where xml is none. */
CPLXMLNode *rt_vrt_parse(const char *xml, CPLXMLNode **root);

bool rt_vrt_is_element(const CPLXMLNode *node, const char *name);

/* The name that an element such as SourceFilename gives a dataset, for
 * CPLFree. False for a name relative to the VRT within a text such as
 * NETCDF:"a.nc":band, which is for GDAL's own code. */
bool rt_vrt_resolve(const CPLXMLNode *file, const char *folder, char **name);

/* The open options of a source, for CSLDestroy. */
char **rt_vrt_open_options(const CPLXMLNode *node);

bool rt_vrt_whole_number(const CPLXMLNode *rect, const char *attribute,
                         int32_t *number);

#ifdef __cplusplus
}
#endif
#endif
