/* made_up_source.h - a source whose pixels are a function of their place.
 *
 * It counts how often each source block is decoded, can fail on chosen blocks,
 * and records every call that core/source/source.h does not allow.
 */
#ifndef RETILE_TEST_MADE_UP_SOURCE_H
#define RETILE_TEST_MADE_UP_SOURCE_H

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "core/source/source.h"

struct LayerShape {
    int32_t w_px = 1, h_px = 1;
    int32_t source_block_w_px = 1, source_block_h_px = 1;
    std::vector<uint32_t> px_bytes = {1}; // for each plane
    bool interleaved = false;
    enum rt_access access = RT_ACCESS_RANDOM;
};

// The w_px pixels of px bytes each that begin at (x_px, y_px).
inline void MakeUpRow(int32_t layer, int32_t plane, int32_t x_px, int32_t y_px,
                      int32_t w_px, uint32_t px, unsigned char *out)
{
    const uint64_t row = (static_cast<uint64_t>(layer) << 56) ^
                         (static_cast<uint64_t>(plane) << 48) ^
                         static_cast<uint64_t>(y_px) * 0x9E3779B1u;

    for (int32_t i = 0; i < w_px; i++) {
        uint64_t h = (row + static_cast<uint64_t>(x_px + i) * 0x85EBCA77u) *
                     UINT64_C(0x9E3779B97F4A7C15);

        h ^= h >> 32;
        for (uint32_t b = 0; b < px; b++)
            *out++ = static_cast<unsigned char>((h >> (b % 4 * 8)) + b);
    }
}

class MadeUpSource
{
  public:
    explicit MadeUpSource(std::vector<LayerShape> shapes)
        : shapes_(std::move(shapes))
    {
        for (const LayerShape &shape : shapes_) {
            struct rt_layer layer = {};

            if (rt_grid_init(&layer.grid, shape.w_px, shape.h_px,
                             shape.source_block_w_px, shape.source_block_h_px,
                             nullptr) != RT_OK)
                throw std::invalid_argument("a shape without a grid");
            layer.access = shape.access;
            layer.interleaved = shape.interleaved;
            layer.n_planes = static_cast<int32_t>(shape.px_bytes.size());
            layer.px_bytes = shape.px_bytes.data();
            layers_.push_back(layer);
            decodes_.emplace_back(BlockCount(layer) * shape.px_bytes.size());
            next_row_.push_back(0);
        }
        source_.n_layers = static_cast<int32_t>(layers_.size());
        source_.layers = layers_.data();
        source_.context = this;
        source_.read = Read;
        source_.next_row = NextRow;
    }

    const struct rt_source *source() const { return &source_; }
    // Call this before a view of the source is created.
    void SetWholeReads() { source_.whole_reads = true; }
    const struct rt_layer &layer(int32_t i) const
    {
        return layers_[static_cast<size_t>(i)];
    }

    // How often a source block of a plane was decoded, or passed on the way to
    // another one.
    int Decodes(int32_t layer_i, int32_t plane, int32_t col, int32_t row)
    {
        return Counter(layer_i, plane, col, row).load();
    }
    int MostDecodes(int32_t layer_i)
    {
        int most = 0;

        for (const auto &n : decodes_[static_cast<size_t>(layer_i)])
            most = std::max(most, n.load());
        return most;
    }
    int LeastDecodes(int32_t layer_i)
    {
        int least = INT32_MAX;

        for (const auto &n : decodes_[static_cast<size_t>(layer_i)])
            least = std::min(least, n.load());
        return least;
    }
    void ForgetDecodes()
    {
        for (auto &layer_decodes : decodes_)
            for (auto &n : layer_decodes)
                n = 0;
    }
    int reads() const { return reads_.load(); }
    int restarts() const { return restarts_.load(); }

    // Decodes of this block fail until it is healed.
    void FailOn(int32_t layer_i, int32_t col, int32_t row)
    {
        const std::lock_guard<std::mutex> guard(lock_);

        failing_.insert({layer_i, col, row});
    }
    void Heal()
    {
        const std::lock_guard<std::mutex> guard(lock_);

        failing_.clear();
    }

    // hook is called with the number of each read, from 1, before it decodes.
    // The read fails if hook returns false. Set it while no read is in
    // progress.
    void OnRead(std::function<bool(int)> hook) { hook_ = std::move(hook); }

    // The call that core/source/source.h does not allow; empty if there was
    // none.
    std::string Complaint()
    {
        const std::lock_guard<std::mutex> guard(lock_);

        return complaint_;
    }

    static std::string FailureText(int32_t col, int32_t row)
    {
        return "source block " + std::to_string(col) + "," +
               std::to_string(row) + " is broken";
    }

  private:
    static size_t BlockCount(const struct rt_layer &layer)
    {
        return static_cast<size_t>(layer.grid.cols) *
               static_cast<size_t>(layer.grid.rows);
    }

    std::atomic<int> &Counter(int32_t layer_i, int32_t plane, int32_t col,
                              int32_t row)
    {
        const struct rt_layer &l = layer(layer_i);
        const size_t number =
            static_cast<size_t>(row) * static_cast<size_t>(l.grid.cols) +
            static_cast<size_t>(col);

        return decodes_[static_cast<size_t>(layer_i)]
                       [static_cast<size_t>(plane) * BlockCount(l) + number];
    }

    void Complain(const char *text)
    {
        const std::lock_guard<std::mutex> guard(lock_);

        complaint_ = text;
    }

    void CheckCall(const struct rt_layer &l, const int32_t *planes,
                   int32_t n_planes, const struct rt_window &window)
    {
        if (window.x_px < 0 || window.y_px < 0 || window.w_px < 1 ||
            window.h_px < 1 || window.w_px > l.grid.w_px - window.x_px ||
            window.h_px > l.grid.h_px - window.y_px)
            Complain("a window outside the layer");
        const struct rt_block_range range = rt_grid_cover(&l.grid, &window);
        const struct rt_window span = rt_grid_span(&l.grid, &range);

        if (span.x_px != window.x_px || span.y_px != window.y_px ||
            span.w_px != window.w_px || span.h_px != window.h_px)
            Complain("a window that cuts source blocks");
        for (int32_t i = 0; i < n_planes; i++)
            if (planes[i] < 0 || planes[i] >= l.n_planes ||
                std::count(planes, planes + n_planes, planes[i]) != 1)
                Complain("a plane that is not there, or is there twice");
    }

    // A decoder that only goes forward passes the rows that are skipped.
    int32_t MoveTo(int32_t layer_i, const struct rt_window &window)
    {
        const std::lock_guard<std::mutex> guard(lock_);
        int32_t &next = next_row_[static_cast<size_t>(layer_i)];
        int32_t from = next;

        if (window.y_px < next) {
            restarts_++;
            from = 0;
        }
        next = window.y_px + window.h_px;
        return from;
    }

    void Count(int32_t layer_i, const int32_t *planes, int32_t n_planes,
               const struct rt_window &window)
    {
        const struct rt_block_range range =
            rt_grid_cover(&layer(layer_i).grid, &window);

        for (int32_t i = 0; i < n_planes; i++)
            for (int32_t row = 0; row < range.rows; row++)
                for (int32_t col = 0; col < range.cols; col++)
                    Counter(layer_i, planes[i], range.col_blk + col,
                            range.row_blk + row)++;
    }

    enum rt_status FailIn(int32_t layer_i, const struct rt_window &window,
                          struct rt_error *err)
    {
        const struct rt_block_range range =
            rt_grid_cover(&layer(layer_i).grid, &window);
        const std::lock_guard<std::mutex> guard(lock_);

        for (const auto &[bad_layer, col, row] : failing_)
            if (bad_layer == layer_i && col >= range.col_blk &&
                col < range.col_blk + range.cols && row >= range.row_blk &&
                row < range.row_blk + range.rows)
                return rt_error_set(err, RT_ERR_SOURCE, "%s",
                                    FailureText(col, row).c_str());
        return RT_OK;
    }

    static enum rt_status Read(void *context, int32_t layer_i,
                               const int32_t *planes, int32_t n_planes,
                               const struct rt_window *window,
                               void *const *plane_pixels, struct rt_error *err)
    {
        MadeUpSource &self = *static_cast<MadeUpSource *>(context);
        const struct rt_layer &l = self.layer(layer_i);
        struct rt_window counted = *window;

        self.CheckCall(l, planes, n_planes, *window);
        if (self.hook_ && !self.hook_(++self.calls_))
            return rt_error_set(err, RT_ERR_SOURCE, "the hook says no");
        if (self.FailIn(layer_i, *window, err) != RT_OK)
            return RT_ERR_SOURCE;
        if (l.access == RT_ACCESS_SEQUENTIAL) {
            counted.y_px = self.MoveTo(layer_i, *window);
            counted.h_px = window->y_px + window->h_px - counted.y_px;
        }
        self.reads_++;
        self.Count(layer_i, planes, n_planes, counted);
        for (int32_t i = 0; i < n_planes; i++) {
            const uint32_t px = l.px_bytes[planes[i]];
            auto *out = static_cast<unsigned char *>(plane_pixels[i]);

            for (int32_t y = 0; y < window->h_px; y++) {
                MakeUpRow(layer_i, planes[i], window->x_px, window->y_px + y,
                          window->w_px, px, out);
                out += static_cast<size_t>(window->w_px) * px;
            }
        }
        return RT_OK;
    }

    static int32_t NextRow(void *context, int32_t layer_i)
    {
        MadeUpSource &self = *static_cast<MadeUpSource *>(context);

        if (self.layer(layer_i).access != RT_ACCESS_SEQUENTIAL)
            self.Complain("next_row of a layer that is not sequential");
        const std::lock_guard<std::mutex> guard(self.lock_);

        return self.next_row_[static_cast<size_t>(layer_i)];
    }

    std::vector<LayerShape> shapes_;
    std::vector<struct rt_layer> layers_;
    struct rt_source source_ = {};
    std::vector<std::vector<std::atomic<int>>> decodes_; // by plane, block
    std::function<bool(int)> hook_;
    std::atomic<int> calls_{0};
    std::atomic<int> reads_{0}, restarts_{0};
    std::mutex lock_;
    // Guarded by lock_.
    std::set<std::tuple<int32_t, int32_t, int32_t>> failing_;
    std::vector<int32_t> next_row_;
    std::string complaint_;
};

#endif
