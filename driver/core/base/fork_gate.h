/* fork_gate.h - a fork waits until no thread is in other libraries' code.
 *
 * GDAL, libtiff and the standard library have mutexes that are in no registry
 * (fork_lock.h). A child of fork that needs one which another thread held at
 * that moment waits for ever. Threads therefore enter other libraries' code
 * through this gate, and whoever forks shuts it and waits until all have left:
 * for PATIENCE_S (fork_gate.c), no longer, for what is in there may take
 * minutes, or wait for something that the thread which forks holds.
 *
 * To be passed without any lock of fork_lock.h held. Nothing that may go on for
 * long, like a whole read or copy, is one stay: each decode of a run is.
 */
#ifndef RETILE_CORE_BASE_FORK_GATE_H
#define RETILE_CORE_BASE_FORK_GATE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Enters, after a fork that is going on. At once where the calling thread is
 * inside already: stays nest. */
void rt_fork_gate_enter(void);
void rt_fork_gate_leave(void);

/* Whether the calling thread is inside. */
bool rt_fork_gate_inside(void);

/* Enters at once, for a thread that one which is inside waits for. */
void rt_fork_gate_follow(void);

/* For fork_lock.c. shut before a fork, before any lock is taken; open in the
 * parent or open_child in the child after it. */
void rt_fork_gate_shut(void);
void rt_fork_gate_open(void);
void rt_fork_gate_open_child(void);

#ifdef __cplusplus
}
#endif
#endif
