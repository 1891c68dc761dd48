/* sources.c - see sources.h. */
#include "io/vrt/sources.h"

#include <ctype.h>
#include <string.h>

#include "cpl_conv.h"
#include "io/vrt/xml.h"

/* The digits that %g keeps. A number with fewer was not rounded. */
#define SHORT_DIGITS 6
#define LONG_DIGITS 16

/* Elements that name a dataset: for sources, warped bands and raw bands. */
static bool names_dataset(const CPLXMLNode *node)
{
    return rt_vrt_is_element(node, "SourceFilename") ||
           rt_vrt_is_element(node, "SourceDataset");
}

static char **add_names(char **names, const CPLXMLNode *node,
                        const char *folder)
{
    for (; node != NULL; node = node->psNext) {
        char *name = NULL;

        if (names_dataset(node) && !rt_vrt_resolve(node, folder, &name))
            name = CPLStrdup(CPLGetXMLValue(node, NULL, ""));
        if (name != NULL)
            names = CSLAddString(names, name);
        CPLFree(name);
        names = add_names(names, node->psChild, folder);
    }
    return names;
}

char **rt_vrt_source_names(const char *xml, const char *folder)
{
    CPLXMLNode *root;
    CPLXMLNode *tree = rt_vrt_parse(xml, &root);
    char **names = NULL;

    if (root != NULL)
        names = add_names(NULL, root->psChild, folder);
    CPLDestroyXMLNode(tree);
    return names;
}

bool rt_vrt_reads_views(const char *xml)
{
    static const size_t length = sizeof(RT_COPY_VIEW_PREFIX) - 1;
    char **names = rt_vrt_source_names(xml, "");
    bool all = names != NULL;

    for (int i = 0; all && names[i] != NULL; i++)
        all = strncmp(names[i], RT_COPY_VIEW_PREFIX, length) == 0;
    CSLDestroy(names);
    return all;
}

static bool is_one_of(const CPLXMLNode *node, const char *const *names)
{
    for (; *names != NULL; names++)
        if (rt_vrt_is_element(node, *names))
            return true;
    return false;
}

/* Whether a number was written with all of its digits. */
static bool has_few_digits(const CPLXMLNode *node, int limit)
{
    const char *text = CPLGetXMLValue(node, NULL, "");
    bool leading = true;
    int n = 0;

    for (; *text != '\0' && *text != 'e' && *text != 'E'; text++) {
        leading = leading && !(*text >= '1' && *text <= '9');
        n += isdigit((unsigned char)*text) && !leading;
    }
    return n < limit;
}

/* Whether a warp, or a part of one, has rounded numbers. Only plain warps do
 * not: from one geotransform to another through two reference systems. */
static bool any_rounded_in_warp(const CPLXMLNode *node)
{
    static const char *const others[] = {"Cutline",
                                         "GCPTransformer",
                                         "TPSTransformer",
                                         "RPCTransformer",
                                         "GeoLocTransformer",
                                         "SrcGCPTransformer",
                                         "SrcTPSTransformer",
                                         "SrcRPCTransformer",
                                         "SrcGeoLocTransformer",
                                         "DstGCPTransformer",
                                         "DstTPSTransformer",
                                         "DstRPCTransformer",
                                         "DstGeoLocTransformer",
                                         "HomographyTransformer",
                                         NULL};
    static const char *const shorts[] = {"MaxError", "MaxErrorForward",
                                         "MaxErrorReverse", NULL};
    static const char *const longs[] = {"SrcNoDataReal", "SrcNoDataImag",
                                        "DstNoDataReal", "DstNoDataImag", NULL};

    for (; node != NULL; node = node->psNext)
        if (is_one_of(node, others) ||
            (is_one_of(node, shorts) && !has_few_digits(node, SHORT_DIGITS)) ||
            (is_one_of(node, longs) && !has_few_digits(node, LONG_DIGITS)) ||
            any_rounded_in_warp(node->psChild))
            return true;
    return false;
}

static bool is_rounded(const CPLXMLNode *node)
{
    static const char *const names[] = {
        "ScaleOffset", "ScaleRatio",           "Exponent", "LUT",
        "Kernel",      "PansharpeningOptions", "NODATA",   NULL};
    int32_t ignored;

    if (rt_vrt_is_element(node, "SrcRect") ||
        rt_vrt_is_element(node, "DstRect"))
        return !rt_vrt_whole_number(node, "xOff", &ignored) ||
               !rt_vrt_whole_number(node, "yOff", &ignored) ||
               !rt_vrt_whole_number(node, "xSize", &ignored) ||
               !rt_vrt_whole_number(node, "ySize", &ignored);
    if (rt_vrt_is_element(node, "GDALWarpOptions"))
        return any_rounded_in_warp(node->psChild);
    return is_one_of(node, names);
}

static bool any_rounded(const CPLXMLNode *node)
{
    for (; node != NULL; node = node->psNext)
        if (is_rounded(node) || (!rt_vrt_is_element(node, "GDALWarpOptions") &&
                                 any_rounded(node->psChild)))
            return true;
    return false;
}

bool rt_vrt_xml_is_exact(const char *xml)
{
    CPLXMLNode *root;
    CPLXMLNode *tree = rt_vrt_parse(xml, &root);
    const bool exact = root != NULL && !any_rounded(root->psChild);

    CPLDestroyXMLNode(tree);
    return exact;
}

static void drop(CPLXMLNode *parent, const char *name)
{
    CPLXMLNode *child = CPLGetXMLNode(parent, name);

    if (child == NULL)
        return;
    CPLRemoveXMLChild(parent, child);
    CPLDestroyXMLNode(child);
}

/* Renames the dataset that a child of parent names. Its block sizes and
 * options, as noted in the XML, are dropped, because they belong to the old
 * dataset. */
static bool rename_in(CPLXMLNode *parent, CPLXMLNode *file, const char *folder,
                      rt_vrt_renaming rename, void *context)
{
    char **options = rt_vrt_open_options(parent);
    char *old_name = NULL, *new_name = NULL;
    const bool known = rt_vrt_resolve(file, folder, &old_name);

    if (known)
        new_name = rename(context, old_name, (CSLConstList)options);
    if (new_name != NULL) {
        CPLSetXMLValue(file, "", new_name);
        CPLSetXMLValue(file, "#relativeToVRT", "0");
        drop(parent, "OpenOptions");
        drop(parent, "SourceProperties");
    }
    CPLFree(new_name);
    CPLFree(old_name);
    CSLDestroy(options);
    return known;
}

static bool rename_under(CPLXMLNode *parent, const char *folder,
                         rt_vrt_renaming rename, void *context)
{
    for (CPLXMLNode *node = parent->psChild; node != NULL;
         node = node->psNext) {
        const bool known =
            names_dataset(node)
                ? rename_in(parent, node, folder, rename, context)
                : rename_under(node, folder, rename, context);

        if (!known)
            return false;
    }
    return true;
}

char *rt_vrt_rename_sources(const char *xml, const char *folder,
                            rt_vrt_renaming rename, void *context)
{
    CPLXMLNode *root;
    CPLXMLNode *tree = rt_vrt_parse(xml, &root);
    char *text = NULL;

    if (root != NULL && rename_under(root, folder, rename, context))
        text = CPLSerializeXMLTree(root);
    CPLDestroyXMLNode(tree);
    return text;
}

char *rt_vrt_connection_path(const char *name)
{
    char *path = CPLStrdup(name + strlen("vrt://"));
    char *query = strchr(path, '?');

    if (query != NULL)
        *query = '\0';
    return path;
}
