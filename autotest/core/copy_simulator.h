/* copy_simulator.h - a copy carried out on counters instead of pixels.
 *
 * Written only from the text of core/plan/plan.h, without any of its functions,
 * and simple rather than fast. It does the work of a single worker: decode a
 * run, apply the operator if there is one, copy it into tiles, encode what is
 * completed, continue.
 */
#ifndef RETILE_TEST_COPY_SIMULATOR_H
#define RETILE_TEST_COPY_SIMULATOR_H

#include <algorithm>
#include <cstdint>
#include <vector>

#include "copy_margins.h"
#include "core/plan/plan.h"

/* How a copy is carried out: what a plan decides. */
struct CopyMethod {
    int32_t memory_cols;
    int32_t n_workers;
    bool overlap;
    bool spills;
    bool segmented;
};

class CopySimulator
{
  public:
    using Span = CopySpan;
    using Run = CopyRun;

    CopySimulator(const struct rt_copy_shape &shape,
                  const struct rt_copy_limits &limits)
        : shape_(shape), limits_(limits),
          x_(shape.w_px, shape.tile_w_px, shape.source_block_w_px,
             shape.source_block_x_px, shape.halo_px),
          y_(shape.h_px, shape.tile_h_px, shape.source_block_h_px,
             shape.source_block_y_px, shape.halo_px),
          tile_bytes_(static_cast<uint64_t>(shape.tile_w_px) *
                      static_cast<uint64_t>(shape.tile_h_px) * shape.px_bytes)
    {
    }

    int32_t TileCols() const { return x_.n_tiles; }
    int32_t TileRows() const { return y_.n_tiles; }
    uint64_t TileBytes() const { return tile_bytes_; }

    /* paint: also check every pixel and block, not only the memory. */
    void Begin(const CopyMethod &method, bool paint)
    {
        method_ = method;
        paint_ = paint;
        tiles_.assign(Count(x_.n_tiles, y_.n_tiles), Tile{});
        for (int32_t row = 0; row < y_.n_tiles; row++)
            for (int32_t col = 0; col < x_.n_tiles; col++)
                TileAt(col, row).missing_px = Area(x_.Tile(col), y_.Tile(row));
        if (paint) {
            arrived_.assign(Count(x_.n_parts(), y_.n_parts()), 0);
            decodes_.assign(Count(x_.n_blocks, y_.n_blocks), 0);
        }
        in_memory_ = on_disk_ = waiting_ = 0;
        next_ = 0;
        ended_y_px_ = -1;
        ended_rows_ = most_ended_rows_ = 0;
        held_ = charge_ = peak_ = peak_charge_ = disk_peak_ = decoded_px_ = 0;
        waiting_peak_ = 0;
    }

    /* Sets the runs that follow, in this order. No margin outlives the
     * sweep. */
    void BeginSweep(const std::vector<Run> &runs)
    {
        margins_.Begin(runs, shape_);
        at_ = 0;
    }

    /* Carries out the next run of the sweep, which serves these tiles. Returns
     * what is wrong with it, or nullptr. */
    const char *Step(const Run &run, Span cols, Span rows)
    {
        const char *wrong = paint_ ? Decode(run.in_x, run.in_y) : nullptr;
        const uint64_t open_before = in_memory_;
        const bool delivers = Area(run.out_x, run.out_y) > 0;

        if (wrong == nullptr && !margins_.Suffice(at_))
            wrong = "a run looks at what is not there";
        if (wrong == nullptr && delivers)
            wrong = Scatter(run.out_x, run.out_y, cols, rows);
        if (wrong == nullptr && !delivers && Area(cols, rows) > 0)
            wrong = "a step serves tiles and delivers nothing";
        if (wrong != nullptr)
            return wrong;
        decoded_px_ += static_cast<uint64_t>(Area(run.in_x, run.in_y));
        Hold(run, cols.end, open_before);
        wrong = Encode(run, cols, rows);
        at_++;
        return wrong;
    }

    /* Returns what is wrong after the last step, or nullptr. */
    const char *End() const
    {
        for (const Tile &tile : tiles_)
            if (!tile.encoded)
                return "a tile is never completed";
        if (in_memory_ != 0 || on_disk_ != 0 || waiting_ != 0)
            return "a tile is left over";
        return nullptr;
    }

    /* For the last step: the bytes that it held, and the bytes that it may
     * claim. It may claim as if it encoded a tile, and without waiting
     * tiles. */
    uint64_t held_bytes() const { return held_; }
    uint64_t charge_bytes() const { return charge_; }

    /* For all steps so far. */
    uint64_t peak_bytes() const { return peak_; }
    uint64_t peak_charge_bytes() const { return peak_charge_; }
    uint64_t spill_bytes() const { return disk_peak_ * tile_bytes_; }
    uint64_t decoded_px() const { return decoded_px_; }
    uint64_t waiting_peak() const { return waiting_peak_; }

    /* The bytes that the plan may claim so that no worker is idle: one worker
     * decodes, one encodes, and the others encode too. */
    uint64_t StaffedBytes(uint64_t wait_bytes) const
    {
        const auto n = static_cast<uint64_t>(method_.n_workers);
        const uint64_t waiting = n > 1 ? n * limits_.encode_bytes : 0;
        const uint64_t peak = peak_charge_ + wait_bytes;

        if (method_.overlap)
            return peak + waiting + (n > 2 ? n - 2 : 0) * EncodeBytes();
        return n == 1
                   ? peak
                   : waiting + std::max(peak, FixedBytes() + n * EncodeBytes());
    }

    /* The most rows of tiles that one row of runs completes. */
    int32_t most_ended_rows() const { return most_ended_rows_; }

    uint32_t Pieces(int32_t col, int32_t row) const
    {
        return tiles_[Index(col, row)].pieces;
    }
    bool Direct(int32_t col, int32_t row) const
    {
        return !tiles_[Index(col, row)].assembled;
    }

    /* The fewest and the most decodes of a source block. */
    Span Decodes() const
    {
        const auto ends = std::minmax_element(decodes_.begin(), decodes_.end());

        return {*ends.first, *ends.second};
    }

  private:
    /* One axis. Its parts lie between one edge and the next; edges are those of
     * tiles and of what blocks deliver. */
    struct Axis {
        int32_t size_px, tile_px, block_px, phase_px, n_tiles, n_blocks;
        std::vector<int32_t> edges;

        Axis(int32_t size, int32_t tile, int32_t block, int32_t phase,
             int32_t halo)
            : size_px(size), tile_px(tile), block_px(block), phase_px(phase),
              n_tiles(0), n_blocks(0)
        {
            for (int64_t px = 0; px < size; px += tile, n_tiles++)
                edges.push_back(static_cast<int32_t>(px));
            for (int64_t px = -phase; px < size; px += block, n_blocks++)
                edges.push_back(
                    static_cast<int32_t>(std::max<int64_t>(px - halo, 0)));
            edges.push_back(size);
            std::sort(edges.begin(), edges.end());
            edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
        }
        int32_t n_parts() const
        {
            return static_cast<int32_t>(edges.size()) - 1;
        }
        Span Tile(int32_t tile) const
        {
            const int64_t begin = int64_t{tile} * tile_px;

            return {static_cast<int32_t>(begin),
                    static_cast<int32_t>(
                        std::min<int64_t>(begin + tile_px, size_px))};
        }
        bool IsBlockEdge(int32_t px) const
        {
            return px == 0 || px == size_px ||
                   (int64_t{px} + phase_px) % block_px == 0;
        }
        Span Blocks(Span px) const
        {
            return {
                static_cast<int32_t>((int64_t{px.begin} + phase_px) / block_px),
                static_cast<int32_t>(
                    (int64_t{px.end} - 1 + phase_px) / block_px + 1)};
        }
        Span Parts(Span px) const { return {Part(px.begin), Part(px.end)}; }
        int32_t Part(int32_t px) const
        {
            return static_cast<int32_t>(
                std::lower_bound(edges.begin(), edges.end(), px) -
                edges.begin());
        }
    };

    struct Tile {
        int64_t missing_px;
        uint32_t pieces;
        bool assembled, encoded;
    };

    static size_t Count(int32_t a, int32_t b)
    {
        return static_cast<size_t>(a) * static_cast<size_t>(b);
    }
    static int64_t Area(Span x, Span y)
    {
        return int64_t{std::max(x.end - x.begin, 0)} *
               std::max(y.end - y.begin, 0);
    }
    static Span Common(Span a, Span b)
    {
        return {std::max(a.begin, b.begin), std::min(a.end, b.end)};
    }
    size_t Index(int32_t col, int32_t row) const
    {
        return Count(row, x_.n_tiles) + static_cast<size_t>(col);
    }
    Tile &TileAt(int32_t col, int32_t row) { return tiles_[Index(col, row)]; }
    bool OnDisk(int32_t col) const { return col >= method_.memory_cols; }
    bool AnyOnDisk() const { return method_.memory_cols < x_.n_tiles; }

    /* The pieces of a tile on disk pass through the buffer of its encoded form.
     * In turns, the codec's context exists only during each encode. */
    uint64_t EncodeBytes() const
    {
        return tile_bytes_ +
               (AnyOnDisk() ? std::max(limits_.encode_bytes, tile_bytes_)
                            : limits_.encode_bytes) +
               (method_.overlap ? 0 : limits_.worker_bytes);
    }

    uint64_t FixedBytes() const
    {
        return (method_.overlap ? static_cast<uint64_t>(method_.n_workers) *
                                          limits_.worker_bytes +
                                      EncodeBytes()
                                : 0) +
               (method_.spills ? limits_.encode_bytes : 0);
    }

    uint64_t WaitBytes() const
    {
        return method_.spills ? 0 : waiting_ * limits_.encode_bytes;
    }

    const char *Decode(Span x, Span y)
    {
        if (x.begin < 0 || y.begin < 0 || x.begin >= x.end ||
            y.begin >= y.end || x.end > shape_.w_px || y.end > shape_.h_px)
            return "a window leaves the raster, or is empty";
        if (!x_.IsBlockEdge(x.begin) || !x_.IsBlockEdge(x.end) ||
            !y_.IsBlockEdge(y.begin) || !y_.IsBlockEdge(y.end))
            return "a window cuts a block of the source";
        const Span cols = x_.Blocks(x), rows = y_.Blocks(y);

        for (int32_t row = rows.begin; row < rows.end; row++)
            for (int32_t col = cols.begin; col < cols.end; col++)
                decodes_[Count(row, x_.n_blocks) + static_cast<size_t>(col)]++;
        return nullptr;
    }

    const char *Scatter(Span x, Span y, Span cols, Span rows)
    {
        if (cols.begin < 0 || rows.begin < 0 || cols.end > x_.n_tiles ||
            rows.end > y_.n_tiles || cols.begin >= cols.end ||
            rows.begin >= rows.end)
            return "a step serves tiles that do not exist, or none";
        for (int32_t row = rows.begin; row < rows.end; row++)
            for (int32_t col = cols.begin; col < cols.end; col++) {
                const Span px = Common(x, x_.Tile(col));
                const Span py = Common(y, y_.Tile(row));

                if (px.begin >= px.end || py.begin >= py.end)
                    return "a step serves a tile that it does not touch";
                if (paint_ && !Paint(px, py))
                    return "a pixel arrives twice";
                Deliver(col, row, Area(px, py));
            }
        return nullptr;
    }

    bool Paint(Span px, Span py)
    {
        const Span cols = x_.Parts(px), rows = y_.Parts(py);

        for (int32_t row = rows.begin; row < rows.end; row++)
            for (int32_t col = cols.begin; col < cols.end; col++)
                if (arrived_[Count(row, x_.n_parts()) +
                             static_cast<size_t>(col)]++ != 0)
                    return false;
        return true;
    }

    void Deliver(int32_t col, int32_t row, int64_t area_px)
    {
        Tile &tile = TileAt(col, row);

        tile.pieces++;
        tile.missing_px -= area_px;
        if (tile.pieces == 1 && tile.missing_px > 0) {
            tile.assembled = true;
            (OnDisk(col) ? on_disk_ : in_memory_)++;
        }
    }

    bool Focal() const { return shape_.input_px_bytes > 0; }

    uint64_t OutputBytes(const Run &run) const
    {
        return static_cast<uint64_t>(Area(run.out_x, run.out_y)) *
               shape_.px_bytes;
    }

    /* If more or less than the decoded pixels is read, they are copied first.
     * Then the operator has its own memory and the result. */
    uint64_t ApplyBytes(const Run &run) const
    {
        const auto input = static_cast<uint64_t>(Area(run.in_x, run.in_y));
        const uint64_t support = margins_.SupportPx(at_);
        const uint64_t copied = margins_.LooksAtInput(at_)
                                    ? 0
                                    : (input + support) * shape_.input_px_bytes;

        if (!Focal() || support == 0)
            return 0;
        return std::max(
            copied, support * (shape_.input_px_bytes + shape_.focal_px_bytes) +
                        OutputBytes(run));
    }

    /* The decoder's memory is freed before tiles are begun. Margins that are
     * not needed any more are freed before tiles are encoded. */
    void Hold(const Run &run, int32_t cols_end, uint64_t open_before)
    {
        const auto area = static_cast<uint64_t>(Area(run.in_x, run.in_y));
        const uint64_t margins = margins_.BytesBefore(at_);
        const uint64_t after = margins_.BytesAfter(at_);
        const uint64_t before =
            FixedBytes() + open_before * tile_bytes_ + margins;
        const uint64_t decode =
            before +
            area * (Focal() ? shape_.input_px_bytes : shape_.px_bytes) +
            area * shape_.held_px_bytes + shape_.held_bytes;
        const uint64_t apply = before + ApplyBytes(run);
        const uint64_t kept =
            FixedBytes() + in_memory_ * tile_bytes_ + OutputBytes(run);
        const uint64_t piece = cols_end > method_.memory_cols ? tile_bytes_ : 0;
        const uint64_t encode = method_.overlap ? 0 : EncodeBytes();

        held_ = std::max({decode, apply, kept + after + piece}) + WaitBytes();
        charge_ = std::max(
            {decode, apply, kept + margins + piece, kept + after + encode});
        peak_ = std::max(peak_, held_);
        peak_charge_ = std::max(peak_charge_, charge_);
        disk_peak_ = std::max(disk_peak_, on_disk_);
    }

    /* Encodes the tiles that this step completed, row by row. */
    const char *Encode(const Run &run, Span cols, Span rows)
    {
        for (int32_t row = rows.begin; row < rows.end; row++)
            for (int32_t col = cols.begin; col < cols.end; col++) {
                Tile &tile = TileAt(col, row);

                if (tile.missing_px > 0)
                    continue;
                if (tile.encoded)
                    return "a tile is completed twice";
                EncodeOne(&tile, OutputBytes(run), col);
                if (col == 0)
                    CountEndedRow(run.in_y.begin);
                Write(Index(col, row));
            }
        return nullptr;
    }

    void EncodeOne(Tile *tile, uint64_t run_bytes, int32_t col)
    {
        held_ = std::max(held_, FixedBytes() + in_memory_ * tile_bytes_ +
                                    margins_.BytesAfter(at_) + run_bytes +
                                    (method_.overlap ? 0 : EncodeBytes()) +
                                    WaitBytes());
        peak_ = std::max(peak_, held_);
        tile->encoded = true;
        if (tile->assembled)
            (OnDisk(col) ? on_disk_ : in_memory_)--;
    }

    void CountEndedRow(int32_t y_px)
    {
        ended_rows_ = y_px == ended_y_px_ ? ended_rows_ + 1 : 1;
        ended_y_px_ = y_px;
        most_ended_rows_ = std::max(most_ended_rows_, ended_rows_);
    }

    /* The file takes tiles row by row; others wait. */
    void Write(size_t index)
    {
        if (index != next_) {
            waiting_++;
            waiting_peak_ = std::max(waiting_peak_, waiting_);
            return;
        }
        for (next_++; next_ < tiles_.size() && tiles_[next_].encoded; next_++)
            waiting_--;
    }

    const struct rt_copy_shape shape_;
    const struct rt_copy_limits limits_;
    const Axis x_, y_;
    const uint64_t tile_bytes_;
    CopyMethod method_{};
    CopyMargins margins_;
    size_t at_ = 0; /* index of the next run in the sweep */
    bool paint_ = false;
    std::vector<Tile> tiles_;      /* row by row */
    std::vector<uint8_t> arrived_; /* how often each part has arrived */
    std::vector<int32_t> decodes_; /* how often each source block was decoded */
    uint64_t in_memory_ = 0, on_disk_ = 0, waiting_ = 0, waiting_peak_ = 0;
    size_t next_ = 0; /* the next tile of the file */
    int32_t ended_y_px_ = -1, ended_rows_ = 0, most_ended_rows_ = 0;
    uint64_t held_ = 0, charge_ = 0, peak_ = 0, peak_charge_ = 0;
    uint64_t disk_peak_ = 0, decoded_px_ = 0;
};

#endif
