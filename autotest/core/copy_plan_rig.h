/* copy_plan_rig.h - describes a source in a few words, makes a plan for it and
 * checks the plan. */
#ifndef RETILE_TEST_COPY_PLAN_RIG_H
#define RETILE_TEST_COPY_PLAN_RIG_H

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "copy_check.h"
#include "core/plan/plan.h"

/* A copy of RGB bytes into tiles of 512 x 512: 0.75 MB each. */
class CopyPlanRig : public testing::Test
{
  protected:
    static constexpr uint64_t kMB = 1048576;
    static constexpr uint64_t kNoEnd = UINT64_C(1) << 50;

    CopyPlanRig()
    {
        shape_.tile_w_px = shape_.tile_h_px = 512;
        shape_.access = RT_ACCESS_RANDOM;
        shape_.parallel = true;
        shape_.px_bytes = 3;
        limits_.budget_bytes = kNoEnd;
        limits_.max_workers = 2;
        limits_.encode_bytes = kMB;
    }

    void SetSource(int32_t w_px, int32_t h_px, int32_t source_block_w_px,
                   int32_t source_block_h_px)
    {
        shape_.w_px = w_px;
        shape_.h_px = h_px;
        shape_.source_block_w_px = source_block_w_px;
        shape_.source_block_h_px = source_block_h_px;
    }
    void SetStrips(int32_t w_px, int32_t h_px, int32_t strip_h_px)
    {
        SetSource(w_px, h_px, w_px, strip_h_px);
        shape_.access = RT_ACCESS_ROWS;
    }

    enum rt_status Status()
    {
        err_ = {};
        return rt_copy_plan_make(&shape_, &limits_, &plan_, &least_bytes_,
                                 &err_);
    }

    // Expects that a plan is found and that carrying it out shows no fault.
    void Make()
    {
        CopySimulator simulator(shape_, limits_);

        ASSERT_EQ(Status(), RT_OK) << err_.text;
        const char *wrong = CheckPlan(plan_, limits_, &simulator);
        ASSERT_EQ(wrong, nullptr) << wrong << ": " << Text();
    }

    void ExpectDecodedOnce() const
    {
        EXPECT_FALSE(plan_.segmented);
        EXPECT_EQ(plan_.decoded_px, static_cast<uint64_t>(shape_.w_px) *
                                        static_cast<uint64_t>(shape_.h_px));
    }

    std::string Text() const
    {
        char text[1024];

        rt_copy_plan_describe(&plan_, text, sizeof(text));
        return text;
    }
    bool TextHas(const char *part) const
    {
        return Text().find(part) != std::string::npos;
    }
    bool MessageHas(const std::string &part) const
    {
        return std::string(err_.text).find(part) != std::string::npos;
    }

    // Expects that the minimum in the error message is enough, and that one
    // byte less is not.
    void ExpectTheLeastIsTheLeast()
    {
        ASSERT_EQ(Status(), RT_ERR_ARGUMENT);
        const uint64_t least_bytes = least_bytes_;

        EXPECT_TRUE(MessageHas("at least MEMORY_MAX=" +
                               std::to_string(least_bytes / kMB + 1) + "MB"))
            << err_.text;
        limits_.budget_bytes = least_bytes - 1;
        EXPECT_EQ(Status(), RT_ERR_ARGUMENT);
        EXPECT_EQ(least_bytes_, least_bytes);
        limits_.budget_bytes = least_bytes;
        Make();
        EXPECT_EQ(plan_.peak_bytes, least_bytes);
    }

    struct rt_copy_shape shape_ = {};
    struct rt_copy_limits limits_ = {};
    struct rt_copy_plan plan_ = {};
    uint64_t least_bytes_ = 0;
    struct rt_error err_ = {};
};

#endif
