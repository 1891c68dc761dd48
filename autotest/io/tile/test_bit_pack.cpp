/* test_bit_pack.cpp - samples of fewer bits than their type has. */
#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "io/dataset/gdal_versions.h"
#include "io/tile/bit_pack.h"

namespace
{
template <class T> void ExpectPacked(uint32_t nBits)
{
    std::mt19937_64 oRandom(nBits);
    std::vector<T> anValues(77);
    const uint64_t nMost = (UINT64_C(1) << nBits) - 1;

    for (T &nValue : anValues)
        nValue = static_cast<T>(oRandom());
    std::vector<T> anRow = anValues;
    auto *pabyRow = reinterpret_cast<uint8_t *>(anRow.data());

    EXPECT_TRUE(
        rt_pack_bits(anRow.data(), anRow.size(), sizeof(T), nBits, pabyRow));
    for (size_t i = 0; i < anValues.size(); i++) {
        uint64_t nValue = 0;

        for (size_t nBit = i * nBits; nBit < (i + 1) * nBits; nBit++)
            nValue = nValue << 1 | (pabyRow[nBit / 8] >> (7 - nBit % 8) & 1U);
        ASSERT_EQ(nValue, std::min<uint64_t>(anValues[i], nMost))
            << nBits << " bits, value " << i;
    }
}

uint16_t Half(float fValue, bool *pbTooGreat = nullptr)
{
    uint16_t nHalf = 0;
    const bool bTooGreat = rt_pack_halves(&fValue, 1, &nHalf);

    if (pbTooGreat != nullptr)
        *pbTooGreat = bTooGreat;
    return nHalf;
}
} // namespace

TEST(BitPack, PacksInPlaceAndClamps)
{
    for (uint32_t nBits = 1; nBits < 8; nBits++)
        ExpectPacked<uint8_t>(nBits);
    for (uint32_t nBits = 9; nBits < 16; nBits++)
        ExpectPacked<uint16_t>(nBits);
    for (uint32_t nBits = 17; nBits < 32; nBits++)
        ExpectPacked<uint32_t>(nBits);
}

TEST(BitPack, ReportsNoClampingIfEverythingFits)
{
    const std::vector<uint16_t> anValues(100, 4095);
    uint8_t abyPacked[150];

    EXPECT_FALSE(rt_pack_bits(anValues.data(), 100, 2, 12, abyPacked));
}

TEST(BitPack, RoundsRowsUpToBytes)
{
    EXPECT_EQ(rt_packed_row_bytes(8, 1), 1U);
    EXPECT_EQ(rt_packed_row_bytes(9, 1), 2U);
    EXPECT_EQ(rt_packed_row_bytes(3, 12), 5U);
    EXPECT_EQ(rt_packed_row_bytes(UINT64_C(1) << 60, 12), UINT64_C(3) << 59);
}

TEST(BitPack, MakesFlagsOfWhatIsNotZero)
{
    const uint8_t abyPixels[] = {0, 1, 255, 0, 0, 7, 0, 128, 0, 9};
    uint8_t abyPacked[2];

    rt_pack_flags(abyPixels, 10, abyPacked);
    EXPECT_EQ(abyPacked[0], 0x65);
    EXPECT_EQ(abyPacked[1], 0x40);
}

/* Truncated by GDAL 3.6, rounded from 3.11 on. */
TEST(BitPack, CutsFloatsToHalves)
{
    const bool bRounds = RT_GDAL_ROUNDS_HALVES;
    bool bTooGreat = true;

    EXPECT_EQ(Half(0.0F), 0x0000);
    EXPECT_EQ(Half(-0.0F), 0x8000);
    EXPECT_EQ(Half(1.0F, &bTooGreat), 0x3C00);
    EXPECT_FALSE(bTooGreat);
    EXPECT_EQ(Half(-1.9999F), bRounds ? 0xC000 : 0xBFFF);
    EXPECT_EQ(Half(1.00048828125F), 0x3C00);
    EXPECT_EQ(Half(1.00146484375F), bRounds ? 0x3C02 : 0x3C01);
    EXPECT_EQ(Half(65519.0F), 0x7BFF);
    EXPECT_EQ(Half(65520.0F), bRounds ? 0x7C00 : 0x7BFF);
    EXPECT_EQ(Half(std::ldexp(1.5F, -25)), bRounds ? 0x0001 : 0x0000);
    EXPECT_EQ(Half(std::ldexp(1.9999F, -15)), bRounds ? 0x0400 : 0x03FF);
    EXPECT_EQ(Half(65504.0F), 0x7BFF);
    EXPECT_EQ(Half(std::ldexp(1.0F, -24)), 0x0001);
    EXPECT_EQ(Half(std::ldexp(1.0F, -25)), 0x0000);
    EXPECT_EQ(Half(std::ldexp(1.5F, -15)), 0x0300);
    EXPECT_EQ(Half(70000.0F, &bTooGreat), 0x7C00);
    EXPECT_NE(bTooGreat, bRounds);
    EXPECT_EQ(Half(-std::numeric_limits<float>::infinity(), &bTooGreat),
              0xFC00);
    EXPECT_FALSE(bTooGreat);
    EXPECT_EQ(Half(std::numeric_limits<float>::quiet_NaN()), 0x7E00);
}
