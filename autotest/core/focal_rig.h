/* focal_rig.h - a made-up source, an operator on it, and copies of the result
 * through the engine. Every pixel is compared with the operator's result on the
 * whole raster.
 */
#ifndef RETILE_TEST_FOCAL_RIG_H
#define RETILE_TEST_FOCAL_RIG_H

#include <atomic>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#include "core/copy/engine.h"
#include "pages_count.h"

/* A copy, what it observed, and the call at which it must fail. */
struct FocalCopy {
    rt_copy_shape shape = {};
    rt_copy_limits limits = {};
    rt_copy_layout layout = {};
    rt_copy_plan plan = {};

    std::atomic<int> decodes{0}, applies{0}, running{0};
    int fail_decode = -1, fail_apply = -1, cancel_at = -1;
    uint64_t next = 0; /* the next tile */
    std::mutex lock;
    std::vector<int> blocks; /* how often each source block was decoded */
    std::vector<std::string> faults;

    rt_status status = RT_OK;
    rt_error error = {};
    rt_copy_result result = {};
    uint64_t held_peak = 0, left_over = 0; /* bytes, as counted by
                                            * pages_count.h */

    void Fault(const char *what)
    {
        const std::lock_guard<std::mutex> guard(lock);

        faults.push_back(what);
    }
    bool OnRaster(int64_t x, int64_t y) const
    {
        return x >= 0 && y >= 0 && x < shape.w_px && y < shape.h_px;
    }
    int32_t BlockCols() const
    {
        return (shape.w_px - 1 + shape.source_block_x_px) /
                   shape.source_block_w_px +
               1;
    }
    int32_t BlockRows() const
    {
        return (shape.h_px - 1 + shape.source_block_y_px) /
                   shape.source_block_h_px +
               1;
    }
};

/* The value of a pixel of the source, computed from its place. */
inline uint64_t FocalPixel(int64_t x, int64_t y, uint64_t bytes)
{
    const uint64_t hash = (static_cast<uint64_t>(x) * 0x9E3779B97F4A7C15u) ^
                          (static_cast<uint64_t>(y) * 0xC2B2AE3D27D4EB4Fu);

    return (hash ^ hash >> 29) & (~uint64_t{0} >> (64 - 8 * bytes));
}

/* The operator: a sum over a pixel and its furthest neighbours, those in the
 * corners, weighted by their places relative to each other and on the raster.
 * Pixels beyond the raster do not count. pixel(x, y) is the source's. */
template <class F>
uint64_t FocalValue(const FocalCopy &copy, int32_t plane, int64_t x, int64_t y,
                    F &&pixel)
{
    const int64_t halo = copy.shape.halo_px;
    const int64_t steps[5][2] = {
        {0, 0}, {-halo, -halo}, {halo, -halo}, {-halo, halo}, {halo, halo}};
    uint64_t sum = static_cast<uint64_t>(plane) * 7 + 1, weight = 3;

    for (const int64_t *step : steps) {
        weight += 2;
        if (copy.OnRaster(x + step[0], y + step[1]))
            sum = sum * 31 + pixel(x + step[0], y + step[1]) * weight;
    }
    return sum ^ sum >> 32;
}

inline rt_status FocalApply(void *context, const rt_window *input_window,
                            const void *input, const rt_window *output,
                            void *const *planes, rt_error *err)
{
    auto *copy = static_cast<FocalCopy *>(context);
    const int64_t halo = copy->shape.halo_px;
    const uint64_t bytes = copy->shape.input_px_bytes;
    const int64_t x0 = std::max<int64_t>(output->x_px - halo, 0);
    const int64_t y0 = std::max<int64_t>(output->y_px - halo, 0);

    if (input_window->x_px != x0 || input_window->y_px != y0 ||
        x0 + input_window->w_px !=
            std::min<int64_t>(output->x_px + output->w_px + halo,
                              copy->shape.w_px) ||
        y0 + input_window->h_px !=
            std::min<int64_t>(output->y_px + output->h_px + halo,
                              copy->shape.h_px))
        copy->Fault("the operator is shown another window");
    const auto pixel = [&](int64_t x, int64_t y) {
        const auto at =
            static_cast<uint64_t>((y - y0) * input_window->w_px + x - x0);
        uint64_t value = 0;

        memcpy(&value, static_cast<const char *>(input) + at * bytes, bytes);
        return value;
    };
    for (int32_t plane = 0; plane < copy->layout.n_planes; plane++) {
        auto *out = static_cast<char *>(planes[plane]);

        for (int32_t y = 0; y < output->h_px; y++)
            for (int32_t x = 0; x < output->w_px; x++) {
                const uint64_t value = FocalValue(
                    *copy, plane, output->x_px + x, output->y_px + y, pixel);

                memcpy(out, &value, copy->layout.sample_bytes);
                out += copy->layout.sample_bytes;
            }
    }
    if (copy->applies++ == copy->fail_apply)
        return rt_error_set(err, RT_ERR_SOURCE, "made-up apply");
    return RT_OK;
}

/* Counts the source blocks of a window, which must consist of whole blocks. */
inline void FocalCount(FocalCopy *copy, const rt_window *window)
{
    const rt_copy_shape &shape = copy->shape;
    const int32_t x = window->x_px + shape.source_block_x_px;
    const int32_t y = window->y_px + shape.source_block_y_px;
    const int32_t x_end = window->x_px + window->w_px;
    const int32_t y_end = window->y_px + window->h_px;
    const std::lock_guard<std::mutex> guard(copy->lock);

    if ((window->x_px > 0 && x % shape.source_block_w_px != 0) ||
        (window->y_px > 0 && y % shape.source_block_h_px != 0) ||
        (x_end < shape.w_px &&
         (x_end + shape.source_block_x_px) % shape.source_block_w_px != 0) ||
        (y_end < shape.h_px &&
         (y_end + shape.source_block_y_px) % shape.source_block_h_px != 0))
        copy->faults.push_back("a source block is cut");
    for (int32_t row = y / shape.source_block_h_px;
         row <= (y + window->h_px - 1) / shape.source_block_h_px; row++)
        for (int32_t col = x / shape.source_block_w_px;
             col <= (x + window->w_px - 1) / shape.source_block_w_px; col++)
            copy->blocks[static_cast<size_t>(row) *
                             static_cast<size_t>(copy->BlockCols()) +
                         static_cast<size_t>(col)]++;
}

inline rt_status FocalDecode(void *context, int32_t, const rt_window *window,
                             void *pixels, rt_error *err)
{
    auto *copy = static_cast<FocalCopy *>(context);
    const uint64_t bytes = copy->shape.input_px_bytes;
    auto *out = static_cast<char *>(pixels);

    if (copy->running++ > 0 && !copy->shape.parallel)
        copy->Fault("two decodes at a time");
    FocalCount(copy, window);
    for (int32_t y = 0; y < window->h_px; y++)
        for (int32_t x = 0; x < window->w_px; x++) {
            const uint64_t value =
                FocalPixel(window->x_px + x, window->y_px + y, bytes);

            memcpy(out, &value, bytes);
            out += bytes;
        }
    copy->running--;
    if (copy->decodes++ == copy->fail_decode)
        return rt_error_set(err, RT_ERR_SOURCE, "made-up decode");
    return RT_OK;
}

/* The "encoded" form is the tile itself after its number. */
inline rt_status FocalEncode(void *context, int32_t, const rt_copy_tile *,
                             void *pixels, void *encoded, uint64_t *n_bytes,
                             rt_error *)
{
    const auto *copy = static_cast<FocalCopy *>(context);

    memcpy(encoded, pixels, copy->plan.tile_bytes);
    *n_bytes = copy->plan.tile_bytes;
    return RT_OK;
}

inline rt_status FocalWrite(void *context, const rt_copy_tile *tile,
                            const void *encoded, uint64_t, rt_error *)
{
    auto *copy = static_cast<FocalCopy *>(context);
    const auto *in = static_cast<const char *>(encoded);
    const rt_copy_layout &layout = copy->layout;
    const uint64_t bytes = copy->shape.input_px_bytes;
    const auto pixel = [&](int64_t x, int64_t y) {
        return FocalPixel(x, y, bytes);
    };

    if (static_cast<uint64_t>(tile->row) *
                static_cast<uint64_t>(copy->plan.tile_cols) +
            static_cast<uint64_t>(tile->col) !=
        copy->next++)
        copy->Fault("tiles out of order");
    for (int32_t y = 0; y < tile->window.h_px; y++)
        for (int32_t x = 0; x < tile->window.w_px; x++)
            for (int32_t p = 0; p < layout.n_planes; p++) {
                const int64_t at =
                    layout.interleaved
                        ? (int64_t{y} * copy->shape.tile_w_px + x) *
                                  layout.n_planes +
                              p
                        : (int64_t{p} * copy->shape.tile_h_px + y) *
                                  copy->shape.tile_w_px +
                              x;
                const uint64_t value =
                    FocalValue(*copy, p, tile->window.x_px + x,
                               tile->window.y_px + y, pixel);

                if (memcmp(in + at * layout.sample_bytes, &value,
                           layout.sample_bytes) != 0) {
                    copy->Fault("a wrong pixel");
                    return RT_OK;
                }
            }
    return RT_OK;
}

inline bool FocalProgress(void *context, double)
{
    const auto *copy = static_cast<FocalCopy *>(context);

    return copy->cancel_at < 0 || copy->decodes < copy->cancel_at;
}

/* The bytes of pixels follow from the layout. An encoded tile takes as much as
 * a tile. */
inline void FocalSetBytes(FocalCopy *copy)
{
    rt_copy_shape *shape = &copy->shape;

    shape->px_bytes = static_cast<uint64_t>(copy->layout.n_planes) *
                      copy->layout.sample_bytes;
    copy->limits.encode_bytes = static_cast<uint64_t>(shape->tile_w_px) *
                                static_cast<uint64_t>(shape->tile_h_px) *
                                shape->px_bytes;
}

/* *least_bytes receives the least that a plan takes. */
inline rt_status FocalPlan(FocalCopy *copy, uint64_t *least_bytes)
{
    return rt_copy_plan_make(&copy->shape, &copy->limits, &copy->plan,
                             least_bytes, &copy->error);
}

inline void FocalRun(FocalCopy *copy)
{
    const rt_copy_io io = {copy, FocalDecode, FocalEncode, FocalWrite,
                           FocalProgress};
    const rt_focal focal = {nullptr, 0, copy->shape.halo_px, copy, FocalApply};
    rt_copy_job job = {};
    rt_pool *pool = rt_pool_acquire(copy->plan.n_workers);

    copy->blocks.assign(static_cast<size_t>(copy->BlockCols()) *
                            static_cast<size_t>(copy->BlockRows()),
                        0);
    job.plan = &copy->plan;
    job.io = &io;
    job.layout = copy->layout;
    job.focal = &focal;
    job.budget_bytes = copy->limits.budget_bytes;
    job.encoded_bytes = copy->limits.encode_bytes;
    job.spill_folder = "/tmp";
    job.spill_bytes = copy->limits.spill_bytes;
    const uint64_t before = pages_count_live();
    (void)pages_count_peak();
    copy->status = rt_copy_run(&job, pool, &copy->result, &copy->error);
    copy->held_peak = pages_count_peak() - before;
    copy->left_over = pages_count_live() - before;
    rt_pool_release(pool);
}

/* What is wrong with a copy that succeeded; "" if nothing is. */
inline std::string FocalFault(const FocalCopy &copy)
{
    if (copy.status != RT_OK)
        return copy.error.text;
    if (!copy.faults.empty())
        return copy.faults[0];
    if (copy.next != static_cast<uint64_t>(copy.plan.tile_cols) *
                         static_cast<uint64_t>(copy.plan.tile_rows))
        return "tiles are missing";
    if (copy.result.peak_bytes > copy.limits.budget_bytes)
        return "the budget is exceeded";
    if (copy.held_peak > copy.result.peak_bytes)
        return "more is held than is reserved";
    if (copy.left_over > 0)
        return "memory is left over";
    if (copy.result.decoded_px != copy.plan.decoded_px)
        return "more or less is decoded than planned";
    for (int n : copy.blocks)
        if (n < 1 || (n > 1 && !copy.plan.segmented))
            return "a block is not decoded once";
    return "";
}

#endif
