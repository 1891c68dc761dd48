/* source_version.c - see source_version.h. A check is a stat for each file,
 * a few microseconds beside a decode. */
#include "io/source_version.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"

#define MAX_FILES 8

struct file {
    char *path;
    long long size_bytes;
    long long seconds, nanoseconds; /* of the last modification */
};

struct rt_source_version {
    struct file files[MAX_FILES];
    int n_files;
};

static bool look(const char *path, struct file *file)
{
    VSIStatBufL stat;

    if (VSIStatL(path, &stat) != 0)
        return false;
    file->size_bytes = (long long)stat.st_size;
    file->seconds = (long long)stat.st_mtim.tv_sec;
    file->nanoseconds = (long long)stat.st_mtim.tv_nsec;
    return true;
}

static bool is_pam(const char *path)
{
    const size_t length = strlen(path);

    return length > 8 && strcmp(path + length - 8, ".aux.xml") == 0;
}

struct rt_source_version *rt_source_version_take(GDALDatasetH dataset,
                                                 const char *name)
{
    struct rt_source_version *version = calloc(1, sizeof(*version));
    char **files;

    if (version == NULL || !VSIIsLocal(name))
        return version;
    files = GDALGetFileList(dataset);
    for (int i = 0; files != NULL && files[i] != NULL; i++) {
        struct file *file = &version->files[version->n_files];

        if (version->n_files == MAX_FILES)
            break;
        if (is_pam(files[i]) || !VSIIsLocal(files[i]) || !look(files[i], file))
            continue;
        file->path = CPLStrdup(files[i]);
        version->n_files++;
    }
    CSLDestroy(files);
    return version;
}

void rt_source_version_free(struct rt_source_version *version)
{
    if (version == NULL)
        return;
    for (int i = 0; i < version->n_files; i++)
        CPLFree(version->files[i].path);
    free(version);
}

const char *rt_source_version_changed(const struct rt_source_version *version)
{
    for (int i = 0; i < version->n_files; i++) {
        const struct file *before = &version->files[i];
        struct file now;

        if (look(before->path, &now) &&
            (now.size_bytes != before->size_bytes ||
             now.seconds != before->seconds ||
             now.nanoseconds != before->nanoseconds))
            return before->path;
    }
    return NULL;
}
