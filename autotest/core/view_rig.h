/* view_rig.h - a view over a made-up source, and a canvas that reads fill. */
#ifndef RETILE_TEST_VIEW_RIG_H
#define RETILE_TEST_VIEW_RIG_H

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <mutex>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/view/view.h"
#include "made_up_source.h"

// A cache limit in bytes that holds all that a test reads.
constexpr uint64_t kAmple = UINT64_C(64) << 20;

// The pixels that one read delivered.
class Canvas
{
  public:
    Canvas(const MadeUpSource &source, int32_t layer,
           std::vector<int32_t> planes, const struct rt_window &window)
        : layer_(layer), planes_(std::move(planes)), window_(window)
    {
        const size_t area = rt_window_area(&window);

        for (const int32_t plane : planes_) {
            px_.push_back(source.layer(layer).px_bytes[plane]);
            pixels_.emplace_back(area * px_.back());
            times_.emplace_back(area);
        }
        sink_.write = OnPart;
        sink_.context = this;
    }

    const struct rt_sink *sink() const { return &sink_; }
    const std::vector<int32_t> &planes() const { return planes_; }
    const struct rt_window &window() const { return window_; }

    // Whether each pixel has its right value and came exactly once, or at least
    // once.
    testing::AssertionResult IsRight(bool exactly_once = true) const
    {
        if (outside_)
            return testing::AssertionFailure() << "pixels outside the window";
        for (size_t i = 0; i < planes_.size(); i++)
            for (int32_t y = 0; y < window_.h_px; y++) {
                const auto result = RowIsRight(i, y, exactly_once);

                if (!result)
                    return result;
            }
        return testing::AssertionSuccess();
    }

  private:
    testing::AssertionResult RowIsRight(size_t i, int32_t y,
                                        bool exactly_once) const
    {
        const size_t w = static_cast<size_t>(window_.w_px);
        const size_t at = static_cast<size_t>(y) * w;
        const auto *times = times_[i].data() + at;
        const auto [least, most] = std::minmax_element(times, times + w);
        std::vector<unsigned char> expected(w * px_[i]);

        if (*least < 1 || (exactly_once && *most > 1))
            return testing::AssertionFailure()
                   << "plane " << planes_[i] << ", row " << window_.y_px + y
                   << ": pixels came " << int{*least} << " to " << int{*most}
                   << " times";
        MakeUpRow(layer_, planes_[i], window_.x_px, window_.y_px + y,
                  window_.w_px, px_[i], expected.data());
        if (std::memcmp(expected.data(), pixels_[i].data() + at * px_[i],
                        expected.size()) != 0)
            return testing::AssertionFailure()
                   << "plane " << planes_[i] << ", row " << window_.y_px + y
                   << ": wrong pixels";
        return testing::AssertionSuccess();
    }

    static void OnPart(void *context, const struct rt_part *part)
    {
        Canvas &self = *static_cast<Canvas *>(context);

        for (int32_t i = 0; i < part->n_planes; i++)
            self.TakePlane(part->i_planes[i], part->window, part->pixels[i],
                           part->line_px);
    }

    void TakePlane(int32_t i_plane, const struct rt_window &part,
                   const void *pixels, int32_t line_px)
    {
        const auto *from = static_cast<const unsigned char *>(pixels);

        if (i_plane < 0 || i_plane >= static_cast<int32_t>(planes_.size()) ||
            part.w_px < 1 || part.h_px < 1 ||
            !rt_window_contains(&window_, &part)) {
            outside_ = true;
            return;
        }
        const size_t i = static_cast<size_t>(i_plane);
        const size_t w = static_cast<size_t>(part.w_px);

        for (int32_t y = 0; y < part.h_px;
             y++, from += static_cast<size_t>(line_px) * px_[i]) {
            const size_t at =
                static_cast<size_t>(part.y_px + y - window_.y_px) *
                    static_cast<size_t>(window_.w_px) +
                static_cast<size_t>(part.x_px - window_.x_px);

            std::memcpy(pixels_[i].data() + at * px_[i], from, w * px_[i]);
            for (size_t x = 0; x < w; x++)
                times_[i][at + x]++;
        }
    }

    int32_t layer_;
    std::vector<int32_t> planes_;
    struct rt_window window_;
    std::vector<uint32_t> px_;
    std::vector<std::vector<unsigned char>> pixels_, times_;
    bool outside_ = false;
    struct rt_sink sink_ = {};
};

// A view with a cache of its own, or without a cache if there is no limit.
class Rig
{
  public:
    Rig(MadeUpSource *source, std::optional<uint64_t> limit_bytes,
        int32_t block_w_px, int32_t block_h_px,
        const char *identity = "made up")
        : source_(source),
          cache_(limit_bytes ? rt_block_cache_create(*limit_bytes) : nullptr),
          identity_(rt_identity_intern(identity)), stats_(rt_stats_create())
    {
        struct rt_error err = {};

        if (rt_view_create(source->source(), cache_, identity_, stats_,
                           block_w_px, block_h_px, &view_, &err) != RT_OK)
            ADD_FAILURE() << err.text;
    }
    ~Rig()
    {
        rt_view_destroy(view_);
        rt_block_cache_destroy(cache_);
        rt_identity_unref(identity_);
        rt_stats_destroy(stats_);
    }
    Rig(const Rig &) = delete;
    Rig &operator=(const Rig &) = delete;

    struct rt_block_cache *cache() const { return cache_; }
    struct rt_view *view() const { return view_; }
    void SetThreads(int32_t n_threads)
    {
        rt_view_set_threads(view_, n_threads);
    }
    uint64_t Stat(enum rt_stat stat) const
    {
        return rt_stats_get(stats_, stat);
    }

    struct rt_cache_counters Counters() const
    {
        struct rt_cache_counters counters = {};

        if (cache_ != nullptr)
            rt_block_cache_count(cache_, &counters);
        return counters;
    }

    enum rt_status Read(int32_t layer, const Canvas &canvas,
                        struct rt_error *err) const
    {
        return rt_view_read(view_, layer, canvas.planes().data(),
                            static_cast<int32_t>(canvas.planes().size()),
                            &canvas.window(), canvas.sink(), err);
    }

    std::vector<int32_t> AllPlanes(int32_t layer) const
    {
        std::vector<int32_t> planes(
            static_cast<size_t>(source_->layer(layer).n_planes));

        std::iota(planes.begin(), planes.end(), 0);
        return planes;
    }

    struct rt_window Everything(int32_t layer) const
    {
        const struct rt_grid &grid = source_->layer(layer).grid;

        return {0, 0, grid.w_px, grid.h_px};
    }

    // Whether a pixel may be delivered twice: from the cache for one plane, and
    // with its source block because another plane of it was evicted.
    bool MayRepeat(int32_t layer) const
    {
        return source_->layer(layer).interleaved;
    }

    // Reads window and checks the pixels.
    testing::AssertionResult ReadsRight(int32_t layer,
                                        const struct rt_window &window,
                                        std::vector<int32_t> planes) const
    {
        const Canvas canvas(*source_, layer, std::move(planes), window);
        struct rt_error err = {};

        if (Read(layer, canvas, &err) != RT_OK)
            return testing::AssertionFailure() << err.text;
        return canvas.IsRight(!MayRepeat(layer));
    }
    testing::AssertionResult ReadsRight(int32_t layer,
                                        const struct rt_window &window) const
    {
        return ReadsRight(layer, window, AllPlanes(layer));
    }

  private:
    MadeUpSource *source_;
    struct rt_block_cache *cache_;
    struct rt_identity *identity_;
    struct rt_stats *stats_;
    struct rt_view *view_ = nullptr;
};

// Random numbers that are the same on every machine.
class Dice
{
  public:
    explicit Dice(uint32_t seed) : generator_(seed) {}

    // From low to high, both included.
    int32_t Roll(int32_t low, int32_t high)
    {
        const uint32_t span = static_cast<uint32_t>(high - low) + 1;

        return low +
               static_cast<int32_t>(static_cast<uint32_t>(generator_()) % span);
    }
    template <typename T> T Pick(const std::vector<T> &choices)
    {
        return choices[static_cast<size_t>(
            Roll(0, static_cast<int32_t>(choices.size()) - 1))];
    }
    struct rt_window Window(const struct rt_grid &grid)
    {
        struct rt_window window = {};

        window.x_px = Roll(0, grid.w_px - 1);
        window.y_px = Roll(0, grid.h_px - 1);
        window.w_px = Roll(1, grid.w_px - window.x_px);
        window.h_px = Roll(1, grid.h_px - window.y_px);
        return window;
    }
    template <typename T> void Shuffle(std::vector<T> *items)
    {
        for (size_t i = items->size(); i > 1; i--)
            std::swap((*items)[i - 1], (*items)[generator_() % i]);
    }

  private:
    std::mt19937 generator_;
};

#endif
