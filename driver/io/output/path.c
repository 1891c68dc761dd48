/* path.c - paths in and next to an output, and the error that names one. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cpl_conv.h"
#include "io/output/internal.h"

enum rt_status rt_output_error(const char *what, const char *path,
                               struct rt_error *err)
{
    const int reason = errno;

    return rt_error_set(err, RT_ERR_IO, "cannot %s '%s': %s", what, path,
                        reason != 0 ? strerror(reason) : "unknown reason");
}

char *rt_output_join(const char *folder, const char *name)
{
    const size_t n_bytes = strlen(folder) + strlen(name) + 2;
    const bool ends = folder[0] != '\0' && folder[strlen(folder) - 1] == '/';
    char *path = CPLMalloc(n_bytes);

    (void)snprintf(path, n_bytes, "%s%s%s", folder, ends ? "" : "/", name);
    return path;
}

char *rt_output_place_of(const struct rt_output *output, const char *name)
{
    if (strcmp(name, output->name) == 0)
        return CPLStrdup(output->real);
    return rt_output_join(output->beside, name);
}
