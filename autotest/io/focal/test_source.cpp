/* test_source.cpp - an operator's result as a source for the core. */
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "helper.h"

#include "gdal_utils.h"
#include "io/focal/source.h"

namespace
{

constexpr int WIDTH = 150, HEIGHT = 110;

/* Makes a file with noise and holes. */
std::string MakeDem(const std::string &osFolder)
{
    const std::string osPath = osFolder + "/dem.tif";
    GDALDatasetUniquePtr poDS(
        GDALDriver::FromHandle(GDALGetDriverByName("GTiff"))
            ->Create(osPath.c_str(), WIDTH, HEIGHT, 1, GDT_Int16, nullptr));
    std::mt19937 oRandom(4);
    std::vector<int16_t> anPixels(size_t{WIDTH} * HEIGHT);

    for (int16_t &nPixel : anPixels)
        nPixel = static_cast<int16_t>(oRandom() % 200);
    for (size_t i = 0; i < anPixels.size(); i += 97)
        anPixels[i] = -1;
    EXPECT_EQ(poDS->GetRasterBand(1)->SetNoDataValue(-1), CE_None);
    EXPECT_EQ(poDS->GetRasterBand(1)->RasterIO(GF_Write, 0, 0, WIDTH, HEIGHT,
                                               anPixels.data(), WIDTH, HEIGHT,
                                               GDT_Int16, 0, 0, nullptr),
              CE_None);
    return osPath;
}

/* gdaldem's slope of the whole file. */
std::vector<float> Slope(const std::string &osPath)
{
    const char *apszFormat[] = {"-of", "MEM", "-compute_edges", nullptr};
    GDALDEMProcessingOptions *psOptions =
        GDALDEMProcessingOptionsNew(const_cast<char **>(apszFormat), nullptr);
    GDALDatasetUniquePtr poDS(GDALDataset::Open(osPath.c_str()));
    GDALDatasetUniquePtr poResult(GDALDataset::FromHandle(
        GDALDEMProcessing("", GDALDataset::ToHandle(poDS.get()), "slope",
                          nullptr, psOptions, nullptr)));
    std::vector<float> afPixels(size_t{WIDTH} * HEIGHT);

    GDALDEMProcessingOptionsFree(psOptions);
    EXPECT_EQ(poResult->GetRasterBand(1)->RasterIO(
                  GF_Read, 0, 0, WIDTH, HEIGHT, afPixels.data(), WIDTH, HEIGHT,
                  GDT_Float32, 0, 0, nullptr),
              CE_None);
    return afPixels;
}

/* A source that is open while this exists, with its own cache. */
struct Focal {
    rt_gdal_source *poInput = nullptr;
    rt_focal_source *po = nullptr;
    rt_block_cache *poCache = rt_block_cache_create(16 << 20);
    rt_error err{};

    Focal(const std::string &osPath, const char *pszWords, int nBlockXSize,
          int nBlockYSize)
    {
        EXPECT_EQ(rt_gdal_source_open(osPath.c_str(), nullptr, &poInput, &err),
                  RT_OK);
        EXPECT_EQ(rt_focal_source_open(poInput, pszWords, nBlockXSize,
                                       nBlockYSize, &po, &err),
                  RT_OK)
            << err.text;
        EXPECT_EQ(rt_focal_source_start(po, poCache, osPath.c_str(), 1,
                                        RT_SPILL_NONE, &err),
                  RT_OK)
            << err.text;
    }
    ~Focal()
    {
        rt_focal_source_close(po);
        rt_gdal_source_close(poInput);
        rt_block_cache_destroy(poCache);
    }
    Focal(const Focal &) = delete;
    Focal &operator=(const Focal &) = delete;

    const rt_source &Core() const { return *rt_focal_source_core(po); }
};

/* A window of a raster of WIDTH x HEIGHT. */
template <class T>
std::vector<T> Cut(const std::vector<T> &oWhole, const rt_window &oWindow)
{
    std::vector<T> oPart;

    for (int y = 0; y < oWindow.h_px; y++) {
        const T *pStart = oWhole.data() +
                          static_cast<ptrdiff_t>(oWindow.y_px + y) * WIDTH +
                          oWindow.x_px;
        oPart.insert(oPart.end(), pStart, pStart + oWindow.w_px);
    }
    return oPart;
}

rt_window RandomWindow(std::mt19937 &oRandom)
{
    const auto Below = [&](int n) {
        return static_cast<int32_t>(oRandom() % static_cast<unsigned>(n));
    };
    rt_window oWindow;

    oWindow.w_px = 1 + Below(WIDTH);
    oWindow.h_px = 1 + Below(HEIGHT);
    oWindow.x_px = Below(WIDTH - oWindow.w_px + 1);
    oWindow.y_px = Below(HEIGHT - oWindow.h_px + 1);
    return oWindow;
}

rt_window Grown(const rt_window &oWindow, int32_t nHalo)
{
    const int32_t nLeft = std::max(0, oWindow.x_px - nHalo);
    const int32_t nTop = std::max(0, oWindow.y_px - nHalo);

    return {nLeft, nTop,
            std::min(WIDTH, oWindow.x_px + oWindow.w_px + nHalo) - nLeft,
            std::min(HEIGHT, oWindow.y_px + oWindow.h_px + nHalo) - nTop};
}

} // namespace

TEST(FocalSource, ShowsTheResultAtTheSizeOfTheInput)
{
    const Focal oFocal(MakeDem(NewFolder()), "slope -compute_edges", 64, 64);
    const rt_source &oCore = oFocal.Core();

    EXPECT_EQ(oCore.n_layers, 2);
    EXPECT_EQ(oCore.layers[0].grid.w_px, WIDTH);
    EXPECT_EQ(oCore.layers[0].grid.h_px, HEIGHT);
    EXPECT_EQ(oCore.layers[0].grid.block_w_px, 64);
    EXPECT_EQ(oCore.layers[0].px_bytes[0], 4u);
    EXPECT_EQ(oCore.layers[1].px_bytes[0], 1u);
    ASSERT_NE(oCore.focal, nullptr);
    EXPECT_EQ(oCore.focal->input, rt_gdal_source_core(oFocal.poInput));
    EXPECT_EQ(oCore.focal->plane, 0);
    EXPECT_EQ(oCore.focal->halo_px, 1);
}

TEST(FocalSource, BlocksAreNeitherTinyNorHuge)
{
    const struct {
        int nAsked, nExpected;
    } aoSides[] = {{1, 64},      {7, 70},     {63, 126},        {64, 64},
                   {1024, 1024}, {1025, 512}, {2000000000, 512}};
    const std::string osDem = MakeDem(NewFolder());

    for (const auto &oSide : aoSides) {
        const Focal oFocal(osDem, "TPI", oSide.nAsked, oSide.nAsked);
        int32_t nWidth = 0, nHeight = 0;

        rt_focal_source_grid(oFocal.po, &nWidth, &nHeight);
        EXPECT_EQ(nWidth, oSide.nExpected);
        EXPECT_EQ(nHeight, oSide.nExpected);
        EXPECT_EQ(oFocal.Core().layers[0].grid.block_w_px,
                  std::min(oSide.nExpected, WIDTH));
    }
}

TEST(FocalSource, AColorReliefLooksAtNoNeighbours)
{
    const std::string osFolder = NewFolder();
    const std::string osColors = osFolder + "/c.txt";
    VSILFILE *fp = VSIFOpenL(osColors.c_str(), "wb");

    ASSERT_NE(fp, nullptr);
    VSIFWriteL("0 1 2 3\n200 9 8 7\n", 1, 18, fp);
    VSIFCloseL(fp);
    const Focal oFocal(MakeDem(osFolder),
                       ("color-relief -alpha '" + osColors + "'").c_str(), 64,
                       64);
    EXPECT_EQ(oFocal.Core().focal->halo_px, 0);
    EXPECT_EQ(oFocal.Core().layers[0].n_planes, 4);
    EXPECT_TRUE(oFocal.Core().layers[0].interleaved);
}

TEST(FocalSource, ReadsAnyWindowAsGdaldemComputesTheWhole)
{
    const std::string osDem = MakeDem(NewFolder());
    const std::vector<float> afSlope = Slope(osDem);
    const Focal oFocal(osDem, "slope -compute_edges", 64, 64);
    std::mt19937 oRandom(5);
    const int32_t nPlane = 0;
    rt_error err;

    for (int i = 0; i < 50; i++) {
        const rt_window oWindow = RandomWindow(oRandom);
        std::vector<float> afRead(rt_window_area(&oWindow));
        void *pPixels = afRead.data();

        ASSERT_EQ(oFocal.Core().read(oFocal.Core().context, 0, &nPlane, 1,
                                     &oWindow, &pPixels, &err),
                  RT_OK)
            << err.text;
        ASSERT_EQ(afRead, Cut(afSlope, oWindow));
    }
    EXPECT_EQ(
        rt_stats_get(rt_focal_source_stats(oFocal.po), RT_STAT_PIXELS_DECODED),
        uint64_t{WIDTH} * HEIGHT);
}

TEST(FocalSource, TheMaskLayerIsZeroWhereTheResultIsNodata)
{
    const std::string osDem = MakeDem(NewFolder());
    const std::vector<float> afSlope = Slope(osDem);
    const Focal oFocal(osDem, "slope -compute_edges", 64, 64);
    const rt_window oAll = {0, 0, WIDTH, HEIGHT};
    std::vector<unsigned char> abyMask(size_t{WIDTH} * HEIGHT);
    void *pPixels = abyMask.data();
    const int32_t nPlane = 0;
    size_t nMasked = 0;
    rt_error err;

    ASSERT_EQ(oFocal.Core().read(oFocal.Core().context, 1, &nPlane, 1, &oAll,
                                 &pPixels, &err),
              RT_OK)
        << err.text;
    for (size_t i = 0; i < abyMask.size(); i++) {
        ASSERT_EQ(abyMask[i], afSlope[i] == -9999.0f ? 0 : 255) << i;
        nMasked += abyMask[i] == 0;
    }
    EXPECT_GT(nMasked, 0u);
    EXPECT_LT(nMasked, abyMask.size());
}

TEST(FocalSource, AppliesItsOperatorToPixelsThatOthersDecoded)
{
    const std::string osDem = MakeDem(NewFolder());
    const std::vector<float> afSlope = Slope(osDem);
    const Focal oFocal(osDem, "slope -compute_edges", 64, 64);
    const rt_focal &oOperator = *oFocal.Core().focal;
    GDALDatasetUniquePtr poDem(GDALDataset::Open(osDem.c_str()));
    std::mt19937 oRandom(6);
    rt_error err;

    for (int i = 0; i < 50; i++) {
        const rt_window oWindow = RandomWindow(oRandom);
        const rt_window oInput = Grown(oWindow, oOperator.halo_px);
        std::vector<int16_t> anInput(rt_window_area(&oInput));
        std::vector<float> afOutput(rt_window_area(&oWindow));
        void *pPixels = afOutput.data();

        ASSERT_EQ(poDem->GetRasterBand(1)->RasterIO(
                      GF_Read, oInput.x_px, oInput.y_px, oInput.w_px,
                      oInput.h_px, anInput.data(), oInput.w_px, oInput.h_px,
                      GDT_Int16, 0, 0, nullptr),
                  CE_None);
        ASSERT_EQ(oOperator.apply(oOperator.context, &oInput, anInput.data(),
                                  &oWindow, &pPixels, &err),
                  RT_OK)
            << err.text;
        ASSERT_EQ(afOutput, Cut(afSlope, oWindow));
    }
}

TEST(FocalSource, NothingStaysReservedOrInMemoryFiles)
{
    const std::string osDem = MakeDem(NewFolder());
    rt_cache_counters oCount;
    {
        const Focal oFocal(osDem, "slope", 64, 64);
        const rt_window oWindow = {0, 0, 64, 64};
        std::vector<float> afRead(64 * 64);
        void *pPixels = afRead.data();
        const int32_t nPlane = 0;
        rt_error err;

        ASSERT_EQ(oFocal.Core().read(oFocal.Core().context, 0, &nPlane, 1,
                                     &oWindow, &pPixels, &err),
                  RT_OK);
        rt_block_cache_count(oFocal.poCache, &oCount);
        EXPECT_EQ(oCount.used_bytes, oCount.resident_bytes);
        EXPECT_GE(oCount.peak_bytes, oCount.resident_bytes + 65 * 65 * 6);
    }
    const CPLStringList aosLeft(VSIReadDir("/vsimem/"));
    for (int i = 0; i < aosLeft.size(); i++)
        EXPECT_EQ(std::string(aosLeft[i]).find(".retile_"), std::string::npos)
            << aosLeft[i];
}
