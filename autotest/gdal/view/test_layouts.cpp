/* test_layouts.cpp - buffers of any layout, filled from the cache and from
 * decoding. */
#include "helper.h"

namespace
{

struct Layout {
    std::vector<int> anBands;
    GDALDataType eType;
    GSpacing nPixel, nLine, nBand; /* bytes */
};

constexpr int X = 29, Y = 17, W = 67, H = 53;
constexpr size_t MIDDLE = 1 << 19;

/* A buffer of guard bytes with a window read into its middle. */
std::vector<GByte> Read(GDALDataset *poDS, const Layout &oLayout)
{
    std::vector<GByte> abyBuffer(2 * MIDDLE, 0xA5);
    std::vector<int> anBands = oLayout.anBands;

    EXPECT_EQ(poDS->RasterIO(GF_Read, X, Y, W, H, abyBuffer.data() + MIDDLE, W,
                             H, oLayout.eType, static_cast<int>(anBands.size()),
                             anBands.data(), oLayout.nPixel, oLayout.nLine,
                             oLayout.nBand, nullptr),
              CE_None);
    return abyBuffer;
}

/* Spacings of pixels of nBytes and nBands bands: interleaved by pixel, by line
 * and by band, with gaps, and backwards. */
std::vector<Layout> Layouts(const std::vector<int> &anBands, GDALDataType eType)
{
    const GSpacing nBands = static_cast<GSpacing>(anBands.size());
    const GSpacing n = GDALGetDataTypeSizeBytes(eType);

    return {{anBands, eType, nBands * n, nBands * n * W, n},
            {anBands, eType, nBands * n, nBands * n * W + 5, n},
            {anBands, eType, nBands * n, -(nBands * n * W), n},
            {anBands, eType, nBands * n, nBands * n * W, -n},
            {anBands, eType, -(nBands * n), nBands * n * W, n},
            {anBands, eType, nBands * n + 1, (nBands * n + 1) * W, n},
            {anBands, eType, n, n * W, n * W * H},
            {anBands, eType, n, n * W * nBands, n * W},
            {anBands, eType, n, n * W + 3, n * (W + 3) * H},
            {anBands, eType, -n, n * W, n * W * H},
            {anBands, eType, n, -(n * W), n * W * H}};
}

class BufferLayouts
    : public ::testing::TestWithParam<std::tuple<GDALDataType, const char *>>
{
};

} // namespace

TEST_P(BufferLayouts, AreFilledAsByTheSource)
{
    const std::string osPath = NewFolder() + "/s.tif";
    Recipe oRecipe;

    oRecipe.nWidth = 131;
    oRecipe.nHeight = 90;
    oRecipe.nBands = 5;
    oRecipe.eType = std::get<0>(GetParam());
    oRecipe.aosCreation = {std::string("INTERLEAVE=") +
                           std::get<1>(GetParam())};
    WriteTiff(osPath, oRecipe);
    const auto poPlain = Open(osPath);
    for (const std::vector<int> &anBands : {std::vector<int>{1},
                                            {2, 1},
                                            {1, 2, 3},
                                            {5, 1, 3},
                                            {4, 3, 2, 1},
                                            {1, 2, 3, 4, 5},
                                            {1, 1, 2}})
        for (const GDALDataType eType :
             {GDT_Byte, oRecipe.eType, GDT_Float32, GDT_CInt16})
            for (const Layout &oLayout : Layouts(anBands, eType)) {
                if (IsLeftOut(13))
                    continue;
                const auto poView =
                    Open("RETILE:" + osPath,
                         {"BLOCKXSIZE=64", "BLOCKYSIZE=64", "CACHE=PRIVATE"});
                const std::vector<GByte> abyPlain =
                    Read(poPlain.get(), oLayout);
                ASSERT_EQ(Read(poView.get(), oLayout), abyPlain);
                const double dfMisses = Statistic(poView.get(), "CACHE_MISSES");
                ASSERT_EQ(Read(poView.get(), oLayout), abyPlain);
                ASSERT_EQ(Statistic(poView.get(), "CACHE_MISSES"), dfMisses);
            }
}

INSTANTIATE_TEST_SUITE_P(
    Types, BufferLayouts,
    ::testing::Combine(::testing::Values(GDT_Byte, GDT_UInt16, GDT_Float64,
                                         GDT_CFloat64),
                       ::testing::Values("PIXEL", "BAND")));

/* Masks of nodata in bytes into buffers with gaps, which GDAL 3.10 confuses. */
TEST(MaskLayouts, OfNodataAreRightInBuffersWithGaps)
{
    const std::string osPath = NewFolder() + "/nodata.tif";
    auto poTiff = MakeTiff(osPath, {97, 61, 1, GDT_Byte, {}});
    poTiff->GetRasterBand(1)->SetNoDataValue(7);
    std::vector<GByte> abyExpected = ReadBand(poTiff->GetRasterBand(1));
    for (GByte &byPixel : abyExpected)
        byPixel = byPixel % 8 == 7 ? 7 : byPixel;
    EXPECT_EQ(poTiff->GetRasterBand(1)->RasterIO(GF_Write, 0, 0, 97, 61,
                                                 abyExpected.data(), 97, 61,
                                                 GDT_Byte, 0, 0, nullptr),
              CE_None);
    poTiff.reset();
    for (GByte &byPixel : abyExpected)
        byPixel = byPixel == 7 ? 0 : 255;
    for (const char *pszCache : {"CACHE=NONE", "CACHE=PRIVATE"})
        for (const char *pszPad : {"PAD_EDGES=NO", "PAD_EDGES=YES"}) {
            SCOPED_TRACE(std::string(pszCache) + " " + pszPad);
            auto poView =
                Open("RETILE:" + osPath,
                     {"BLOCKXSIZE=64", "BLOCKYSIZE=16", pszCache, pszPad});
            GDALRasterBand *poMask = poView->GetRasterBand(1)->GetMaskBand();
            std::vector<GByte> abyGaps(61 * 300), abyGot;
            EXPECT_TRUE(ReadByBlocks(poMask, 0, 0, 97, 61) == abyExpected);
            EXPECT_EQ(poMask->RasterIO(GF_Read, 0, 0, 97, 61, abyGaps.data(),
                                       97, 61, GDT_Byte, 3, 300, nullptr),
                      CE_None);
            for (size_t i = 0; i < abyExpected.size(); i++)
                abyGot.push_back(abyGaps[i / 97 * 300 + i % 97 * 3]);
            EXPECT_TRUE(abyGot == abyExpected);
        }
}
