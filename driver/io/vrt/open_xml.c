/* open_xml.c - see open_xml.h. */
#include "io/vrt/open_xml.h"

#include <string.h>

#include "cpl_conv.h"
#include "cpl_vsi.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/gdal_errors.h"

#define HEAD_BYTES 1024
#define MAX_TEXT_BYTES (256 << 20)

bool rt_vrt_is_vrt(GDALDatasetH dataset)
{
    static const char *const names[] = {"VRT", NULL};

    return rt_gdal_in_list(rt_gdal_driver_name(dataset), names);
}

char *rt_vrt_xml(GDALDatasetH dataset, CSLConstList open_options, char **folder)
{
    const char *root = CSLFetchNameValue(open_options, "ROOT_PATH");
    /* An overview's XML is that of the full resolution. */
    const bool whole =
        CSLFetchNameValue(open_options, "OVERVIEW_LEVEL") == NULL;
    char **xml = rt_vrt_is_vrt(dataset) && whole
                     ? GDALGetMetadata(dataset, "xml:VRT")
                     : NULL;
    /* To make the XML, GDAL may have replaced the description. */
    const char *description = GDALGetDescription(dataset);

    if (xml == NULL || xml[0] == NULL)
        return NULL;
    if (root != NULL)
        *folder = CPLStrdup(root);
    else if (description[0] == '<' || STARTS_WITH_CI(description, "vrt://"))
        *folder = CPLStrdup("");
    else
        *folder = CPLStrdup(CPLGetPath(description));
    return CPLStrdup(xml[0]);
}

bool rt_vrt_needs_xml(GDALDatasetH dataset)
{
    const char *description = GDALGetDescription(dataset);

    return rt_vrt_is_vrt(dataset) && (GDALGetAccess(dataset) == GA_Update ||
                                      STARTS_WITH_CI(description, "vrt://"));
}

char *rt_vrt_text(GDALDatasetH dataset)
{
    const char *description = GDALGetDescription(dataset);
    struct rt_gdal_errors errors;
    GByte *text = NULL;

    if (!rt_vrt_is_vrt(dataset) || rt_vrt_needs_xml(dataset))
        return NULL;
    if (description[0] == '<')
        return CPLStrdup(description);
    rt_gdal_errors_begin(&errors);
    if (!VSIIngestFile(NULL, description, &text, NULL, MAX_TEXT_BYTES))
        text = NULL;
    rt_gdal_errors_end(&errors);
    return (char *)text;
}

char *rt_vrt_text_of_file(const char *name)
{
    char head[HEAD_BYTES + 1];
    GByte *text = NULL;
    VSILFILE *file;
    size_t n;

    if (!EQUAL(CPLGetExtension(name), "vrt") && !VSIIsLocal(name))
        return NULL;
    file = VSIFOpenL(name, "rb");
    if (file == NULL)
        return NULL;
    n = VSIFReadL(head, 1, HEAD_BYTES, file);
    head[n] = '\0';
    if (strstr(head, "<VRTDataset") == NULL ||
        !VSIIngestFile(file, NULL, &text, NULL, MAX_TEXT_BYTES))
        text = NULL;
    VSIFCloseL(file);
    return (char *)text;
}
