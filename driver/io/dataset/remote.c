/* remote.c - see remote.h. */
#include "io/dataset/remote.h"

#include <stddef.h>
#include <string.h>

#include "cpl_vsi.h"

bool rt_is_remote(const char *name)
{
    const char *part = name;

    if (strncmp(name, "/vsi", 4) != 0)
        return false;
    for (; part != NULL; part = strstr(part + 1, "/vsi"))
        if (!VSIIsLocal(part))
            return true;
    return false;
}
