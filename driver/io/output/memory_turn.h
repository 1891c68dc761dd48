/* memory_turn.h - the turn to commit to /vsimem/, which has no locks.
 *
 * One commit of the process has the turn; the others wait for it. A child of
 * fork starts with the turn free, because no thread of it would ever end the
 * turn of a thread that was left behind.
 */
#ifndef RETILE_IO_OUTPUT_MEMORY_TURN_H
#define RETILE_IO_OUTPUT_MEMORY_TURN_H

#include "core/base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Waits for the turn. RT_ERR_MEMORY if the system has no resources for it. */
RT_MUST_CHECK enum rt_status rt_memory_turn_begin(struct rt_error *err);
void rt_memory_turn_end(void);

#ifdef __cplusplus
}
#endif
#endif
