/* file_stat.c - see file_stat.h. */
#include "io/dataset/file_stat.h"

#include <string.h>

static const char gzip[] = "/vsigzip/";

/* To tell its size GDAL reads all of it, and has lost it then. */
static bool is_stream(const char *path)
{
    return strstr(path, "/vsistdin") != NULL;
}

int rt_file_stat(const char *path, VSIStatBufL *stat)
{
    while (strncmp(path, gzip, sizeof(gzip) - 1) == 0)
        path += sizeof(gzip) - 1;
    return is_stream(path) ? -1 : VSIStatL(path, stat);
}

bool rt_file_is_random(const char *path)
{
    VSIStatBufL stat;

    return strstr(path, gzip) == NULL && !is_stream(path) &&
           VSIStatL(path, &stat) == 0 && VSI_ISREG(stat.st_mode);
}
