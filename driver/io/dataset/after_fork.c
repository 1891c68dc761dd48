/* after_fork.c - see after_fork.h. */
#include "io/dataset/after_fork.h"

#include <unistd.h>

#include "cpl_conv.h"

static pid_t first_process; /* 0: the driver is not registered */

void rt_after_fork_init(void)
{
    if (first_process == 0)
        first_process = getpid();
}

void rt_after_fork_begin(struct rt_after_fork *state)
{
    const char *before;

    state->is_child = first_process != 0 && first_process != getpid();
    if (!state->is_child)
        return;
    before = CPLGetThreadLocalConfigOption("GDAL_NUM_THREADS", NULL);
    state->before = before != NULL ? CPLStrdup(before) : NULL;
    CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", "1");
}

void rt_after_fork_end(struct rt_after_fork *state)
{
    if (!state->is_child)
        return;
    CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", state->before);
    CPLFree(state->before);
}
