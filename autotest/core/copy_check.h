/* copy_check.h - carries a plan out on a CopySimulator and reports what is
 * wrong with it. */
#ifndef RETILE_TEST_COPY_CHECK_H
#define RETILE_TEST_COPY_CHECK_H

#include <vector>

#include "copy_simulator.h"

inline CopyMethod MethodOf(const struct rt_copy_plan &plan)
{
    return {plan.memory_cols, plan.n_workers, plan.overlap, plan.spills,
            plan.segmented};
}

/* The steps of a sweep. */
struct CopySweep {
    std::vector<struct rt_copy_step> steps;
    std::vector<CopyRun> runs;
};

inline std::vector<CopySweep> Sweeps(const struct rt_copy_plan &plan)
{
    struct rt_copy_cursor cursor = {};
    struct rt_copy_step step = {};
    std::vector<CopySweep> sweeps;
    int32_t row = -1, segment = -1;

    while (rt_copy_plan_next(&plan, &cursor, &step)) {
        const struct rt_window &in = step.input, &out = step.window;

        if (cursor.row != row || cursor.segment != segment)
            sweeps.emplace_back();
        row = cursor.row;
        segment = cursor.segment;
        sweeps.back().steps.push_back(step);
        sweeps.back().runs.push_back({{in.x_px, in.x_px + in.w_px},
                                      {in.y_px, in.y_px + in.h_px},
                                      {out.x_px, out.x_px + out.w_px},
                                      {out.y_px, out.y_px + out.h_px}});
    }
    return sweeps;
}

/* Checks what one step claims. */
inline const char *CheckStep(const struct rt_copy_plan &plan,
                             const struct rt_copy_step &step,
                             const CopySimulator &simulator)
{
    if (simulator.held_bytes() > step.held_bytes)
        return "a step holds more than it says";
    if (simulator.charge_bytes() + plan.wait_bytes != step.held_bytes)
        return "a step says more than it can hold";
    return nullptr;
}

/* Carries out all steps and checks what each claims to hold. */
inline const char *CheckSteps(const struct rt_copy_plan &plan,
                              CopySimulator *simulator)
{
    uint64_t most_bytes = 0;
    int32_t y_px = 0;

    simulator->Begin(MethodOf(plan), true);
    for (const CopySweep &sweep : Sweeps(plan)) {
        simulator->BeginSweep(sweep.runs);
        for (size_t i = 0; i < sweep.runs.size(); i++) {
            const struct rt_copy_step &step = sweep.steps[i];
            const char *wrong =
                simulator->Step(sweep.runs[i], {step.cols.begin, step.cols.end},
                                {step.rows.begin, step.rows.end});

            if (wrong == nullptr)
                wrong = CheckStep(plan, step, *simulator);
            if (wrong != nullptr)
                return wrong;
            if (!plan.segmented && step.input.y_px < y_px)
                return "a step goes back up";
            y_px = step.input.y_px;
            most_bytes = std::max(most_bytes, step.held_bytes);
        }
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

/* Returns nullptr if nothing is wrong. */
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
