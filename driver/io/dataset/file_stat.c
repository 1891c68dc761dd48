/* file_stat.c - see file_stat.h. */
#include "io/dataset/file_stat.h"

#include <string.h>

static const char gzip[] = "/vsigzip/";

/* GDAL would read all of it to find its size, and the bytes would be lost. */
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
