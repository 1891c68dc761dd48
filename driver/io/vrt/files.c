/* files.c - see files.h. */
#include "io/vrt/files.h"

#include <search.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "io/dataset/file_stat.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/gdal_errors.h"
#include "io/dataset/identity.h"
#include "io/dataset/remote.h"
#include "io/vrt/open_xml.h"
#include "io/vrt/sources.h"

#define MAX_DEPTH 8

struct found {
    char **files;
    size_t n, room, most;
    void *names; /* a tree of all names that were looked at */
};

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Takes over name. Returns false if it was there. */
static bool is_new(struct found *found, char *name)
{
    void *const *node = tsearch(name, &found->names, compare);

    if (node != NULL && *node == name)
        return true;
    CPLFree(name);
    return false;
}

static void append(struct found *found, const char *file)
{
    if (found->n + 2 > found->room) {
        found->room = 2 * found->room + 16;
        found->files =
            CPLRealloc(found->files, found->room * sizeof(*found->files));
    }
    found->files[found->n++] = CPLStrdup(file);
    found->files[found->n] = NULL;
}

static void look_at(struct found *found, const char *name, int depth);

static void look_at_all(struct found *found, char **names, int depth)
{
    for (int i = 0; names != NULL && names[i] != NULL; i++)
        look_at(found, names[i], depth);
    CSLDestroy(names);
}

/* A descriptor, or a name that is no file's, such as that of a part of a file.
 * A view below looks for files of its own when it is opened. It must not open
 * others in turn: their number would double with each level. */
static void look_into(struct found *found, const char *name, int depth)
{
    static _Thread_local bool opening;
    GDALDatasetH dataset;

    if (opening)
        return;
    opening = true;
    dataset = rt_gdal_open(name, NULL, NULL);
    opening = false;
    if (dataset == NULL)
        return;
    look_at_all(found, GDALGetFileList(dataset), depth);
    GDALClose(dataset);
}

static void look_behind(struct found *found, const char *connection, int depth)
{
    char *path = rt_vrt_connection_path(connection);

    look_at(found, path, depth);
    CPLFree(path);
}

static void look_at(struct found *found, const char *name, int depth)
{
    VSIStatBufL stat;
    char *text;

    if (depth > MAX_DEPTH || found->n == found->most || name[0] == '\0' ||
        STARTS_WITH(name, RT_COPY_VIEW_PREFIX) ||
        !is_new(found, CPLStrdup(name)))
        return;
    if (STARTS_WITH_CI(name, "RETILE:")) {
        look_at(found, name + strlen("RETILE:"), depth + 1);
        return;
    }
    if (STARTS_WITH_CI(name, "vrt://")) {
        look_behind(found, name, depth + 1);
        return;
    }
    if (strstr(name, "<VRTDataset") != NULL) {
        look_at_all(found, rt_vrt_source_names(name, ""), depth + 1);
        return;
    }
    if (rt_file_stat(name, &stat) != 0) {
        look_into(found, name, depth + 1);
        return;
    }
    append(found, name);
    text = rt_vrt_text_of_file(name);
    if (text != NULL)
        look_at_all(found, rt_vrt_source_names(text, CPLGetPath(name)),
                    depth + 1);
    else if (EQUAL(CPLGetExtension(name), "retile"))
        look_into(found, name, depth + 1);
    CPLFree(text);
}

/* Of all other datasets GDAL lists all files, so none is looked into: there may
 * be thousands. */
static bool is_made_of_datasets(GDALDatasetH dataset)
{
    static const char *const drivers[] = {"VRT", "RETILE", "DERIVED", NULL};

    return rt_gdal_in_list(rt_gdal_driver_name(dataset), drivers);
}

char **rt_vrt_files(GDALDatasetH dataset, const char *name, size_t most)
{
    struct found found = {.most = most > 0 ? most : SIZE_MAX};
    struct rt_gdal_errors errors;
    char *folder = NULL;
    char *xml = NULL;

    if (rt_is_remote(name))
        return CSLAddString(NULL, name);
    if (!is_made_of_datasets(dataset))
        return GDALGetFileList(dataset);
    rt_gdal_errors_begin(&errors);
    if (rt_vrt_needs_xml(dataset)) /* otherwise its file is listed */
        xml = rt_vrt_xml(dataset, NULL, &folder);
    look_at_all(&found, GDALGetFileList(dataset), 0);
    if (xml != NULL)
        look_at_all(&found, rt_vrt_source_names(xml, folder), 0);
    rt_gdal_errors_forget_warnings(&errors);
    rt_gdal_errors_end(&errors);
    CPLFree(xml);
    CPLFree(folder);
    tdestroy(found.names, CPLFree);
    return found.files;
}

/* Those of rt_vrt_files, or only those that the pixels of the full resolution
 * are in. To list all files, GDAL looks for metadata under dozens of names. */
static char **files_of(GDALDatasetH dataset, const char *name, size_t most,
                       bool only_image)
{
    static const char *const in_one_file[] = {
        "GTiff", "JP2OpenJPEG", "PNG", "JPEG", "WEBP", "BMP", "GIF", NULL};
    VSIStatBufL stat;

    if (only_image &&
        rt_gdal_in_list(rt_gdal_driver_name(dataset), in_one_file) &&
        rt_file_stat(name, &stat) == 0)
        return CSLAddString(NULL, name);
    return rt_vrt_files(dataset, name, most);
}

char *rt_vrt_identity(GDALDatasetH dataset, const char *name,
                      CSLConstList open_options, const char *settings,
                      bool only_image)
{
    char **files = files_of(dataset, name, 0, only_image);
    char *identity = rt_source_identity(dataset, name, open_options, settings,
                                        (CSLConstList)files);

    CSLDestroy(files);
    return identity;
}

struct rt_source_version *rt_vrt_version(GDALDatasetH dataset, const char *name,
                                         bool only_image)
{
    char **files = files_of(dataset, name, RT_VERSION_FILES, only_image);
    struct rt_source_version *version =
        rt_source_version_take((CSLConstList)files, name);

    CSLDestroy(files);
    return version;
}
