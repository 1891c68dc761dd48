/* xml.c - see xml.h. */
#include "io/vrt/xml.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"

CPLXMLNode *rt_vrt_parse(const char *xml, CPLXMLNode **root)
{
    CPLXMLNode *tree = CPLParseXMLString(xml);

    *root = tree != NULL ? CPLGetXMLNode(tree, "=VRTDataset") : NULL;
    return tree;
}

bool rt_vrt_is_element(const CPLXMLNode *node, const char *name)
{
    return node->eType == CXT_Element && EQUAL(node->pszValue, name);
}

bool rt_vrt_is_source(const CPLXMLNode *node)
{
    const size_t length = strlen(node->pszValue);

    return node->eType == CXT_Element && length > 6 &&
           EQUAL(node->pszValue + length - 6, "Source");
}

bool rt_vrt_resolve(const CPLXMLNode *file, const char *folder, char **name)
{
    const char *text = CPLGetXMLValue(file, NULL, "");
    const bool relative =
        atoi(CPLGetXMLValue(file, "relativeToVRT", "0")) != 0 &&
        folder[0] != '\0' && text[0] != '\0';

    if (relative && strchr(text, ':') != NULL)
        return false;
    *name =
        CPLStrdup(relative ? CPLProjectRelativeFilename(folder, text) : text);
    return true;
}

char **rt_vrt_open_options(const CPLXMLNode *node)
{
    const CPLXMLNode *list = CPLGetXMLNode((CPLXMLNode *)node, "OpenOptions");
    char **options = NULL;

    for (list = list != NULL ? list->psChild : NULL; list != NULL;
         list = list->psNext)
        if (rt_vrt_is_element(list, "OOI"))
            options = CSLSetNameValue(options, CPLGetXMLValue(list, "key", ""),
                                      CPLGetXMLValue(list, NULL, ""));
    return options;
}

bool rt_vrt_whole_number(const CPLXMLNode *rect, const char *attribute,
                         int32_t *number)
{
    const double value = CPLAtof(CPLGetXMLValue(rect, attribute, "nan"));

    if (!(value >= INT32_MIN && value <= INT32_MAX))
        return false;
    *number = (int32_t)value;
    return (double)*number == value;
}

bool rt_vrt_has_nbits(const CPLXMLNode *band)
{
    for (const CPLXMLNode *child = band->psChild; child != NULL;
         child = child->psNext) {
        if (!rt_vrt_is_element(child, "Metadata"))
            continue;
        for (const CPLXMLNode *item = child->psChild; item != NULL;
             item = item->psNext)
            if (rt_vrt_is_element(item, "MDI") &&
                EQUAL(CPLGetXMLValue(item, "key", ""), "NBITS"))
                return true;
    }
    return false;
}
