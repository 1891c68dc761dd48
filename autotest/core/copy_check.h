/* copy_check.h - carries a plan out on a CopySimulator and tells what is
 * wrong with it. */
#ifndef RETILE_TEST_COPY_CHECK_H
#define RETILE_TEST_COPY_CHECK_H

#include "copy_simulator.h"

inline CopyMethod MethodOf(const struct rt_copy_plan &plan)
{
    return {plan.memory_cols, plan.n_workers, plan.overlap, plan.spills,
            plan.segmented};
}

/* Steps, and what each claims to hold. */
inline const char *CheckSteps(const struct rt_copy_plan &plan,
                              CopySimulator *simulator)
{
    struct rt_copy_cursor cursor = {};
    struct rt_copy_step step = {};
    uint64_t most_bytes = 0;
    int32_t y_px = 0;

    simulator->Begin(MethodOf(plan), true);
    while (rt_copy_plan_next(&plan, &cursor, &step)) {
        const char *wrong =
            simulator->Step(step.window, {step.cols.begin, step.cols.end},
                            {step.rows.begin, step.rows.end});

        if (wrong != nullptr)
            return wrong;
        if (!plan.segmented && step.window.y_px < y_px)
            return "a step goes back up";
        y_px = step.window.y_px;
        if (simulator->held_bytes() > step.held_bytes)
            return "a step holds more than it says";
        if (simulator->charge_bytes() + plan.wait_bytes != step.held_bytes)
            return "a step says more than it can hold";
        most_bytes = std::max(most_bytes, step.held_bytes);
    }
    if (plan.peak_bytes != most_bytes)
        return "the peak is none of any step";
    return simulator->End();
}

inline const char *CheckTiles(const struct rt_copy_plan &plan,
                              const CopySimulator &simulator)
{
    for (int32_t row = 0; row < simulator.TileRows(); row++)
        for (int32_t col = 0; col < simulator.TileCols(); col++) {
            if (rt_copy_plan_pieces(&plan, col, row) !=
                simulator.Pieces(col, row))
                return "a tile is not served by as many steps as it says";
            if (rt_copy_plan_direct(&plan, col, row) !=
                simulator.Direct(col, row))
                return "a tile is not direct, or is, as it says";
        }
    return nullptr;
}

inline const char *CheckTotals(const struct rt_copy_plan &plan,
                               const struct rt_copy_limits &limits,
                               const CopySimulator &simulator)
{
    const auto decodes = simulator.Decodes();

    if (plan.tile_cols != simulator.TileCols() ||
        plan.tile_rows != simulator.TileRows() ||
        plan.tile_bytes != simulator.TileBytes())
        return "the tiles are others";
    if (plan.n_workers < 1 || plan.n_workers > limits.max_workers)
        return "there are more workers than allowed, or none";
    if (plan.peak_bytes > limits.budget_bytes)
        return "the budget is exceeded";
    if (plan.spill_bytes > limits.spill_bytes)
        return "the room to spill is exceeded";
    if (plan.spill_bytes != simulator.spill_bytes())
        return "what is spilled differs";
    if (plan.decoded_px != simulator.decoded_px())
        return "what is decoded differs";
    if (decodes.begin < 1 || (!plan.segmented && decodes.end > 1))
        return "a block is not decoded once";
    if (!plan.spills &&
        simulator.waiting_peak() * limits.encode_bytes > plan.wait_bytes)
        return "more encoded tiles wait than it says";
    if (plan.segmented && simulator.waiting_peak() > 0)
        return "an encoded tile waits although rows are gone over one by one";
    return nullptr;
}

/* nullptr: nothing is wrong. */
inline const char *CheckPlan(const struct rt_copy_plan &plan,
                             const struct rt_copy_limits &limits,
                             CopySimulator *simulator)
{
    const char *wrong = CheckSteps(plan, simulator);

    if (wrong == nullptr)
        wrong = CheckTiles(plan, *simulator);
    if (wrong == nullptr)
        wrong = CheckTotals(plan, limits, *simulator);
    return wrong;
}

#endif
