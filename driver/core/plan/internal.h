/* internal.h - what the parts of the planner share. */
#ifndef RETILE_CORE_PLAN_INTERNAL_H
#define RETILE_CORE_PLAN_INTERNAL_H

#include "core/plan/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What rt_copy_plan_measure found for a plan, without the bytes that are held
 * throughout. Only those depend on the number of workers. */
struct rt_copy_measure {
    int32_t run_w_px, run_h_px;
    int32_t memory_cols, segment_cols;
    bool segmented, overlap, known;
    uint64_t encode_bytes;
    uint64_t work_bytes, spill_bytes, decoded_px;
};

#define RT_COPY_MEASURES 256

/* One search for a plan. Must be zeroed at first. */
struct rt_copy_search {
    struct rt_copy_measure measures[RT_COPY_MEASURES];
    uint64_t asked_ns; /* when go_on of the limits was last called */
    bool cancelled;
};

/* Finds the best plan. plan already has its levels, and what they hold
 * throughout is part of the limits' other_bytes. Otherwise as
 * rt_copy_plan_make. */
RT_MUST_CHECK enum rt_status
rt_copy_plan_find(const struct rt_copy_shape *shape,
                  const struct rt_copy_limits *limits,
                  struct rt_copy_search *search, struct rt_copy_plan *plan,
                  uint64_t *least_bytes, struct rt_error *err);

/* Fills peak_bytes, spill_bytes and decoded_px from the rest of the plan. Uses
 * what the search already knows, or rt_copy_plan_measure (search.c). */
void rt_copy_search_measure(struct rt_copy_search *search,
                            struct rt_copy_plan *plan);

/* Whether to continue the search. Calls go_on at most ten times a second. */
bool rt_copy_search_goes_on(struct rt_copy_search *search,
                            const struct rt_copy_limits *limits);

/* The size of runs, in source blocks. */
struct rt_copy_run_size {
    int32_t w_blk, h_blk;
};

#define RT_COPY_RUN_SIZES 8

/* The run sizes to try, best first. The last is a single block, or as many
 * blocks as the halo requires. Returns their number. */
int rt_copy_run_sizes(const struct rt_copy_shape *shape,
                      struct rt_copy_run_size sizes[RT_COPY_RUN_SIZES]);

/* Fills peak_bytes, spill_bytes and decoded_px from the rest of the plan. */
void rt_copy_plan_measure(struct rt_copy_plan *plan);

/* The position of a step in its sweep. A sweep fills a row of tiles of one
 * segment, or the whole raster. */
struct rt_copy_place {
    struct rt_copy_span cols, rows; /* the sweep's tiles */
    int32_t run_col, run_row;
};

/* The margins that exist before and after a step. */
struct rt_copy_margins {
    uint64_t before_bytes, after_bytes;
};

/* Fills what a step decodes, delivers and leaves for others (step.c). */
void rt_copy_plan_fill_step(const struct rt_copy_plan *plan,
                            const struct rt_copy_place *place,
                            struct rt_copy_step *step,
                            struct rt_copy_margins *margins);

/* The pixels that all steps of a segmented plan decode. */
uint64_t rt_copy_plan_segmented_px(const struct rt_copy_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
