// Encoded bytes of a source, kept in the block cache.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "core/cache/encoded_cache.h"
#include "spill_rig.h"

namespace
{

constexpr uint64_t kUnit = 8192; // bytes

// A source whose units hold their number in every byte. It counts how often
// each unit was fetched.
struct Source {
    std::array<std::atomic<int>, 64> loads{};
    std::atomic<int> calls{0};
    std::atomic<bool> fails{false};
    int pause_ms = 0;

    static void Load(void *context, struct rt_encoded_unit *units,
                     int32_t n_units)
    {
        auto *source = static_cast<Source *>(context);

        source->calls++;
        std::this_thread::sleep_for(
            std::chrono::milliseconds(source->pause_ms));
        for (int32_t i = 0; i < n_units; i++)
            if (units[i].wanted) {
                source->loads[static_cast<size_t>(units[i].number)]++;
                std::memset(rt_block_pixels(units[i].block), units[i].number,
                            units[i].n_bytes);
                units[i].loaded = !source->fails;
            }
    }
    struct rt_byte_loader Loader() { return {&Source::Load, this}; }
    int Loads() const
    {
        int n = 0;

        for (const std::atomic<int> &load : loads)
            n += load;
        return n;
    }
};

class EncodedCache : public SpillRig
{
  protected:
    EncodedCache() : bytes_(rt_identity_intern("the bytes of a raster"))
    {
        Keep(RT_SPILL_NONE);
    }
    ~EncodedCache() override
    {
        rt_encoded_cache_destroy(kept_);
        rt_identity_unref(bytes_);
    }
    void Keep(enum rt_spill spill)
    {
        rt_encoded_cache_destroy(kept_);
        kept_ = rt_encoded_cache_create(cache_, bytes_, spill);
        ASSERT_NE(kept_, nullptr);
    }

    static std::vector<struct rt_encoded_unit>
    Units(const std::vector<int32_t> &numbers)
    {
        std::vector<struct rt_encoded_unit> units;

        for (const int32_t number : numbers)
            units.push_back({number, kUnit, nullptr, false, false});
        return units;
    }
    // Returns how many of them are there with the right content.
    int Take(const std::vector<int32_t> &numbers)
    {
        std::vector<struct rt_encoded_unit> units = Units(numbers);
        const auto n = static_cast<int32_t>(units.size());
        const struct rt_byte_loader loader = source_.Loader();
        int right = 0;

        rt_encoded_cache_take(kept_, units.data(), n, &loader);
        for (const struct rt_encoded_unit &unit : units)
            right += unit.block != nullptr && Holds(unit);
        rt_encoded_cache_give_back(kept_, units.data(), n);
        return right;
    }
    static bool Holds(const struct rt_encoded_unit &unit)
    {
        const auto *bytes =
            static_cast<const unsigned char *>(rt_block_pixels(unit.block));

        for (uint64_t i = 0; i < unit.n_bytes; i++)
            if (bytes[i] != unit.number)
                return false;
        return true;
    }
    // Reserves almost the whole budget, as a large read does.
    void ReadLarge(enum rt_reserve how = RT_RESERVE_WAIT)
    {
        const uint64_t bytes = kLimit - kUnit;

        ASSERT_TRUE(rt_block_cache_reserve(cache_, bytes, how));
        rt_block_cache_release(cache_, bytes);
    }
    // Fills the cache with four times the limit of pixels that are not read
    // again.
    void Flood()
    {
        for (int32_t col = 0; col < 64; col++)
            ASSERT_TRUE(PutLarge(col, RT_SPILL_NONE));
    }

    struct rt_identity *bytes_;
    struct rt_encoded_cache *kept_ = nullptr;
    Source source_;
};

TEST_F(EncodedCache, AreFetchedOnceAndThoseMissingInOneCall)
{
    EXPECT_EQ(Take({3}), 1);
    EXPECT_EQ(Take({1, 3, 5}), 3);
    EXPECT_EQ(source_.calls, 2);
    EXPECT_EQ(Take({1, 3, 5}), 3);
    EXPECT_EQ(source_.calls, 2);
    EXPECT_EQ(source_.Loads(), 3);
}

TEST_F(EncodedCache, AreNotTakenForPixelsOfTheSameColumn)
{
    ASSERT_TRUE(Put(2));
    EXPECT_EQ(Take({2}), 1);
    EXPECT_EQ(source_.Loads(), 1);
    Drop(2);
    EXPECT_EQ(Take({2}), 1);
    EXPECT_EQ(source_.Loads(), 1);
}

TEST_F(EncodedCache, CountAsResident)
{
    const uint64_t before = Counters().resident_bytes;

    EXPECT_EQ(Take({1, 2}), 2);
    EXPECT_GE(Counters().resident_bytes, before + 2 * kUnit);
    EXPECT_EQ(Counters().used_bytes, Counters().resident_bytes);
    EXPECT_FALSE(rt_block_cache_has_pieces(cache_));
}

TEST_F(EncodedCache, AreNotKeptIfFetchingFailed)
{
    source_.fails = true;
    EXPECT_EQ(Take({1, 2}), 0);
    EXPECT_EQ(Counters().used_bytes, 0u);
    source_.fails = false;
    EXPECT_EQ(Take({1, 2}), 2);
    EXPECT_EQ(source_.Loads(), 4);
}

TEST_F(EncodedCache, AreFetchedAgainOnceTheyWereDropped)
{
    EXPECT_EQ(Take({1, 2}), 2);
    rt_encoded_cache_drop(kept_, 2);
    EXPECT_EQ(Take({1, 2}), 2);
    EXPECT_EQ(source_.loads[1], 1);
    EXPECT_EQ(source_.loads[2], 2);
}

TEST_F(EncodedCache, FitWhileTheyTakeAQuarterOfTheBudget)
{
    std::vector<struct rt_encoded_unit> units = Units({0, 1, 2, 3, 4, 5});

    // The limit is sixteen units, so three units and their bookkeeping fit in a
    // quarter.
    EXPECT_EQ(rt_encoded_cache_fit(kept_, units.data(), 6), 3);
    EXPECT_EQ(rt_encoded_cache_fit(kept_, units.data(), 2), 2);
    units[0].n_bytes = kLimit / 4;
    EXPECT_EQ(rt_encoded_cache_fit(kept_, units.data(), 6), 0);
    units[0].n_bytes = UINT64_MAX / 2;
    EXPECT_EQ(rt_encoded_cache_fit(kept_, units.data(), 6), 0);
}

TEST_F(EncodedCache, StayWhilePixelsComeAndGo)
{
    const std::vector<int32_t> numbers = {0, 1, 2, 3, 4, 5, 6};

    EXPECT_EQ(Take(numbers), 7);
    Flood();
    EXPECT_EQ(Take(numbers), 7);
    EXPECT_EQ(source_.Loads(), 7);
    EXPECT_TRUE(Has(63));
}

TEST_F(EncodedCache, GiveWhatIsMoreThanHalfOfTheLimitFirst)
{
    for (int32_t number = 0; number < 14; number++)
        EXPECT_EQ(Take({number}), 1);
    Flood();
    // Seven of sixteen units and their bookkeeping take at most half of the
    // limit.
    for (int32_t number = 13; number > 6; number--)
        EXPECT_EQ(Take({number}), 1);
    EXPECT_EQ(source_.Loads(), 14);
    EXPECT_EQ(Take({6}), 1);
    EXPECT_EQ(source_.loads[6], 2);
}

TEST_F(EncodedCache, ThatAreTakenAgainStayLonger)
{
    for (int32_t number = 0; number < 14; number++) {
        EXPECT_EQ(Take({number}), 1);
        EXPECT_EQ(Take({0}), 1);
    }
    Flood();
    EXPECT_EQ(Take({0}), 1);
    EXPECT_EQ(source_.loads[0], 1);
    EXPECT_EQ(Take({1}), 1);
    EXPECT_EQ(source_.loads[1], 2);
}

TEST_F(EncodedCache, GoForWhatMustBeHeldToRead)
{
    EXPECT_EQ(Take({0, 1, 2, 3}), 4);
    ASSERT_TRUE(PutLarge(1, RT_SPILL_NONE));
    ReadLarge();
    EXPECT_EQ(Take({0, 1, 2, 3}), 4);
    EXPECT_GT(source_.Loads(), 4);
}

TEST_F(EncodedCache, DoNotGoForWhatMayBeDoneWithout)
{
    const uint64_t bytes = kLimit - 2 * kUnit;

    EXPECT_EQ(Take({0, 1, 2, 3}), 4);
    EXPECT_FALSE(rt_block_cache_reserve(cache_, bytes, RT_RESERVE_TRY));
    EXPECT_EQ(Create(Key(1), bytes), nullptr);
    EXPECT_EQ(Take({0, 1, 2, 3}), 4);
    EXPECT_EQ(source_.Loads(), 4);
}

TEST_F(EncodedCache, DoNotGoWhileAnotherReaderCanBeWaitedFor)
{
    static constexpr uint64_t bytes = kLimit / 2;
    std::thread reader;

    EXPECT_EQ(Take({0, 1, 2}), 3);
    ASSERT_TRUE(rt_block_cache_reserve(cache_, bytes, RT_RESERVE_WAIT));
    reader = std::thread([this] {
        EXPECT_TRUE(rt_block_cache_reserve(cache_, bytes, RT_RESERVE_WAIT));
        rt_block_cache_release(cache_, bytes);
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    rt_block_cache_release(cache_, bytes);
    reader.join();
    EXPECT_EQ(Take({0, 1, 2}), 3);
    EXPECT_EQ(source_.Loads(), 3);
}

TEST_F(EncodedCache, AreNotFetchedIfThereIsNoRoomForThem)
{
    ASSERT_TRUE(rt_block_cache_reserve(cache_, kLimit, RT_RESERVE_TRY));
    EXPECT_EQ(Take({0, 1}), 0);
    EXPECT_EQ(source_.calls, 0);
    rt_block_cache_release(cache_, kLimit);
}

TEST_F(EncodedCache, ComeBackFromDisk)
{
    UseFolder();
    Keep(RT_SPILL_DISK);
    EXPECT_EQ(Take({0, 1, 2}), 3);
    ReadLarge();
    EXPECT_GT(Counters().spill_bytes, 0u);
    EXPECT_EQ(Take({0, 1, 2}), 3);
    EXPECT_EQ(source_.Loads(), 3);
    Flood();
    EXPECT_EQ(Take({0, 1, 2}), 3);
    EXPECT_EQ(source_.Loads(), 3);
}

TEST_F(EncodedCache, AreNotCompressedInMemory)
{
    Keep(RT_SPILL_MEMORY);
    EXPECT_EQ(Take({0, 1, 2}), 3);
    ReadLarge();
    EXPECT_EQ(Counters().spill_writes, 0u);
}

// Eight threads repeatedly want some of the same eight units.
class EncodedCacheThreads : public EncodedCache
{
  protected:
    // Returns how often the bytes were there and right.
    int Hammer(int rounds)
    {
        std::atomic<int> right{0};
        std::vector<std::thread> threads;

        for (uint32_t i = 0; i < 8; i++)
            threads.emplace_back([this, i, rounds, &right] {
                std::minstd_rand random(i + 1);

                for (int round = 0; round < rounds; round++)
                    right += Take(Some(static_cast<uint32_t>(random())));
            });
        for (std::thread &thread : threads)
            thread.join();
        return right;
    }
    // Two or three of the units, in order of rising numbers.
    static std::vector<int32_t> Some(uint32_t choice)
    {
        const auto first = static_cast<int32_t>(choice % 6);

        return choice / 8 % 2 == 0
                   ? std::vector<int32_t>{first, first + 2}
                   : std::vector<int32_t>{first, first + 1, first + 2};
    }
};

TEST_F(EncodedCacheThreads, FetchEachUnitOnceUntilItIsDropped)
{
    rt_block_cache_set_limit(cache_, 8 * kLimit);
    for (int time = 1; time <= 60; time++) {
        source_.pause_ms = time % 4 == 0 ? 2 : 0;
        EXPECT_GE(Hammer(10), 8 * 10 * 2);
        for (int32_t number = 0; number < 8; number++) {
            EXPECT_EQ(source_.loads[static_cast<size_t>(number)], time);
            rt_encoded_cache_drop(kept_, number);
        }
    }
}

TEST_F(EncodedCacheThreads, SeeRightBytesOrNoneIfTheyDoNotFit)
{
    rt_block_cache_set_limit(cache_, 5 * kUnit);
    EXPECT_GT(Hammer(300), 0);
    EXPECT_EQ(Counters().used_bytes, Counters().resident_bytes);
    EXPECT_LE(Counters().peak_bytes, 5 * kUnit);
    EXPECT_GT(source_.Loads(), 8);
}

TEST_F(EncodedCacheThreads, GoOnIfFetchingFails)
{
    source_.fails = true;
    EXPECT_EQ(Hammer(20), 0);
    EXPECT_EQ(Counters().used_bytes, 0u);
    source_.fails = false;
    EXPECT_EQ(Take({0, 1}), 2);
}

} // namespace
