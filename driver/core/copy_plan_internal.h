/* copy_plan_internal.h - what the parts of the planner share. */
#ifndef RETILE_CORE_COPY_PLAN_INTERNAL_H
#define RETILE_CORE_COPY_PLAN_INTERNAL_H

#include "core/copy_plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The size of runs, in source blocks. */
struct rt_copy_run_size {
    int32_t w_blk, h_blk;
};

#define RT_COPY_RUN_SIZES 8

/* The sizes worth trying, best first; the last is a single block. Returns
 * their number. */
int rt_copy_run_sizes(const struct rt_copy_shape *shape,
                      struct rt_copy_run_size sizes[RT_COPY_RUN_SIZES]);

/* Fills peak_bytes, spill_bytes and decoded_px from the rest of the plan. */
void rt_copy_plan_measure(struct rt_copy_plan *plan);

/* Pixels that the steps of a segmented plan decode. */
uint64_t rt_copy_plan_segmented_px(const struct rt_copy_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
