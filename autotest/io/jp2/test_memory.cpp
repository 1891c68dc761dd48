/* test_memory.cpp - the memory for decoding a JPEG 2000 file is limited by the
 * cache's limit and counted in it. */
#include "core/cache/block_cache.h"
#include "io/jp2/source.h"
#include "jp2_rig.h"

namespace
{

void PutU32(std::vector<GByte> &abyFile, size_t nAt, uint32_t nValue)
{
    for (size_t i = 0; i < 4; i++)
        abyFile[nAt + i] = static_cast<GByte>(nValue >> (24 - 8 * i));
}

/* A codestream of a few bytes that claims to have tiles of that size. */
std::string WriteTall(uint32_t nWidth, uint32_t nHeight, uint32_t nTile)
{
    const std::string osPath = NewFolder() + "/tall.j2k";
    const size_t nSizes = 8; /* after SOC, SIZ, its length and profile */
    Codestream oMake;

    oMake.nWidth = oMake.nHeight = 64;
    oMake.nTileWidth = oMake.nTileHeight = 64;
    oMake.bBoxes = false;
    EXPECT_TRUE(WriteCodestream(osPath, oMake));
    std::vector<GByte> abyFile = ReadFile(osPath);
    PutU32(abyFile, nSizes, nWidth);
    PutU32(abyFile, nSizes + 4, nHeight);
    PutU32(abyFile, nSizes + 16, nTile);
    PutU32(abyFile, nSizes + 20, nTile);
    WriteFile(osPath, abyFile);
    return osPath;
}

class Cache
{
  public:
    explicit Cache(uint64_t nLimit) : m_poCache(rt_block_cache_create(nLimit))
    {
    }
    ~Cache() { rt_block_cache_destroy(m_poCache); }
    Cache(const Cache &) = delete;
    Cache &operator=(const Cache &) = delete;

    rt_block_cache *Get() const { return m_poCache; }
    uint64_t Used() const
    {
        rt_cache_counters oCounters;
        rt_block_cache_count(m_poCache, &oCounters);
        return oCounters.used_bytes;
    }

  private:
    rt_block_cache *const m_poCache;
};

} // namespace

/* Its smallest decode takes 5 GB. GDAL's driver would fail to allocate a block;
 * it is not called here, because GDAL's cache counts such a block as used
 * forever. */
TEST(Jp2Memory, WhatTheCacheHasNoRoomForIsNotDecodedHere)
{
    const std::string osPath = WriteTall(1109, 2098808, 1000000);
    const auto poView =
        Open("RETILE:" + osPath, {"CACHE=PRIVATE", "CACHE_MAX=512MB"});

    ASSERT_NE(poView, nullptr);
    EXPECT_EQ(Item(poView.get(), "SOURCE_DECODER", "RETILE"), "GDAL");
    ExpectRefused("RETILE:" + osPath,
                  {"CACHE=PRIVATE", "CACHE_MAX=512MB", "SOURCE_DECODER=NATIVE"},
                  "MB");
}

/* Two tiles; each takes 360 MB as a whole. */
TEST(Jp2Memory, TheLimitDecidesNotTheRam)
{
    const std::string osPath = WriteTall(9000, 18000, 9000);

    for (const auto &[pszMax, pszDecoder] :
         {std::pair("64MB", "GDAL"), std::pair("1GB", "NATIVE")})
        EXPECT_EQ(
            Item(Open("RETILE:" + osPath,
                      {"CACHE=PRIVATE", std::string("CACHE_MAX=") + pszMax,
                       "OVERVIEWS=NONE"})
                     .get(),
                 "SOURCE_DECODER", "RETILE"),
            pszDecoder)
            << pszMax;
}

TEST(Jp2Memory, ADecoderThatIsKeptIsCounted)
{
    const std::string osPath = NewFolder() + "/one.jp2";
    Codestream oMake;
    oMake.nWidth = oMake.nHeight = 1100;
    ASSERT_TRUE(WriteCodestream(osPath, oMake));
    const auto poDS = Open(osPath);
    const Cache oLarge(UINT64_C(1) << 30), oSmall(UINT64_C(12) << 20);

    for (const Cache *poCache : {&oLarge, &oSmall}) {
        rt_jp2_source *poSource = nullptr;
        rt_error oError{};
        const rt_window oWindow = {0, 0, 64, 64};
        const int32_t nPlane = 0;
        std::vector<GByte> abyPixels(64 * 64);
        void *pPixels = abyPixels.data();

        ASSERT_EQ(rt_jp2_source_open(GDALDataset::ToHandle(poDS.get()),
                                     osPath.c_str(), nullptr, 1, &poSource,
                                     &oError),
                  RT_OK)
            << oError.text;
        const uint64_t nLimit =
            poCache == &oLarge ? UINT64_C(1) << 30 : UINT64_C(12) << 20;
        rt_jp2_source_set_memory(poSource, poCache->Get(), nLimit, true);
        EXPECT_EQ(poCache->Used(), 0u);
        for (int i = 0; i < 2; i++) {
            ASSERT_EQ(rt_jp2_source_read(poSource, 0, &nPlane, 1, &oWindow,
                                         &pPixels, &oError),
                      RT_OK)
                << oError.text;
            EXPECT_EQ(poCache->Used(),
                      std::min(rt_jp2_source_held_bytes(poSource),
                               nLimit - RT_CACHE_BLOCK_BYTES));
        }
        rt_jp2_source_close(poSource);
        EXPECT_EQ(poCache->Used(), 0u);
    }
}
