/* plan_count.c - see plan_count.h. The linker redirects the planner's calls to
 * these functions. */
#include "plan_count.h"

#include "core/plan/internal.h"

void __real_rt_copy_plan_measure(struct rt_copy_plan *plan);
void __real_rt_copy_plan_fill_step(const struct rt_copy_plan *plan,
                                   const struct rt_copy_place *place,
                                   struct rt_copy_step *step,
                                   struct rt_copy_margins *margins);
void __wrap_rt_copy_plan_measure(struct rt_copy_plan *plan);
void __wrap_rt_copy_plan_fill_step(const struct rt_copy_plan *plan,
                                   const struct rt_copy_place *place,
                                   struct rt_copy_step *step,
                                   struct rt_copy_margins *margins);

static _Thread_local struct plan_count count;

void __wrap_rt_copy_plan_measure(struct rt_copy_plan *plan)
{
    count.measured++;
    __real_rt_copy_plan_measure(plan);
}

void __wrap_rt_copy_plan_fill_step(const struct rt_copy_plan *plan,
                                   const struct rt_copy_place *place,
                                   struct rt_copy_step *step,
                                   struct rt_copy_margins *margins)
{
    count.steps++;
    __real_rt_copy_plan_fill_step(plan, place, step, margins);
}

struct plan_count plan_count_take(void)
{
    const struct plan_count taken = count;

    count = (struct plan_count){0, 0};
    return taken;
}
