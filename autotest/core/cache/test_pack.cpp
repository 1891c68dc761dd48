// Pixels compressed in place.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "core/cache/pack.h"

namespace
{

using Bytes = std::vector<unsigned char>;

// Rows of slowly rising samples, with noise in the lowest bits.
Bytes Terrain(size_t bytes, size_t px_bytes)
{
    std::mt19937 random(7);
    Bytes pixels(bytes);

    for (size_t i = 0; i < bytes / px_bytes; i++) {
        const uint64_t value = 1000 + i / 16 + random() % 4;

        std::memcpy(&pixels[i * px_bytes], &value, px_bytes < 8 ? px_bytes : 8);
    }
    return pixels;
}

TEST(BlockPack, GivesBackWhatItTook)
{
    for (const uint32_t px_bytes : {1u, 2u, 4u, 8u, 16u, 0u})
        for (const size_t bytes :
             {size_t{5000}, size_t{65536}, size_t{65537}, size_t{300007}}) {
            const Bytes pixels = Terrain(bytes, px_bytes == 0 ? 1 : px_bytes);
            Bytes packed = pixels, back(bytes);
            std::vector<uint32_t> chunks(rt_pack_chunks(bytes));
            uint64_t packed_bytes = 0;

            ASSERT_TRUE(rt_pack(packed.data(), bytes, px_bytes, chunks.data(),
                                &packed_bytes))
                << px_bytes << " " << bytes;
            EXPECT_LE(packed_bytes, bytes / 4 * 3);
            ASSERT_TRUE(rt_unpack(packed.data(), chunks.data(), back.data(),
                                  bytes, px_bytes));
            EXPECT_EQ(back, pixels) << px_bytes << " " << bytes;
        }
}

TEST(BlockPack, MovesChunksThatDoNotShrinkDownAsTheyAre)
{
    const size_t chunk = RT_PACK_CHUNK_BYTES;
    std::mt19937 random(1);
    Bytes pixels(4 * chunk, 9), back(4 * chunk);
    std::vector<uint32_t> chunks(4);
    uint64_t packed_bytes = 0;

    for (size_t i = chunk; i < 2 * chunk; i++)
        pixels[i] = static_cast<unsigned char>(random());
    Bytes packed = pixels;

    ASSERT_TRUE(
        rt_pack(packed.data(), pixels.size(), 1, chunks.data(), &packed_bytes));
    EXPECT_EQ(chunks[1], chunk);
    EXPECT_LT(packed_bytes, chunk + 1000);
    ASSERT_TRUE(
        rt_unpack(packed.data(), chunks.data(), back.data(), back.size(), 1));
    EXPECT_EQ(back, pixels);
}

TEST(BlockPack, RefusesWhatStaysLargerThanThreeQuarters)
{
    std::mt19937 random(1);
    Bytes noise(200000);
    std::vector<uint32_t> chunks(rt_pack_chunks(noise.size()));
    uint64_t packed_bytes = 0;

    for (unsigned char &byte : noise)
        byte = static_cast<unsigned char>(random());
    EXPECT_FALSE(
        rt_pack(noise.data(), noise.size(), 1, chunks.data(), &packed_bytes));
    EXPECT_FALSE(rt_pack(noise.data(), 0, 1, chunks.data(), &packed_bytes));
}

} // namespace
