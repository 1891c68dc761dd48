/* test_resampled.cpp - GDAL's generic code gives the same result over a view,
 * also for overviews and masks of uncommon kinds. */
#include "core/base/grid.h"
#include "helper.h"

class Resampled : public ::testing::Test
{
  protected:
    void SetUp() override { m_osPath = NewFolder() + "/s.tif"; }

    void Make(int nWidth, int nHeight, int nBands, const Options &aosCreation)
    {
        Recipe oRecipe;

        oRecipe.nWidth = nWidth;
        oRecipe.nHeight = nHeight;
        oRecipe.nBands = nBands;
        oRecipe.aosCreation = aosCreation;
        WriteTiff(m_osPath, oRecipe);
    }

    void AddOverviews(GDALAccess eAccess, std::vector<int> anFactors)
    {
        GDALDatasetUniquePtr poDS(
            GDALDataset::FromHandle(GDALOpen(m_osPath.c_str(), eAccess)));
        ASSERT_EQ(poDS->BuildOverviews(
                      "NEAREST", static_cast<int>(anFactors.size()),
                      anFactors.data(), 0, nullptr, nullptr, nullptr),
                  CE_None);
    }

    /* All bands of a window, reduced, as floats. */
    std::vector<float> Read(const std::string &osName, const rt_window &oWindow,
                            int nW, int nH, GDALRIOResampleAlg eAlg)
    {
        const auto poDS = Open(osName);
        std::vector<float> afPixels(
            static_cast<size_t>(nW * nH * (poDS ? poDS->GetRasterCount() : 0)));
        GDALRasterIOExtraArg sExtra;

        INIT_RASTERIO_EXTRA_ARG(sExtra);
        sExtra.eResampleAlg = eAlg;
        EXPECT_EQ(poDS->RasterIO(GF_Read, oWindow.x_px, oWindow.y_px,
                                 oWindow.w_px, oWindow.h_px, afPixels.data(),
                                 nW, nH, GDT_Float32, poDS->GetRasterCount(),
                                 nullptr, 0, 0, 0, &sExtra),
                  CE_None);
        return afPixels;
    }

    void ExpectSame(const rt_window &oWindow, int nW, int nH,
                    GDALRIOResampleAlg eAlg)
    {
        EXPECT_EQ(Read(m_osPath, oWindow, nW, nH, eAlg),
                  Read("RETILE:" + m_osPath, oWindow, nW, nH, eAlg));
    }

    std::string m_osPath{};
};

TEST_F(Resampled, OverviewsInAFileBesideHaveOverviewsThemselves)
{
    Make(1, 700, 1, {});
    AddOverviews(GA_ReadOnly, {2, 4});
    ExpectSame({0, 197, 1, 441}, 1, 49, GRIORA_NearestNeighbour);
    const auto poPlain = Open(m_osPath), poView = Open("RETILE:" + m_osPath);
    EXPECT_EQ(poView->GetRasterBand(1)->GetOverview(0)->GetOverviewCount(),
              poPlain->GetRasterBand(1)->GetOverview(0)->GetOverviewCount());
}

TEST_F(Resampled, BandsShareAMaskObjectIfTheSourcesBandsDo)
{
    const Config oBeside("GDAL_TIFF_INTERNAL_MASK", "NO");

    Make(200, 200, 2, {"INTERLEAVE=BAND"});
    {
        GDALDatasetUniquePtr poDS(
            GDALDataset::FromHandle(GDALOpen(m_osPath.c_str(), GA_Update)));
        std::mt19937 oRandom(9);
        std::vector<GByte> abyMask(200 * 200);
        for (GByte &nMask : abyMask)
            nMask = oRandom() % 2 == 0 ? 0 : 255;
        ASSERT_EQ(poDS->CreateMaskBand(GMF_PER_DATASET), CE_None);
        ASSERT_EQ(poDS->GetRasterBand(1)->GetMaskBand()->RasterIO(
                      GF_Write, 0, 0, 200, 200, abyMask.data(), 200, 200,
                      GDT_Byte, 0, 0, nullptr),
                  CE_None);
    }
    AddOverviews(GA_Update, {2});
    ExpectSame({10, 10, 100, 100}, 30, 30, GRIORA_Bilinear);
    ExpectSame({10, 10, 100, 100}, 30, 30, GRIORA_Cubic);
}
