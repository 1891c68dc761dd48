/* test_virtual_levels.cpp - overviews that were never built: they have the
 * pixels and masks that GDALBuildOverviews makes, and are computed on demand,
 * each block once. */
#include <algorithm>
#include <cstring>
#include <thread>

#include "helper.h"

namespace
{
struct Levelled {
    int nWidth = 1301, nHeight = 811, nBands = 3;
    GDALDataType eType = GDT_Byte;
    Options aosCreation = {"TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128",
                           "INTERLEAVE=PIXEL"};
    bool bNoData = false, bMask = false, bPalette = false;
};
} // namespace

static void Dress(GDALDataset *poDS, const Levelled &oScene)
{
    const Config oInside("GDAL_TIFF_INTERNAL_MASK", "YES");
    std::vector<GByte> abyMask;

    for (int y = 0; y < oScene.nHeight; y++)
        for (int x = 0; x < oScene.nWidth; x++)
            abyMask.push_back((x / 70 + y / 50) % 3 == 0 ? 0 : 255);
    if (oScene.bNoData)
        poDS->GetRasterBand(1)->SetNoDataValue(9);
    for (int i = 1; i <= oScene.nBands && oScene.bNoData; i++) {
        GDALRasterBand *poBand = poDS->GetRasterBand(i);
        const int nHole = 9;
        for (int y = 0; y + 40 < oScene.nHeight; y += 90) {
            std::vector<int> anHoles(40 * 40, nHole);
            EXPECT_EQ(poBand->RasterIO(GF_Write, y, y, 40, 40, anHoles.data(),
                                       40, 40, GDT_Int32, 0, 0, nullptr),
                      CE_None);
        }
    }
    if (oScene.bMask) {
        EXPECT_EQ(poDS->CreateMaskBand(GMF_PER_DATASET), CE_None);
        EXPECT_EQ(poDS->GetRasterBand(1)->GetMaskBand()->RasterIO(
                      GF_Write, 0, 0, oScene.nWidth, oScene.nHeight,
                      abyMask.data(), oScene.nWidth, oScene.nHeight, GDT_Byte,
                      0, 0, nullptr),
                  CE_None);
    }
    if (oScene.bPalette) {
        GDALColorTable oColors;
        for (short i = 0; i < 256; i++) {
            const GDALColorEntry oEntry = {static_cast<short>(255 - i), i, i,
                                           255};
            oColors.SetColorEntry(i, &oEntry);
        }
        EXPECT_EQ(poDS->GetRasterBand(1)->SetColorTable(&oColors), CE_None);
    }
}

static std::string MakeScene(const Levelled &oScene)
{
    const std::string osPath = NewFolder() + "/scene.tif";
    auto poDS = MakeTiff(osPath, {oScene.nWidth, oScene.nHeight, oScene.nBands,
                                  oScene.eType, oScene.aosCreation});

    Dress(poDS.get(), oScene);
    return osPath;
}

/* A copy of a scene with overviews built by GDAL. */
static GDALDatasetUniquePtr Built(const std::string &osPath,
                                  const char *pszMethod, int nLevels)
{
    const std::string osCopy = NewFolder() + "/built.tif";
    int anFactors[] = {2, 4, 8, 16, 32, 64};

    EXPECT_EQ(CPLCopyFile(osCopy.c_str(), osPath.c_str()), 0);
    GDALDatasetUniquePtr poDS(
        GDALDataset::Open(osCopy.c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE));
    EXPECT_EQ(poDS->BuildOverviews(pszMethod, nLevels, anFactors, 0, nullptr,
                                   GDALDummyProgress, nullptr),
              CE_None);
    poDS->FlushCache(false);
    return poDS;
}

static void ExpectSameLevels(GDALDataset *poView, GDALDataset *poBuilt,
                             const std::string &osWhat)
{
    for (int i = 1; i <= poBuilt->GetRasterCount(); i++) {
        GDALRasterBand *poBand = poView->GetRasterBand(i);
        const int nLevels = poBand->GetOverviewCount();
        ASSERT_EQ(nLevels, poBuilt->GetRasterBand(i)->GetOverviewCount());
        /* The smallest first, when nothing is cached yet. */
        for (int n = nLevels - 1; n >= 0; n--) {
            GDALRasterBand *poGot = poBand->GetOverview(n);
            GDALRasterBand *poMade = poBuilt->GetRasterBand(i)->GetOverview(n);
            ASSERT_EQ(poGot->GetXSize(), poMade->GetXSize());
            ASSERT_EQ(poGot->GetYSize(), poMade->GetYSize());
            EXPECT_TRUE(ReadBand(poGot) == ReadBand(poMade))
                << osWhat << " band " << i << " level " << n + 1;
            EXPECT_EQ(poGot->GetMaskFlags(), poMade->GetMaskFlags());
            EXPECT_TRUE(ReadBand(poGot->GetMaskBand()) ==
                        ReadBand(poMade->GetMaskBand()))
                << osWhat << " mask of " << i << " level " << n + 1;
        }
    }
}

static void ExpectAsBuilt(const Levelled &oScene, const std::string &osWhat,
                          const std::vector<const char *> &apszMethods,
                          const Options &aosMore = {})
{
    const std::string osPath = MakeScene(oScene);

    for (const char *pszMethod : apszMethods) {
        Options aosOptions = {"OVERVIEWS=VIRTUAL", "BLOCKXSIZE=128",
                              "BLOCKYSIZE=128",
                              std::string("OVERVIEW_RESAMPLING=") + pszMethod};
        aosOptions.insert(aosOptions.end(), aosMore.begin(), aosMore.end());
        auto poView = Open("RETILE:" + osPath, aosOptions);
        ASSERT_NE(poView, nullptr);
        const int nLevels = poView->GetRasterBand(1)->GetOverviewCount();
        ExpectSameLevels(poView.get(), Built(osPath, pszMethod, nLevels).get(),
                         osWhat + " " + pszMethod);
    }
}

TEST(VirtualLevels, HaveThePixelsThatGdaladdoMakes)
{
    for (const GDALDataType eType : {GDT_Byte, GDT_Int16, GDT_Float32})
        for (const bool bNoData : {false, true})
            for (const char *pszMethod :
                 {"NEAREST", "AVERAGE", "CUBIC", "MODE", "LANCZOS"}) {
                Levelled oScene;

                if (IsLeftOut(7))
                    continue;
                oScene.eType = eType;
                oScene.bNoData = bNoData;
                ExpectAsBuilt(oScene,
                              std::string(GDALGetDataTypeName(eType)) +
                                  (bNoData ? " nodata" : ""),
                              {pszMethod});
            }
}

/* Not for NEAREST: gdaladdo computes those masks from the full resolution, and
 * the images from the level below. */
TEST(VirtualLevels, HaveTheMasksThatGdaladdoMakes)
{
    Levelled oScene;
    oScene.bMask = true;
    ExpectAsBuilt(oScene, "mask", {"AVERAGE", "BILINEAR", "CUBIC"});
}

TEST(VirtualLevels, FollowAnAlphaBand)
{
    Levelled oScene;
    oScene.nBands = 4;
    oScene.aosCreation.push_back("ALPHA=YES");
    ExpectAsBuilt(oScene, "alpha", {"NEAREST", "AVERAGE", "CUBIC"});
}

TEST(VirtualLevels, MixThePalettesColours)
{
    Levelled oScene;
    oScene.nBands = 1;
    oScene.bPalette = true;
    oScene.aosCreation.push_back("PHOTOMETRIC=PALETTE");
    ExpectAsBuilt(oScene, "palette", {"AVERAGE", "MODE"});
}

TEST(VirtualLevels, AreTheSameFromStripsAndInASmallCacheByThreads)
{
    Levelled oScene;
    oScene.aosCreation = {"INTERLEAVE=PIXEL", "BLOCKYSIZE=7"};
    ExpectAsBuilt(oScene, "strips", {"AVERAGE", "CUBIC"},
                  {"CACHE=PRIVATE", "CACHE_MAX=1MB", "NUM_THREADS=4"});
    ExpectAsBuilt(oScene, "strips", {"AVERAGE"},
                  {"CACHE=PRIVATE", "CACHE_MAX=1MB", "SPILL=NONE"});
}

static int Levels(GDALDataset *poDS)
{
    return poDS->GetRasterBand(1)->GetOverviewCount();
}

TEST(VirtualLevels, GoDownTo256Pixels)
{
    const std::string osFolder = NewFolder();
    WriteTiff(osFolder + "/wide.tif", {1025, 40, 1});
    WriteTiff(osFolder + "/small.tif", {256, 256, 1});
    auto poWide =
        Open("RETILE:" + osFolder + "/wide.tif", {"OVERVIEWS=VIRTUAL"});
    auto poSmall =
        Open("RETILE:" + osFolder + "/small.tif", {"OVERVIEWS=VIRTUAL"});

    ASSERT_EQ(Levels(poWide.get()), 3);
    EXPECT_EQ(poWide->GetRasterBand(1)->GetOverview(2)->GetXSize(), 129);
    EXPECT_EQ(poWide->GetRasterBand(1)->GetOverview(2)->GetYSize(), 5);
    EXPECT_EQ(Levels(poSmall.get()), 0);
    EXPECT_EQ(Item(poWide.get(), "OVERVIEWS", "RETILE"), "VIRTUAL");
    EXPECT_EQ(Item(poWide.get(), "OVERVIEW_RESAMPLING", "RETILE"), "AVERAGE");
}

TEST(VirtualLevels, AutoTakesTheSourcesOwnIfItHasAny)
{
    const std::string osPath = MakeScene({});
    auto poBuilt = Built(osPath, "NEAREST", 2);
    const std::string osBuilt = poBuilt->GetDescription();
    poBuilt.reset();

    auto poAuto = Open("RETILE:" + osPath, {"OVERVIEWS=AUTO"});
    EXPECT_EQ(Levels(poAuto.get()), 3);
    EXPECT_EQ(Item(poAuto.get(), "OVERVIEWS", "RETILE"), "VIRTUAL");
    poAuto = Open("RETILE:" + osBuilt, {"OVERVIEWS=AUTO"});
    EXPECT_EQ(Levels(poAuto.get()), 2);
    EXPECT_EQ(Item(poAuto.get(), "OVERVIEWS", "RETILE"), "SOURCE");
    EXPECT_EQ(Levels(Open("RETILE:" + osBuilt, {"OVERVIEWS=NONE"}).get()), 0);
    EXPECT_EQ(Levels(Open("RETILE:" + osBuilt, {"OVERVIEWS=VIRTUAL"}).get()),
              3);
    EXPECT_EQ(Levels(Open("RETILE:" + osPath).get()), 0);
    const Config oConfig("RETILE_OVERVIEWS", "AUTO");
    EXPECT_EQ(Levels(Open("RETILE:" + osPath).get()), 3);
    EXPECT_EQ(Levels(Open("RETILE:" + osPath, {"CACHE=NONE"}).get()), 0);
    EXPECT_EQ(Levels(Open("RETILE:" + osPath, {"OVERLAP=8"}).get()), 0);
    EXPECT_EQ(Levels(Open("RETILE:" + osPath, {"OVERVIEWS=SOURCE"}).get()), 0);
}

TEST(VirtualLevels, RefuseWhatCannotBeDone)
{
    const std::string osPath = NewFolder() + "/refused.tif";
    WriteTiff(osPath, {300, 300, 1, GDT_CFloat32});
    const std::string osName = "RETILE:" + osPath;

    ExpectRefused(osName, {"OVERVIEWS=SOME"}, "OVERVIEWS=SOME");
    ExpectRefused(osName, {"OVERVIEW_RESAMPLING=BEST"}, "LANCZOS");
    ExpectRefused(osName, {"ZOOM_LEVEL_STRATEGY=101"}, "from 0 to 100");
    ExpectRefused(osName, {"ZOOM_LEVEL_STRATEGY=nan"}, "from 0 to 100");
    ExpectRefused(osName, {"OVERVIEWS=VIRTUAL", "OVERVIEW_RESAMPLING=CUBIC"},
                  "OVERVIEW_RESAMPLING=CUBIC");
    ExpectRefused(osName, {"OVERVIEWS=VIRTUAL", "CACHE=NONE"},
                  "OVERVIEWS=VIRTUAL");
    const Config oConfig("RETILE_OVERVIEWS", "MANY");
    ExpectRefused(osName, {}, "RETILE_OVERVIEWS=MANY");
}

/* The requests of a viewer that zooms in. */
static void Zoom(GDALDataset *poView)
{
    std::vector<GByte> abyBuffer(400 * 400 * 3);

    for (int nSide = 1200; nSide >= 400; nSide /= 2)
        for (int nAt = 0; nAt + nSide <= 1200; nAt += nSide / 2)
            ASSERT_EQ(poView->RasterIO(GF_Read, nAt, 0, nSide, nSide,
                                       abyBuffer.data(), 400, 400, GDT_Byte, 3,
                                       nullptr, 0, 0, 0, nullptr),
                      CE_None);
}

TEST(VirtualLevels, DecodeEachBlockOfTheSourceOnce)
{
    RegisterCounting();
    const std::string osPath = NewFolder() + "/counted.tif";
    WriteTiff(osPath, {1200, 1300, 3});
    for (const char *pszBlocks : {"1200x16", "100x90"}) {
        const std::string osName =
            std::string("COUNTING:") + pszBlocks + ":PIXEL:" + osPath;
        auto poView =
            Open("RETILE:" + osName,
                 {"OVERVIEWS=VIRTUAL", "BLOCKXSIZE=128", "BLOCKYSIZE=128",
                  "NUM_THREADS=3", "CACHE=PRIVATE", "CACHE_MAX=20MB"});
        ForgetDecodes();
        std::vector<GByte> abyFit(200 * 200 * 3);
        ASSERT_EQ(poView->RasterIO(GF_Read, 0, 0, 1200, 1300, abyFit.data(),
                                   200, 200, GDT_Byte, 3, nullptr, 0, 0, 0,
                                   nullptr),
                  CE_None);
        const int nBlocks = DecodedBlocks(osName);
        EXPECT_GT(nBlocks, 0);
        ASSERT_NO_FATAL_FAILURE(Zoom(poView.get()));
        EXPECT_EQ(DecodedBlocks(osName), nBlocks);
        EXPECT_EQ(MostDecodes(osName), 1);
        EXPECT_EQ(Item(poView.get(), "DECODE_AMPLIFICATION", "RETILE_STATS"),
                  "1.00");
        EXPECT_EQ(Statistic(poView.get(), "SOURCE_PIXELS_DECODED"),
                  1200.0 * 1300.0);
    }
}

/* A window of a level decodes only the pixels under it. */
TEST(VirtualLevels, DecodeNoMoreThanWhatLiesUnderAWindow)
{
    RegisterCounting();
    const std::string osPath = NewFolder() + "/under.tif";
    WriteTiff(osPath, {2048, 2048, 1});
    const std::string osName = "COUNTING:128x128:PIXEL:" + osPath;
    auto poView = Open("RETILE:" + osName,
                       {"OVERVIEWS=VIRTUAL", "BLOCKXSIZE=128", "BLOCKYSIZE=128",
                        "CACHE=PRIVATE", "CACHE_MAX=20MB"});

    ForgetDecodes();
    EXPECT_EQ(
        ReadBand(poView->GetRasterBand(1)->GetOverview(1), 128, 128, 128, 128)
            .size(),
        128u * 128u);
    EXPECT_EQ(DecodedBlocks(osName), 4 * 4);
}

/* Only levels computed with the same method share blocks. */
TEST(VirtualLevels, AreKeptApartByTheirMethod)
{
    const std::string osPath = MakeScene({});
    const auto Read = [&osPath](const char *pszMethod) {
        auto poView = Open("RETILE:" + osPath,
                           {"OVERVIEWS=VIRTUAL",
                            std::string("OVERVIEW_RESAMPLING=") + pszMethod});
        return ReadBand(poView->GetRasterBand(1)->GetOverview(1));
    };
    auto poFirst = Open("RETILE:" + osPath,
                        {"OVERVIEWS=VIRTUAL", "OVERVIEW_RESAMPLING=AVERAGE"});
    const auto abyFirst = ReadBand(poFirst->GetRasterBand(1)->GetOverview(1));
    auto poSecond = Open("RETILE:" + osPath,
                         {"OVERVIEWS=VIRTUAL", "OVERVIEW_RESAMPLING=AVERAGE"});

    EXPECT_NE(Read("AVERAGE"), Read("CUBIC"));
    EXPECT_EQ(Read("AVERAGE"), abyFirst);
    EXPECT_EQ(ReadBand(poSecond->GetRasterBand(1)->GetOverview(1)), abyFirst);
    EXPECT_EQ(Statistic(poSecond.get(), "SOURCE_PIXELS_DECODED"), 0);
    EXPECT_EQ(Statistic(poSecond.get(), "CACHE_MISSES"), 0);
}

TEST(VirtualLevels, OfAnOperatorsResultAreThoseOfItsPixels)
{
    const std::string osPath = NewFolder() + "/heights.tif";
    WriteTiff(osPath, {700, 600, 1, GDT_Float32, {"TILED=YES"}});
    const Options aosFocal = {"FOCAL=roughness", "BLOCKXSIZE=64",
                              "BLOCKYSIZE=64"};
    Options aosLevels = aosFocal;
    aosLevels.push_back("OVERVIEWS=AUTO");
    auto poPlain = Open("RETILE:" + osPath, aosFocal);
    const std::string osResult = NewFolder() + "/roughness.tif";
    GDALDatasetUniquePtr poResult(
        GetGDALDriverManager()->GetDriverByName("GTiff")->CreateCopy(
            osResult.c_str(), poPlain.get(), FALSE,
            ToList({"TILED=YES"}).List(), nullptr, nullptr));
    poResult.reset();
    auto poView = Open("RETILE:" + osPath, aosLevels);

    ASSERT_EQ(Levels(poView.get()), 2);
    ExpectSameLevels(poView.get(), Built(osResult, "AVERAGE", 2).get(),
                     "roughness");
}

/* Levels are padded as the raster is. The added pixels are masked out. */
TEST(VirtualLevels, ArePaddedLikeTheRaster)
{
    const std::string osPath = MakeScene({});
    auto poView =
        Open("RETILE:" + osPath, {"OVERVIEWS=VIRTUAL", "PAD_EDGES=YES",
                                  "BLOCKXSIZE=400", "BLOCKYSIZE=400"});
    auto poPlain = Open("RETILE:" + osPath, {"OVERVIEWS=VIRTUAL"});
    GDALRasterBand *poLevel = poView->GetRasterBand(1)->GetOverview(0);
    GDALRasterBand *poOf = poPlain->GetRasterBand(1)->GetOverview(0);
    const int nW = poOf->GetXSize(), nH = poOf->GetYSize();

    EXPECT_EQ(poView->GetRasterXSize(), 1600);
    EXPECT_GT(poLevel->GetXSize(), nW);
    EXPECT_GT(poLevel->GetYSize(), nH);
    EXPECT_EQ(ReadBand(poLevel, 0, 0, nW, nH), ReadBand(poOf));
    EXPECT_EQ(ReadBand(poLevel->GetMaskBand(), 0, 0, nW, nH),
              std::vector<GByte>(static_cast<size_t>(nW * nH), 255));
    EXPECT_EQ(ReadBand(poLevel->GetMaskBand(), nW, 0, 3, 5),
              std::vector<GByte>(15, 0));
}

TEST(VirtualLevels, AreReadByManyThreadsAtOnce)
{
    const std::string osPath = MakeScene({});
    auto poView = Open("RETILE:" + osPath,
                       {"OVERVIEWS=VIRTUAL", "BLOCKXSIZE=64", "BLOCKYSIZE=64",
                        "CACHE=PRIVATE", "CACHE_MAX=2MB", "NUM_THREADS=3"});
    auto poOther = Open("RETILE:" + osPath, {"OVERVIEWS=VIRTUAL"});
    std::vector<std::vector<GByte>> aabyWant(3), aabyGot(9);
    std::vector<std::thread> aoThreads;

    for (int i = 0; i < 3; i++)
        aabyWant[static_cast<size_t>(i)] =
            ReadBand(poOther->GetRasterBand(i + 1)->GetOverview(i));
    for (int i = 0; i < 9; i++)
        aoThreads.emplace_back([&, i] {
            for (int n = 0; n < 3; n++)
                aabyGot[static_cast<size_t>(i)] = ReadBand(
                    poView->GetRasterBand(i % 3 + 1)->GetOverview(i % 3));
        });
    for (auto &oThread : aoThreads)
        oThread.join();
    for (size_t i = 0; i < 9; i++)
        EXPECT_TRUE(aabyGot[i] == aabyWant[i % 3]) << i;
}

TEST(VirtualLevels, DoNotTellTheStatisticsOfTheFullResolution)
{
    const std::string osPath = MakeScene({});
    {
        GDALDatasetUniquePtr poDS(
            GDALDataset::Open(osPath.c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE));
        poDS->GetRasterBand(1)->SetStatistics(1, 2, 3, 4);
        poDS->GetRasterBand(1)->SetMetadataItem("SENSOR", "A");
        poDS->GetRasterBand(1)->SetNoDataValue(5);
    }
    auto poView = Open("RETILE:" + osPath, {"OVERVIEWS=VIRTUAL"});
    GDALRasterBand *poLevel = poView->GetRasterBand(1)->GetOverview(0);
    int bHas = FALSE;

    EXPECT_EQ(poLevel->GetMetadataItem("STATISTICS_MEAN"), nullptr);
    EXPECT_EQ(CSLCount(poLevel->GetMetadata()), 0);
    EXPECT_EQ(poLevel->GetNoDataValue(&bHas), 5);
    EXPECT_TRUE(bHas);
    EXPECT_STREQ(poView->GetRasterBand(1)->GetMetadataItem("STATISTICS_MEAN"),
                 "3");
}
