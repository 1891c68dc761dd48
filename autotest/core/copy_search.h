/* copy_search.h - tries every way to carry out a copy that a planner could
 * choose, one by one, on a CopySimulator. */
#ifndef RETILE_TEST_COPY_SEARCH_H
#define RETILE_TEST_COPY_SEARCH_H

#include <vector>

#include "copy_simulator.h"
#include "core/plan/internal.h"

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
            sizes_.push_back(
                {int64_t{shape.source_block_w_px} * sizes[i].w_blk,
                 int64_t{shape.source_block_h_px} * sizes[i].h_blk});
    }

    /* Whether a copy that decodes each block once fits with this many
     * workers. */
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

    /* The fewest pixels that a segmented copy decodes; 0 if none fits. */
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

    /* What is decoded along one axis, and what is delivered. */
    struct Part {
        Span in, out;
    };

    /* With a halo, what is delivered lies before what is decoded. But the last
     * part ends with the raster, and the first part begins with it and is not
     * empty. */
    static std::vector<Part> Cut(int32_t size_px, int64_t part_px,
                                 int32_t phase_px, int32_t halo_px)
    {
        std::vector<int32_t> cuts;
        std::vector<Part> parts;

        for (int64_t px = part_px - phase_px; px < size_px; px += part_px)
            if (px > halo_px)
                cuts.push_back(static_cast<int32_t>(px));
        parts.push_back({{0, size_px}, {0, size_px}});
        for (int32_t px : cuts) {
            parts.back().in.end = px;
            parts.back().out.end = px - halo_px;
            parts.push_back({{px, size_px}, {px - halo_px, size_px}});
        }
        return parts;
    }

    /* The parts for some tiles alone, including those that are decoded only for
     * their neighbours. */
    std::vector<Part> PartsFor(const std::vector<Part> &all, Span tiles,
                               int32_t tile_px) const
    {
        const Span px = {tiles.begin * tile_px, tiles.end * tile_px};
        std::vector<Part> parts;

        for (const Part &part : all)
            if (part.in.begin < px.end + shape_.halo_px &&
                part.in.end > px.begin - shape_.halo_px)
                parts.push_back({part.in, Common(part.out, px)});
        if (shape_.input_px_bytes == 0)
            for (Part &part : parts)
                part.out = part.in;
        return parts;
    }

    static Span Touched(Span px, int32_t tile_px)
    {
        if (px.begin >= px.end)
            return {0, 0};
        return {px.begin / tile_px, (px.end - 1) / tile_px + 1};
    }
    static Span Common(Span a, Span b)
    {
        return {std::max(a.begin, b.begin), std::min(a.end, b.end)};
    }

    /* Carries out every run that these tiles need, row by row. */
    void Sweep(const std::vector<Part> &x_parts,
               const std::vector<Part> &y_parts, Span cols, Span rows)
    {
        std::vector<CopyRun> runs;

        for (const Part &y : PartsFor(y_parts, rows, shape_.tile_h_px))
            for (const Part &x : PartsFor(x_parts, cols, shape_.tile_w_px))
                runs.push_back({x.in, y.in, x.out, y.out});
        simulator_->BeginSweep(runs);
        for (const CopyRun &run : runs)
            (void)simulator_->Step(
                run, Common(Touched(run.out_x, shape_.tile_w_px), cols),
                Common(Touched(run.out_y, shape_.tile_h_px), rows));
    }

    bool Fits(const Size &size, int32_t segment_cols, CopyMethod method)
    {
        const int32_t cols = simulator_->TileCols();
        const int32_t rows = simulator_->TileRows();
        const auto x_runs = Cut(shape_.w_px, size.w_px,
                                shape_.source_block_x_px, shape_.halo_px);
        const auto y_runs = Cut(shape_.h_px, size.h_px,
                                shape_.source_block_y_px, shape_.halo_px);
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

    /* Whether two rows of tiles end in one row of runs, and these runs are not
     * as wide as the raster. */
    bool MayWait(const std::vector<Part> &x_runs,
                 const std::vector<Part> &y_runs) const
    {
        if (x_runs.size() == 1)
            return false;
        for (const Part &part : y_runs) {
            const Span y = part.out;
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
