/* identity.c - see identity.h. */
#include "io/dataset/identity.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "io/dataset/file_stat.h"
#include "io/dataset/join_lines.h"
#include "io/dataset/memory_hash.h"

static char *file_line(const char *path)
{
    VSIStatBufL stat;
    struct rt_memory_hash memory;

    if (rt_file_stat(path, &stat) != 0)
        return CPLStrdup(CPLSPrintf("%s: absent", path));
    if (rt_memory_hash(path, &memory))
        return CPLStrdup(CPLSPrintf("%s: %llu bytes, hash %016llx", path,
                                    (unsigned long long)memory.n_bytes,
                                    (unsigned long long)memory.hash));
    return CPLStrdup(CPLSPrintf(
        "%llu:%llu: %llu bytes, %lld.%09ld, %lld.%09ld",
        (unsigned long long)stat.st_dev, (unsigned long long)stat.st_ino,
        (unsigned long long)stat.st_size, (long long)stat.st_mtim.tv_sec,
        stat.st_mtim.tv_nsec, (long long)stat.st_ctim.tv_sec,
        stat.st_ctim.tv_nsec));
}

char *rt_source_identity(GDALDatasetH dataset, const char *name,
                         CSLConstList open_options, const char *settings,
                         CSLConstList files)
{
    static atomic_uint_least64_t unnamed;
    char *canonical = realpath(name, NULL);
    char **lines = NULL;
    char *text;

    lines = CSLAddString(lines, canonical ? canonical : name);
    lines = CSLAddString(lines,
                         GDALGetDriverShortName(GDALGetDatasetDriver(dataset)));
    for (int i = 0; open_options != NULL && open_options[i] != NULL; i++)
        lines = CSLAddString(lines, open_options[i]);
    lines = CSLAddString(lines, settings);
    for (int i = 0; files != NULL && files[i] != NULL; i++) {
        char *line = file_line(files[i]);

        lines = CSLAddString(lines, line);
        CPLFree(line);
    }
    if (files == NULL || files[0] == NULL)
        lines = CSLAddString(
            lines,
            CPLSPrintf("no file %llu",
                       (unsigned long long)atomic_fetch_add(&unnamed, 1)));
    text = rt_join_lines(lines);
    CSLDestroy(lines);
    free(canonical);
    return text;
}
