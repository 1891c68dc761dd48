/* test_levels.cpp - the overviews of a COG, compared with what GDAL's COG
 * driver writes. */
#include "cog_options_rig.h"

TEST(CogLevels, AreTheCogDriversForEverySizeAndCount)
{
    for (const auto &oSize : std::vector<std::pair<int, int>>{
             {1, 1}, {511, 3}, {512, 512}, {513, 2}, {1025, 600}, {1, 1300}}) {
        const auto poDS = MakePlaced({oSize.first, oSize.second, 1}, Utm(10.0));

        /* The COG driver fails if it needs a level above a single pixel. */
        for (const char *pszCount :
             {"OVERVIEWS=AUTO", "OVERVIEW_COUNT=1", "OVERVIEW_COUNT=12"})
            for (const char *pszBlock : {"BLOCKSIZE=512", "BLOCKSIZE=128"})
                if ((oSize != std::make_pair(1, 1) ||
                     EQUAL(pszCount, "OVERVIEWS=AUTO")) &&
                    !IsLeftOut(11))
                    ExpectSameShape(poDS.get(), {pszCount, pszBlock});
    }
}

TEST(CogLevels, AreNoneIfNoneArePossibleOrRequested)
{
    const auto poLarge = MakePlaced({900, 700, 1}, Utm(10.0));
    const auto poPixel = MakePlaced({1, 1, 1}, Utm(10.0));
    const Decided oLarge(poLarge.get(), {"OVERVIEW_COUNT=0"});
    const Decided oPixel(poPixel.get(), {"OVERVIEW_COUNT=3"});

    EXPECT_TRUE(oLarge.oLevels.anSizes.empty());
    EXPECT_FALSE(oLarge.oLevels.bCompute);
    EXPECT_TRUE(oPixel.oLevels.anSizes.empty());
    EXPECT_FALSE(oPixel.oLevels.bCompute);
}

/* 700x500 with overviews by 2 and by 5. With bMask also a mask, which has
 * overviews of its own. */
static GDALDatasetUniquePtr MakeWithLevels(bool bMask, int nWidth = 700)
{
    const std::string osPath = NewFolder() + "/levels.tif";
    const Config oInside("GDAL_TIFF_INTERNAL_MASK", "YES");
    int anFactors[] = {2, 5};

    {
        const auto poTiff = MakeTiff(osPath, {nWidth, 500, 1});
        Put(poTiff.get(), Utm(10.0));
        if (bMask) {
            EXPECT_EQ(poTiff->CreateMaskBand(GMF_PER_DATASET), CE_None);
            EXPECT_EQ(poTiff->GetRasterBand(1)->GetMaskBand()->Fill(255),
                      CE_None);
        }
    }
    GDALDatasetUniquePtr poTiff(
        GDALDataset::Open(osPath.c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE));
    EXPECT_EQ(poTiff->BuildOverviews("NEAREST", 2, anFactors, 0, nullptr,
                                     nullptr, nullptr),
              CE_None);
    poTiff.reset();
    return Open(osPath);
}

TEST(CogLevels, OfASourceWithOverviewsAreTheCogDrivers)
{
    for (const int nWidth : {700, 300})
        for (const bool bMask : {false, true}) {
            const auto poDS = MakeWithLevels(bMask, nWidth);

            EXPECT_EQ(LevelsOf(poDS.get()).size(), 2u);
            for (const char *pszWhich :
                 {"AUTO", "IGNORE_EXISTING", "FORCE_USE_EXISTING", "NONE"})
                for (const char *pszCount :
                     {"COMPRESS=LZW", "OVERVIEW_COUNT=1", "OVERVIEW_COUNT=4"})
                    ExpectSameShape(
                        poDS.get(),
                        {std::string("OVERVIEWS=") + pszWhich, pszCount});
        }
}

TEST(CogLevels, AreCopiedIfTheyAreNotComputed)
{
    const auto poDS = MakeWithLevels(true);
    const Decided oAuto(poDS.get(), {});
    const Decided oComputed(poDS.get(), {"OVERVIEWS=IGNORE_EXISTING"});
    const Decided oNone(poDS.get(), {"OVERVIEWS=NONE"});

    EXPECT_FALSE(oAuto.oLevels.bCompute);
    EXPECT_FALSE(oAuto.oLevels.bComputeMasks);
    EXPECT_EQ(oAuto.oLevels.anSizes, LevelsOf(poDS.get()));
    EXPECT_TRUE(oComputed.oLevels.bCompute);
    EXPECT_TRUE(oComputed.oLevels.bComputeMasks);
    EXPECT_EQ(oComputed.oLevels.anSizes,
              (std::vector<std::pair<int, int>>{{350, 250}}));
    EXPECT_TRUE(oNone.oLevels.anSizes.empty());
}

TEST(CogLevels, AreComputedForMasksWithoutOverviewsOfTheirOwn)
{
    const std::string osPath = NewFolder() + "/in.tif";
    const Config oInside("GDAL_TIFF_INTERNAL_MASK", "YES");
    const auto poDS = MakeWithLevels(false);
    int anFactors[] = {2};

    {
        /* The overviews are built first, so the mask has none. */
        const auto poTiff = MakeTiff(osPath, {700, 500, 1});
        EXPECT_EQ(poTiff->BuildOverviews("NEAREST", 1, anFactors, 0, nullptr,
                                         nullptr, nullptr),
                  CE_None);
        EXPECT_EQ(poTiff->CreateMaskBand(GMF_PER_DATASET), CE_None);
        EXPECT_EQ(poTiff->GetRasterBand(1)->GetMaskBand()->Fill(255), CE_None);
    }
    const auto poMasked = Open(osPath);
    const Decided oOurs(poMasked.get(), {});
    EXPECT_EQ(poMasked->GetRasterBand(1)->GetMaskBand()->GetOverviewCount(), 0);
    EXPECT_FALSE(oOurs.oLevels.bCompute);
    EXPECT_TRUE(oOurs.oLevels.bComputeMasks);
    EXPECT_EQ(oOurs.oLevels.anSizes,
              (std::vector<std::pair<int, int>>{{350, 250}}));
}

TEST(CogLevels, OfAWarpAreNotThoseOfItsSource)
{
    const auto poDS = MakeWithLevels(false);

    for (const char *pszWhich :
         {"AUTO", "IGNORE_EXISTING", "FORCE_USE_EXISTING", "NONE"})
        ExpectSameShape(poDS.get(), {"TARGET_SRS=EPSG:3857",
                                     std::string("OVERVIEWS=") + pszWhich});
}

TEST(CogLevels, OfASchemeAreThoseOfItsZoomLevels)
{
    const auto poDS =
        MakePlaced({700, 500, 1}, {2193, {1500000, 50, 0, 5300000, 0, -50}});

    for (const char *pszCount :
         {"OVERVIEWS=AUTO", "OVERVIEW_COUNT=2", "OVERVIEW_COUNT=30"})
        for (const char *pszLevel : {"ZOOM_LEVEL=6", "ZOOM_LEVEL=7"})
            ExpectSameShape(poDS.get(),
                            {"TILING_SCHEME=NZTM2000", pszCount, pszLevel});
}
