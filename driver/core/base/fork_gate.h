/* fork_gate.h - a fork waits until no thread is in other libraries' code.
 *
 * GDAL, libtiff and the standard library have mutexes that the registry of
 * fork_lock.h does not know. If another thread holds such a mutex during a
 * fork, a child that needs it waits forever. Threads therefore enter other
 * libraries' code through this gate. A thread that forks shuts the gate and
 * waits until all others have left, but for at most PATIENCE_S (fork_gate.c): a
 * thread inside may stay for minutes, or may wait for something that the
 * forking thread holds.
 *
 * A thread must not hold any lock of fork_lock.h when it enters. A stay must be
 * short: each decode of a run is one stay, not a whole read or a whole copy.
 */
#ifndef RETILE_CORE_BASE_FORK_GATE_H
#define RETILE_CORE_BASE_FORK_GATE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Enters the gate. Waits first if a fork is in progress, but not if the calling
 * thread is already inside: stays nest. */
void rt_fork_gate_enter(void);
void rt_fork_gate_leave(void);

/* Whether the calling thread is inside. */
bool rt_fork_gate_inside(void);

/* Enters without waiting. For a thread that another thread inside the gate
 * waits for. */
void rt_fork_gate_follow(void);

/* For fork_lock.c only. Call shut before a fork and before taking any lock.
 * After the fork, call open in the parent or open_child in the child. */
void rt_fork_gate_shut(void);
void rt_fork_gate_open(void);
void rt_fork_gate_open_child(void);

#ifdef __cplusplus
}
#endif
#endif
