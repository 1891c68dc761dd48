/* copy_margins.h - what the runs of a sweep keep for one another, found by
 * comparing all pairs of runs. */
#ifndef RETILE_TEST_COPY_MARGINS_H
#define RETILE_TEST_COPY_MARGINS_H

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/plan/plan.h"

struct CopySpan {
    int32_t begin, end;
};

/* One run of a sweep: what is decoded and, if anything, what is delivered. */
struct CopyRun {
    CopySpan in_x, in_y, out_x, out_y;
};

class CopyMargins
{
  public:
    void Begin(const std::vector<CopyRun> &runs,
               const struct rt_copy_shape &shape)
    {
        focal_ = shape.input_px_bytes > 0;
        px_bytes_ = shape.input_px_bytes;
        inputs_.clear();
        supports_.clear();
        for (const CopyRun &run : runs) {
            inputs_.push_back({run.in_x, run.in_y});
            supports_.push_back(Grown(run, shape));
        }
        found_px_.assign(runs.size(), 0);
        begun_.assign(runs.size() + 1, 0);
        ended_.assign(runs.size() + 1, 0);
        for (size_t i = 0; focal_ && i < runs.size(); i++)
            Keep(i);
        for (size_t i = 1; i < runs.size(); i++) {
            begun_[i] += begun_[i - 1];
            ended_[i] += ended_[i - 1];
        }
    }

    /* Whether everything that a run reads is there. */
    bool Suffice(size_t i) const
    {
        return !focal_ || found_px_[i] == SupportPx(i);
    }
    uint64_t SupportPx(size_t i) const { return supports_[i].Px(); }
    bool LooksAtInput(size_t i) const
    {
        const Box &a = supports_[i], &b = inputs_[i];

        return a.x.begin == b.x.begin && a.x.end == b.x.end &&
               a.y.begin == b.y.begin && a.y.end == b.y.end;
    }
    /* The bytes of all margins, the run's own included: with those that are not
     * needed after it (Before), or without them (After). */
    uint64_t BytesBefore(size_t i) const
    {
        return (begun_[i] - (i > 0 ? ended_[i - 1] : 0)) * px_bytes_;
    }
    uint64_t BytesAfter(size_t i) const
    {
        return (begun_[i] - ended_[i]) * px_bytes_;
    }

  private:
    struct Box {
        CopySpan x, y;

        uint64_t Px() const
        {
            return static_cast<uint64_t>(std::max(x.end - x.begin, 0)) *
                   static_cast<uint64_t>(std::max(y.end - y.begin, 0));
        }
    };

    static Box Grown(const CopyRun &run, const struct rt_copy_shape &shape)
    {
        if (run.out_x.begin >= run.out_x.end ||
            run.out_y.begin >= run.out_y.end)
            return {{0, 0}, {0, 0}};
        return {Grown(run.out_x, shape.halo_px, shape.w_px),
                Grown(run.out_y, shape.halo_px, shape.h_px)};
    }

    static CopySpan Grown(CopySpan px, int64_t halo_px, int64_t size_px)
    {
        return {
            static_cast<int32_t>(std::max<int64_t>(px.begin - halo_px, 0)),
            static_cast<int32_t>(std::min<int64_t>(px.end + halo_px, size_px))};
    }

    static Box Common(const Box &a, const Box &b)
    {
        return {{std::max(a.x.begin, b.x.begin), std::min(a.x.end, b.x.end)},
                {std::max(a.y.begin, b.y.begin), std::min(a.y.end, b.y.end)}};
    }

    /* A margin: the smallest box around all parts added so far. */
    struct Margin {
        Box box = {{0, 0}, {0, 0}};
        size_t last = 0;

        void Add(const Box &part, size_t user)
        {
            if (box.Px() == 0)
                box = part;
            box = {{std::min(box.x.begin, part.x.begin),
                    std::max(box.x.end, part.x.end)},
                   {std::min(box.y.begin, part.y.begin),
                    std::max(box.y.end, part.y.end)}};
            last = user;
        }
    };

    void Keep(size_t i)
    {
        Margin right, below;

        found_px_[i] += Common(inputs_[i], supports_[i]).Px();
        for (size_t j = i + 1; j < inputs_.size(); j++) {
            const Box part = Common(inputs_[i], supports_[j]);

            if (part.Px() == 0)
                continue;
            found_px_[j] += part.Px();
            (inputs_[j].y.begin == inputs_[i].y.begin ? right : below)
                .Add(part, j);
        }
        for (const Margin &margin : {right, below}) {
            begun_[i] += margin.box.Px();
            ended_[margin.last] += margin.box.Px();
        }
    }

    bool focal_ = false;
    uint64_t px_bytes_ = 0;
    std::vector<Box> inputs_, supports_;
    std::vector<uint64_t> found_px_;      /* of the pixels that a run reads */
    std::vector<uint64_t> begun_, ended_; /* running sums of margins, in
                                           * pixels */
};

#endif
