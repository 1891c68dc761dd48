/* test_level_choice.cpp - which level serves a reduced request. */
#include "gdal/overviews/options.h"
#include "helper.h"

TEST(LevelChoice, LeavesALevelAtItsShareOfTheWay)
{
    const double adfFactors[] = {1, 2, 4, 8};
    const auto Chosen = [&](double dfStrategy, double dfFactor) {
        return RetileChooseLevel(dfStrategy, dfFactor, adfFactors, 4);
    };

    for (const double dfStrategy : {0.0, 50.0, 100.0}) {
        EXPECT_EQ(Chosen(dfStrategy, 1), 0);
        EXPECT_EQ(Chosen(dfStrategy, 2), 1);
        EXPECT_EQ(Chosen(dfStrategy, 4.001), 2) << "rounded sizes";
        EXPECT_EQ(Chosen(dfStrategy, 3.9999), 2) << "rounded sizes";
        EXPECT_EQ(Chosen(dfStrategy, 8), 3);
        EXPECT_EQ(Chosen(dfStrategy, 100), 3);
    }
    EXPECT_EQ(Chosen(50, 2.9), 1);
    EXPECT_EQ(Chosen(50, 3.1), 2);
    EXPECT_EQ(Chosen(0, 2.1), 2);
    EXPECT_EQ(Chosen(100, 3.9), 1);
    EXPECT_EQ(Chosen(25, 2.4), 1);
    EXPECT_EQ(Chosen(25, 2.6), 2);
    EXPECT_EQ(Chosen(25, 4.9), 2);
    EXPECT_EQ(Chosen(25, 5.1), 3);
}

/* A raster of 0 with overviews of 1, 2 and 3, and masks of 255 and 0. */
static std::string MakeLevels()
{
    const std::string osPath = NewFolder() + "/levels.tif";
    const Config oInside("GDAL_TIFF_INTERNAL_MASK", "YES");
    int anFactors[] = {2, 4, 8};
    auto poDS = MakeTiff(osPath, {800, 640, 1});

    EXPECT_EQ(poDS->CreateMaskBand(GMF_PER_DATASET), CE_None);
    EXPECT_EQ(poDS->GetRasterBand(1)->GetMaskBand()->Fill(255), CE_None);
    EXPECT_EQ(poDS->BuildOverviews("NEAREST", 3, anFactors, 0, nullptr,
                                   GDALDummyProgress, nullptr),
              CE_None);
    EXPECT_EQ(poDS->GetRasterBand(1)->Fill(0), CE_None);
    for (int i = 0; i < 3; i++) {
        GDALRasterBand *poLevel = poDS->GetRasterBand(1)->GetOverview(i);
        EXPECT_EQ(poLevel->Fill(i + 1), CE_None);
        EXPECT_EQ(poLevel->GetMaskBand()->Fill(i == 1 ? 0 : 255), CE_None);
    }
    return osPath;
}

/* The level that serves a window of 600 pixels in nSide pixels. Read through
 * the dataset, the band and the mask, with and without resampling. */
static int Serving(GDALDataset *poDS, int nSide)
{
    GDALRasterBand *poBand = poDS->GetRasterBand(1);
    std::vector<GByte> abyPixels(static_cast<size_t>(nSide * nSide), 99);
    std::vector<GByte> abySecond = abyPixels;
    GDALRasterIOExtraArg sArg;

    INIT_RASTERIO_EXTRA_ARG(sArg);
    sArg.eResampleAlg = GRIORA_Bilinear;
    sArg.bFloatingPointWindowValidity = TRUE;
    sArg.dfXOff = 20.25;
    sArg.dfYOff = 12.5;
    sArg.dfXSize = sArg.dfYSize = 600;
    EXPECT_EQ(poDS->RasterIO(GF_Read, 20, 12, 600, 600, abyPixels.data(), nSide,
                             nSide, GDT_Byte, 1, nullptr, 0, 0, 0, nullptr),
              CE_None);
    EXPECT_EQ(abyPixels, std::vector<GByte>(abyPixels.size(), abyPixels[0]));
    EXPECT_EQ(poBand->RasterIO(GF_Read, 20, 12, 600, 600, abySecond.data(),
                               nSide, nSide, GDT_Byte, 0, 0, nullptr),
              CE_None);
    EXPECT_EQ(abySecond, abyPixels);
    if (abyPixels[0] != 2) { /* all masked there */
        EXPECT_EQ(poBand->RasterIO(GF_Read, 20, 12, 600, 600, abySecond.data(),
                                   nSide, nSide, GDT_Byte, 0, 0, &sArg),
                  CE_None);
        EXPECT_EQ(abySecond, abyPixels);
    }
    EXPECT_EQ(poBand->GetMaskBand()->RasterIO(GF_Read, 20, 12, 600, 600,
                                              abySecond.data(), nSide, nSide,
                                              GDT_Byte, 0, 0, nullptr),
              CE_None);
    EXPECT_EQ(abySecond, std::vector<GByte>(abyPixels.size(),
                                            abyPixels[0] == 2 ? 0 : 255));
    return abyPixels[0];
}

TEST(LevelChoice, TheLevelOfTheStrategyServes)
{
    const std::string osName = "RETILE:" + MakeLevels();
    const auto With = [&osName](const char *pszStrategy, int nSide) {
        auto poView =
            Open(osName, {std::string("ZOOM_LEVEL_STRATEGY=") + pszStrategy});
        return Serving(poView.get(), nSide);
    };

    /* Factors of 600 / 207 = 2.9, 3.1, 2 and 1.1. */
    EXPECT_EQ(With("AUTO", 207), 1);
    EXPECT_EQ(With("AUTO", 193), 2);
    EXPECT_EQ(With("50", 193), 2);
    EXPECT_EQ(With("LOWER", 193), 1);
    EXPECT_EQ(With("UPPER", 207), 2);
    EXPECT_EQ(With("UPPER", 300), 1);
    EXPECT_EQ(With("LOWER", 300), 1);
    EXPECT_EQ(With("UPPER", 545), 1);
    EXPECT_EQ(With("LOWER", 545), 0);
    EXPECT_EQ(With("20", 240), 2);
    EXPECT_EQ(With("30", 240), 1);
    EXPECT_EQ(With("LOWER", 40), 3);
    EXPECT_EQ(With("UPPER", 700), 0);
}

TEST(LevelChoice, IsGdalsWithoutTheOption)
{
    const std::string osPath = MakeLevels();
    auto poPlain = Open(osPath);
    auto poView = Open("RETILE:" + osPath);

    for (const int nSide : {40, 100, 150, 170, 193, 207, 280, 300, 545})
        EXPECT_EQ(Serving(poView.get(), nSide), Serving(poPlain.get(), nSide));
    EXPECT_EQ(Item(poView.get(), "ZOOM_LEVEL_STRATEGY", "RETILE"), "");
    poView = Open("RETILE:" + osPath, {"ZOOM_LEVEL_STRATEGY=LOWER"});
    EXPECT_EQ(Item(poView.get(), "ZOOM_LEVEL_STRATEGY", "RETILE"), "100");
}

/* A coarser virtual level that is cached needs no pixel of the full resolution.
 */
TEST(LevelChoice, GoesOverVirtualLevelsToo)
{
    const std::string osPath = NewFolder() + "/flat.tif";
    WriteTiff(osPath, {1024, 1024, 1, GDT_Byte, {"TILED=YES"}});
    const Options aosOptions = {"OVERVIEWS=VIRTUAL",
                                "ZOOM_LEVEL_STRATEGY=UPPER", "CACHE=PRIVATE",
                                "CACHE_MAX=1MB", "SPILL=NONE"};
    auto poView = Open("RETILE:" + osPath, aosOptions);
    std::vector<GByte> abyPixels(900 * 900);
    const auto Read = [&] {
        ASSERT_EQ(poView->GetRasterBand(1)->RasterIO(GF_Read, 0, 0, 1024, 1024,
                                                     abyPixels.data(), 900, 900,
                                                     GDT_Byte, 0, 0, nullptr),
                  CE_None);
    };
    std::vector<GByte> abyWant(900 * 900);

    ASSERT_EQ(poView->GetRasterBand(1)->GetOverview(0)->RasterIO(
                  GF_Read, 0, 0, 512, 512, abyWant.data(), 900, 900, GDT_Byte,
                  0, 0, nullptr),
              CE_None);
    const double dfDecoded = Statistic(poView.get(), "SOURCE_PIXELS_DECODED");
    ASSERT_NO_FATAL_FAILURE(Read());
    EXPECT_EQ(abyPixels, abyWant);
    EXPECT_EQ(Statistic(poView.get(), "SOURCE_PIXELS_DECODED"), dfDecoded);
}
