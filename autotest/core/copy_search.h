/* copy_search.h - every way to carry a copy out that a planner could choose,
 * tried one by one on a CopySimulator. */
#ifndef RETILE_TEST_COPY_SEARCH_H
#define RETILE_TEST_COPY_SEARCH_H

#include <vector>

#include "copy_simulator.h"
#include "core/copy_plan_internal.h"

class CopySearch
{
  public:
    CopySearch(const struct rt_copy_shape &shape,
               const struct rt_copy_limits &limits, CopySimulator *simulator)
        : shape_(shape), limits_(limits), simulator_(simulator)
    {
        struct rt_copy_run_size sizes[RT_COPY_RUN_SIZES];
        const int n = rt_copy_run_sizes(&shape, sizes);

        for (int i = 0; i < n; i++)
            sizes_.push_back({int64_t{shape.natural_w_px} * sizes[i].w_blk,
                              int64_t{shape.natural_h_px} * sizes[i].h_blk});
    }

    /* Whether a copy that decodes each block once fits with so many workers.
     */
    bool FitsOnce(int32_t n_workers, bool overlap)
    {
        const int32_t cols = simulator_->TileCols();
        const bool may_spill = limits_.spill_bytes > 0;

        for (const Size &size : sizes_)
            for (int32_t n = cols; n >= (may_spill ? 0 : cols); n--)
                if (Fits(size, cols, {n, n_workers, overlap, false, false}))
                    return true;
        return false;
    }

    /* The fewest pixels that a segmented copy decodes; 0: none fits. */
    uint64_t FewestSegmentedPx()
    {
        const int32_t cols = simulator_->TileCols();
        uint64_t fewest = 0;

        for (const Size &size : sizes_)
            for (int32_t n = 1; n <= cols; n++)
                if (Fits(size, n, {cols, 1, false, false, true}) &&
                    (fewest == 0 || simulator_->decoded_px() < fewest))
                    fewest = simulator_->decoded_px();
        return fewest;
    }

  private:
    struct Size {
        int64_t w_px, h_px;
    };
    using Span = CopySimulator::Span;

    static std::vector<Span> Cut(int32_t size_px, int64_t part_px,
                                 int32_t phase_px)
    {
        std::vector<Span> parts;

        for (int64_t px = -phase_px; px < size_px; px += part_px)
            parts.push_back({static_cast<int32_t>(std::max<int64_t>(px, 0)),
                             static_cast<int32_t>(
                                 std::min<int64_t>(px + part_px, size_px))});
        return parts;
    }

    static Span Touched(Span px, int32_t tile_px)
    {
        return {px.begin / tile_px, (px.end - 1) / tile_px + 1};
    }
    static Span Common(Span a, Span b)
    {
        return {std::max(a.begin, b.begin), std::min(a.end, b.end)};
    }

    /* Every run that touches these tiles, row by row. */
    void Sweep(const std::vector<Span> &x_runs, const std::vector<Span> &y_runs,
               Span cols, Span rows)
    {
        for (const Span &y : y_runs) {
            const Span touched_rows =
                Common(Touched(y, shape_.tile_h_px), rows);

            if (touched_rows.begin >= touched_rows.end)
                continue;
            for (const Span &x : x_runs) {
                const Span touched_cols =
                    Common(Touched(x, shape_.tile_w_px), cols);

                if (touched_cols.begin < touched_cols.end)
                    (void)simulator_->Step(
                        {x.begin, y.begin, x.end - x.begin, y.end - y.begin},
                        touched_cols, touched_rows);
            }
        }
    }

    bool Fits(const Size &size, int32_t segment_cols, CopyMethod method)
    {
        const int32_t cols = simulator_->TileCols();
        const int32_t rows = simulator_->TileRows();
        const auto x_runs = Cut(shape_.w_px, size.w_px, shape_.natural_x_px);
        const auto y_runs = Cut(shape_.h_px, size.h_px, shape_.natural_y_px);
        uint64_t wait_bytes = 0;

        method.spills = !method.segmented && limits_.spill_bytes > 0 &&
                        MayWait(x_runs, y_runs);
        simulator_->Begin(method, false);
        if (!method.segmented)
            Sweep(x_runs, y_runs, {0, cols}, {0, rows});
        for (int32_t row = 0; method.segmented && row < rows; row++)
            for (int32_t col = 0; col < cols; col += segment_cols)
                Sweep(x_runs, y_runs, {col, std::min(col + segment_cols, cols)},
                      {row, row + 1});
        if (!method.segmented && !method.spills && x_runs.size() > 1)
            wait_bytes =
                static_cast<uint64_t>(simulator_->most_ended_rows() - 1) *
                static_cast<uint64_t>(cols) * limits_.encode_bytes;
        return simulator_->StaffedBytes(wait_bytes) <= limits_.budget_bytes &&
               simulator_->spill_bytes() <= limits_.spill_bytes;
    }

    /* Whether two rows of tiles end in one row of runs that are not as wide
     * as the raster. */
    bool MayWait(const std::vector<Span> &x_runs,
                 const std::vector<Span> &y_runs) const
    {
        if (x_runs.size() == 1)
            return false;
        for (const Span &y : y_runs) {
            int32_t ended = y.end == shape_.h_px ? 1 : 0;

            ended += y.end / shape_.tile_h_px - y.begin / shape_.tile_h_px;
            if (y.end == shape_.h_px && shape_.h_px % shape_.tile_h_px == 0)
                ended--;
            if (ended > 1)
                return true;
        }
        return false;
    }

    const struct rt_copy_shape shape_;
    const struct rt_copy_limits limits_;
    CopySimulator *const simulator_;
    std::vector<Size> sizes_;
};

#endif
