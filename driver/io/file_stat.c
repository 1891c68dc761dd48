/* file_stat.c - see file_stat.h. */
#include "io/file_stat.h"

#include <string.h>

static const char gzip[] = "/vsigzip/";

int rt_file_stat(const char *path, VSIStatBufL *stat)
{
    while (strncmp(path, gzip, sizeof(gzip) - 1) == 0)
        path += sizeof(gzip) - 1;
    return VSIStatL(path, stat);
}

bool rt_file_is_random(const char *path)
{
    VSIStatBufL stat;

    return strstr(path, gzip) == NULL && VSIStatL(path, &stat) == 0 &&
           VSI_ISREG(stat.st_mode);
}
