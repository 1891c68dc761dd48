/* after_fork.h - GDAL's own threads in a child of fork.
 *
 * GDAL keeps the threads that decode for it in a pool of the process. A fork
 * does not copy them, and the child would wait for them forever. In a child,
 * what the driver opens and reads therefore starts no threads of GDAL's; the
 * driver's own pool is new there.
 */
#ifndef RETILE_IO_DATASET_AFTER_FORK_H
#define RETILE_IO_DATASET_AFTER_FORK_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Notes the process that registers the driver: its descendants are children.
 */
void rt_after_fork_init(void);

/* On the caller's stack, or with whatever begin and end belong to. */
struct rt_after_fork {
    bool is_child;
    char *before; /* owned between begin and end */
};

/* Between begin and end, in a child, GDAL starts no threads of its own for the
 * calling thread. May be nested. */
void rt_after_fork_begin(struct rt_after_fork *state);
void rt_after_fork_end(struct rt_after_fork *state);

#ifdef __cplusplus
}
#endif
#endif
